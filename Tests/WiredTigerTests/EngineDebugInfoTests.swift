import Conformance
import Foundation
import ProcessModel
import TestSupport
import Testing
import WiredTigerCases

/// What debug information adds, on the build that has it: static functions, lines, and what gdb says of the fields.
@Suite struct EngineDebugInfoTests {
    @Test func theStacksNameStaticFunctionsAndLines() throws {
        let run = try WiredTigerCase.failedCreation.start(.debugInfo)
        let (status, stacks) = try TestSupport.run(
            [DeadwaitTool.executable, "stacks", "--no-group", "\(run.processIdentifier)"])
        #expect(status == 0)
        for pattern in [
            #/__wt_cond_wait_signal at os_posix/os_mtx_cond\.c:\d+ in libwiredtiger/#,
            #/__wt_async_flush at async/async_api\.c:\d+ in libwiredtiger/#,
            #/__conn_close at conn/conn_api\.c:\d+ in libwiredtiger/#,
            #/__wt_async_worker at async/async_worker\.c:\d+ in libwiredtiger/#,
            #/__thread_run at support/thread_group\.c:\d+ in libwiredtiger/#,
            #/__sweep_server at conn/conn_sweep\.c:\d+ in libwiredtiger/#,
            #/__wt_cond_wait at include/misc\.i:\d+ \[inlined\]/#,
            #/main at programs/wiredtiger_async\.c:\d+/#,
        ] {
            let isThere = stacks.contains(pattern)
            #expect(isThere, "\(pattern) in \(stacks)")
        }
    }

    /// That the hang is the one that it is taken for, by the engine's own fields: the object that main waits on is
    /// `flush_cond` of the async subsystem, and one worker of four has come by.
    @Test func theFieldsSayWhatIsWaitedFor() throws {
        let run = try WiredTigerCase.failedCreation.start(.debugInfo)
        let snapshot = try #require(try run.lookAtRest())
        let main = try HungEngine.thread(ThreadID(run.processIdentifier), snapshot)
        let waited = try #require(main.wait?.object)
        let engine = "((WT_CONNECTION_IMPL *)connection)"
        // gdb waits for SIGCHLD, which the threads of a test run block.
        let said = try ProgramRun([
            "gdb", "-q", "-batch", "-nx", "-p", "\(run.processIdentifier)",
            "-ex", "printf \"condition %p\\n\", &\(engine)->async->flush_cond->cond",
            "-ex", "printf \"%d of %d\\n\", \(engine)->async->flush_count, \(engine)->async_workers",
        ]).outcome()
        let workers = snapshot.threads.count { $0.id != main.id && $0.wait?.object == waited }
        let lines = said.output.split(separator: "\n")
        #expect(lines.contains("condition \(waited)") && lines.contains("\(workers) of 4"), "\(said)")
        #expect(workers < 4)
    }

    /// By the signal maps alone: the wait is the flush's, and nobody who lives can end it.
    @Test(arguments: [WiredTigerCase.hang, .failedCreation]) func theHangIsSuspected(state: WiredTigerCase) throws {
        let run = try state.start(.debugInfo)
        _ = try #require(try run.lookAtRest())
        let (status, report) = try Self.attach(run)
        #expect(status == 1, "\(report)")
        // Its lines are broken where they are full.
        let words = report.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for part in [
            "1. dead-wait (suspected) Threads \(run.processIdentifier) (main)",
            "may never be released: they wait for __wt_async.flush_cond->cond (condition ",
            "__wt_async_worker let anybody pass, and no live thread can come there or start one that does.",
        ] {
            #expect(words.contains(part), "\(part) in \(report)")
        }
        #expect(!words.contains("2. "), "\(report)")
    }

    /// Near miss: the same engine idle, at work, and in a flush that waits for a callback that takes long.
    @Test(arguments: WiredTigerCase.healthy) func whoIsFineIsNotAccused(state: WiredTigerCase) throws {
        let run = try state.start(.debugInfo)
        for _ in 0..<3 {
            let (status, report) = try Self.attach(run)
            #expect(status == 0, "\(report)")
        }
        #expect(run.end(within: 0) == nil)
    }

    private static func attach(_ run: EngineRun) throws -> (status: Int32, report: String) {
        let (status, output) = try TestSupport.run([DeadwaitTool.executable, "attach", "\(run.processIdentifier)"])
        return (status, output)
    }
}
