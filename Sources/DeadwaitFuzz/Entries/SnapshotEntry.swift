import Diagnosis
import Reports

extension FuzzEntry {
    /// Saved snapshots: loading, every rule, and printing in every form.
    static let snapshot = FuzzEntry(
        name: "snapshot", summary: "a saved snapshot: load, diagnose, print",
        seeds: { [Array(deadlock.utf8), Array(empty.utf8)] },
        parse: { bytes in
            // A refusal is a good answer; all that is loaded must go through the rest.
            guard let snapshot = try? SnapshotFile.decode(Array(bytes)) else { return }
            var output = ByteWriter { _ in }
            let assessment = Assessment(of: snapshot)
            let style = Style(width: 80, usesColor: true)
            ReportText(style: style, showsStacks: true, isVerbose: true).write(assessment, to: &output)
            ReportJSON().write(assessment, to: &output)
            StacksText(style: style, foldsEqualStacks: false, isVerbose: true).write(snapshot, to: &output)
            StacksJSON().write(snapshot, to: &output)
            _ = try? SnapshotFile.encode(snapshot)
        })

    private static let empty = """
        {"schema": "deadwait.snapshot/1", "process": {"commandLine": [], "source": "core",
        "architecture": {"unsupported": {"machine": 183, "is64Bit": true}}}, "threads": [], "modules": [], "frames": [],
        "stacks": [], "objects": [], "gaps": [], "timing": {"mode": "", "stoppedThreads": 0,
        "longestStopNanoseconds": 0, "totalStopNanoseconds": 0, "steps": []}}
        """

    private static let deadlock = #"""
        {"schema": "deadwait.snapshot/1", "process": {"id": 7, "executable": "/a/b", "buildID": "00ff",
        "commandLine": ["b"], "source": "live", "architecture": {"amd64": {}}, "sharesPIDNamespace": true},
        "threads": [
        {"id": 7, "name": "\u00e9\n", "state": "S", "instant": {"start": 1, "end": 5, "proof": "runCountUnchanged"},
        "registers": {"rsp": "0x7ffc", "rip": "0x10"}, "stack": 0, "progress": "unmoved",
        "wait": {"kind": "mutex", "object": "0x20", "owner": 8, "isTimed": false, "descriptors": [], "summary": "w",
        "sources": ["runtimeFields"]}},
        {"id": 8, "state": "S", "instant": {"start": 2, "end": 6, "proof": "stopped"}, "registers": {}, "stack": 0,
        "wait": {"kind": "rwlockWrite", "object": "0x40", "isTimed": true, "timeoutNanoseconds": 9,
        "descriptors": [{"descriptor": 3, "peers": [1]}], "summary": "w", "sources": []}},
        {"id": 9, "state": "D", "instant": {"start": 2, "end": 6, "proof": "none"}, "registers": {},
        "wait": {"kind": "join", "owner": 7, "descriptors": [], "summary": "w", "sources": []}}],
        "modules": [{"path": "/a/b", "start": "0x0", "end": "0x100", "loadBias": 0, "content": {"file": {"path": "/a/b"}},
        "isExecutable": true}],
        "frames": [{"pc": "0x10", "isReturnAddress": false, "trust": "scan", "isSignalFrame": true, "module": 0,
        "symbolOffset": 1, "source": [{"function": "closure #1 () -> () in a<b>::(c in _1)(d)", "file": "x/y.c", "line": 3,
        "column": 1, "isInlined": true, "parameters": [{"name": "p", "location": "rdi"}]}]}],
        "stacks": [{"frames": [0, 0], "end": {"failed": {"reason": "r"}}}],
        "objects": [
        {"id": "0x20", "type": "pthread_mutex_t", "flavor": "robust, recursive", "symbol": "g", "owners": [8],
        "fields": [{"name": "__owner", "value": "8"}], "layout": "probed"},
        {"id": "0x40", "type": "pthread_rwlock_t", "owners": [7], "anonymousHolders": 2, "waiters": 1,
        "wasEverSignalled": false, "fields": [], "layout": "table"}],
        "crash": {"signal": 11, "code": 1, "faultAddress": "0x0", "thread": 7},
        "gaps": [{"subject": {"thread": {"_0": 9}}, "operation": "o", "reason": "r", "help": "h"}],
        "timing": {"mode": "hybrid", "stoppedThreads": 1, "longestStopNanoseconds": 5, "totalStopNanoseconds": 5,
        "steps": [{"name": "a", "nanoseconds": 1}]}}
        """#
}
