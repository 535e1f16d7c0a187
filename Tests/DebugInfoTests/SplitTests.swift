import DebugInfo
import Foundation
import ProcessModel
import TestSupport
import Testing

/// Split DWARF against llvm-symbolizer: .dwo files and packages, of both versions and both compilers.
@Suite struct SplitTests {
    let directory: ScratchDirectory
    let program: String

    init() throws {
        directory = try ScratchDirectory()
        program = directory.file("program")
        for name in ["frames.c", "settle.h"] {
            try FileManager.default.copyItem(
                at: FixtureProgram.sources.appendingPathComponent(name),
                to: URL(fileURLWithPath: directory.file(name)))
        }
    }

    func build(_ compiler: String, _ version: Int) throws {
        try tool(
            compiler, "frames.c", "-gdwarf-\(version)", "-gsplit-dwarf", "-O2", "-pthread", "-o", "program",
            directory: directory.path)
    }

    /// The expected answers, taken while the .dwo files are there.
    func oracle() throws -> (addresses: [UInt64], frames: [[OracleFrame]]) {
        let addresses = try SymbolizerOracle.addresses(of: program, limit: 200)
        return (addresses, try SymbolizerOracle.llvm(program, addresses))
    }

    func removeSplitFiles() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) where name.hasSuffix(".dwo") {
            try FileManager.default.removeItem(atPath: directory.file(name))
        }
    }

    @Test(arguments: ["gcc", "clang"], [4, 5]) func filesOfTheirOwn(_ compiler: String, _ version: Int) throws {
        try build(compiler, version)
        let (addresses, frames) = try oracle()
        let session = session(program)
        let ours = SymbolizerOracle.ours(session, addresses)
        #expect(expectEqual(ours, frames, addresses, comparingNames: true, "dwo") > 50)
        #expect(ours.contains { $0.count > 1 })
        #expect(session.gaps.isEmpty)
        // Parameters come through .debug_addr and the lists of the split unit.
        let outer = try #require(try functions(of: program).first { $0.name == "raise_over_alloca" })
        let record = DebugInfoTests.session(program).symbolize([Address(outer.start)], detail: .parameters)[0]
        #expect(record.source.last?.parameters.first == Parameter(name: "size", location: "rdi"))
    }

    // What gcc writes as DWARF 5 can be packed by neither: llvm-dwp 14 does not end, dwp of binutils 2.40 crashes.
    @Test(arguments: [("gcc", 4, "dwp"), ("clang", 4, "llvm-dwp"), ("clang", 5, "llvm-dwp")])
    func packages(_ compiler: String, _ version: Int, _ packer: String) throws {
        try build(compiler, version)
        let (addresses, frames) = try oracle()
        try tool("timeout", "60", packer, "-e", "program", "-o", "program.dwp", directory: directory.path)
        try removeSplitFiles()
        let session = session(program)
        let ours = SymbolizerOracle.ours(session, addresses)
        #expect(expectEqual(ours, frames, addresses, comparingNames: true, "dwp") > 50)
        #expect(ours.contains { $0.count > 1 })
        #expect(session.gaps.isEmpty)
    }

    @Test func withoutTheSplitFileLinesStayAndAGapSaysSo() throws {
        try build("gcc", 5)
        let (addresses, _) = try oracle()
        try removeSplitFiles()
        let session = session(program)
        let ours = SymbolizerOracle.ours(session, addresses)
        #expect(ours.contains { $0.contains { $0.line > 0 } })
        #expect(session.gaps.count == 1)
        #expect(session.gaps.first?.reason.contains("was not found") == true)
    }

    @Test func theSplitFileOfAnotherBuildIsRefused() throws {
        try build("gcc", 5)
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: directory.path).first { $0.hasSuffix(".dwo") })
        let kept = directory.file("kept")
        try FileManager.default.moveItem(atPath: directory.file(name), toPath: kept)
        let old = directory.file("old")
        try FileManager.default.moveItem(atPath: program, toPath: old)
        try tool("sh", "-c", "echo 'int another_global;' >> frames.c", directory: directory.path)
        try build("gcc", 5)
        let session = session(old)
        _ = session.symbolize(try SymbolizerOracle.addresses(of: old, limit: 20).map { Address($0) }, detail: .lines)
        #expect(session.gaps.count == 1)
    }
}
