import Foundation
import ProcessModel
import RealPrograms
import TestSupport
import Testing

/// Our stacks of one stopped process and of its core equal those of gdb and of eu-stack, but for what is listed.
@Suite(.serialized) struct OracleTests {
    @Test(arguments: OracleProgram.all) func stacksEqualThoseOfThePeers(_ program: OracleProgram) throws {
        let running = try program.start()
        let executable = try program.build().executable.path
        let found = try Oracle.compare(process: running.processIdentifier, executable: executable)
        Oracle.judge(found, program: program.name)
    }

    @Test(arguments: RealProgram.all) func stacksOfRealProgramsEqualThoseOfThePeers(_ program: RealProgram) throws {
        let server = try program.start()
        var found: Oracle.Differences = [:]
        for process in [server.processIdentifier] + server.descendants.sorted().prefix(program.children) {
            let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
            found.merge(try Oracle.compare(process: process, executable: executable)) { $0.union($1) }
        }
        Oracle.judge(found, program: program.name)
    }

    @Test func everyKnownDifferenceNamesAProgram() {
        let names = Set(OracleProgram.all.map(\.name)).union(RealProgram.names)
        for known in KnownDifference.all {
            #expect(!known.programs.isEmpty && names.isSuperset(of: known.programs), "\(known.reason)")
        }
    }
}

/// What differs, by peer.
enum Oracle {
    typealias Differences = [Peer: Set<StackDifference>]

    /// Holds the process, and compares it and its core, as we see them, with what each peer sees.
    static func compare(process: Int32, executable: String) throws -> Differences {
        // What has just said that it is ready is still on its way into its last wait.
        usleep(200_000)
        let target = try StoppedTarget(process)
        defer { target.release() }
        var found: Differences = [:]
        let live = PeerTarget.process(process)
        let ours = PeerStacks(try DeadwaitTool.snapshot(live, options: ["--allow-eintr"]))
        found[.gdb] = StackComparison.differences(ours: ours, theirs: try .gdb(live))
        try target.hold()
        found[.euStack] = StackComparison.differences(ours: ours, theirs: try .euStack(live))
        try target.hold()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("oracle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let core = PeerTarget.core(path: try target.core(in: folder).path, executable: executable)
        let fromCore = PeerStacks(try DeadwaitTool.snapshot(core))
        found[.gdb]?.formUnion(StackComparison.differences(ours: fromCore, theirs: try .gdb(core)))
        found[.euStack]?.formUnion(StackComparison.differences(ours: fromCore, theirs: try .euStack(core)))
        return found
    }

    /// Records an issue for each difference that is not listed and for each listed one that is not there.
    static func judge(_ found: Differences, program: String) {
        for (peer, differences) in found.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let known = KnownDifference.all.filter { $0.peer == peer && $0.programs.contains(program) }
            for difference in differences.sorted(by: { $0.description < $1.description })
            where !known.contains(where: { $0.matches(difference) }) {
                Issue.record("\(program), \(peer.rawValue): \(difference)")
            }
            for entry in known where !entry.dependsOnCompiler && !differences.contains(where: entry.matches) {
                Issue.record(
                    "\(program), \(peer.rawValue): listed and not there any more: \(entry.kind) \(entry.reason)")
            }
        }
    }
}

extension RealProgram: CustomTestStringConvertible {
    public var testDescription: String { name }
}
