import DebugInfo
import Foundation
import ProcessModel
import TestSupport
import Testing

/// Debug information that is compressed or moved to other files: answers must stay those of the plain program.
///
/// One at a time: libdebuginfod reads its settings from this process's environment.
@Suite(.serialized) struct SeparateFileTests {
    let directory: ScratchDirectory
    let program: String
    let addresses: [UInt64]
    let expected: [[OracleFrame]]

    init() throws {
        directory = try ScratchDirectory()
        let plain = try LineTests.builds[7].program()
        program = directory.file("program")
        try FileManager.default.copyItem(atPath: plain, toPath: program)
        addresses = try SymbolizerOracle.addresses(of: plain, limit: 200)
        expected = SymbolizerOracle.ours(session(plain), addresses)
        #expect(expected.count { $0.contains { $0.line > 0 } } > 50)
    }

    func expectSame(
        _ path: String, _ options: DebugInfoOptions = DebugInfoOptions(useDebuginfod: false),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let session = session(path, options)
        expectEqual(
            SymbolizerOracle.ours(session, addresses), expected, addresses, comparingNames: true, "plain program",
            sourceLocation: sourceLocation)
        #expect(session.gaps.isEmpty, sourceLocation: sourceLocation)
    }

    func lines(_ path: String, _ options: DebugInfoOptions = DebugInfoOptions(useDebuginfod: false)) -> Int {
        SymbolizerOracle.ours(session(path, options), addresses).count { $0.contains { $0.line > 0 } }
    }

    var buildID: String {
        get throws {
            let note = try tool("sh", "-c", "readelf -n '\(program)' 2>/dev/null")
            let line = try #require(note.split(separator: "\n").first { $0.contains("Build ID: ") })
            return String(try #require(line.split(separator: " ").last))
        }
    }

    /// Splits the program into a stripped one and a debug file in a tree by build id.
    func splitByBuildID() throws -> String {
        let digits = try buildID
        let tree = directory.file("tree")
        let place = "\(tree)/.build-id/\(digits.prefix(2))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try tool("objcopy", "--only-keep-debug", program, "\(place)/\(digits.dropFirst(2)).debug")
        try tool("strip", program)
        return tree
    }

    @Test(arguments: ["zlib", "zlib-gnu", "zlib-gabi", "zstd"]) func compressedSections(_ form: String) throws {
        try tool("objcopy", "--compress-debug-sections=\(form)", program)
        let sections = try tool("readelf", "-SW", program)
        #expect(sections.contains(form == "zlib-gnu" ? ".zdebug_info" : ".debug_info"))
        expectSame(program)
    }

    @Test func foundByBuildID() throws {
        let tree = try splitByBuildID()
        #expect(lines(program) == 0)
        expectSame(program, DebugInfoOptions(debugDirectories: [tree], useDebuginfod: false))
    }

    @Test func foundByBuildIDThoughTheProgramIsGone() throws {
        let identifier = BuildID(try buildID)
        let tree = try splitByBuildID()
        let module = Module(
            path: "/gone/program", start: Address(0), end: Address(1 << 40), loadBias: 0, buildID: identifier,
            content: .unavailable(reason: "the file was deleted"))
        let session = DebugInfoSession(
            modules: [module], memory: NoMemory(),
            options: DebugInfoOptions(debugDirectories: [tree], useDebuginfod: false))
        expectEqual(SymbolizerOracle.ours(session, addresses), expected, addresses, comparingNames: true, "deleted")
        #expect(session.gaps.count == 1)
    }

    @Test(arguments: ["", ".debug/", "trees"]) func foundByDebugLink(_ place: String) throws {
        // Without a build id, the checksum decides.
        try tool("objcopy", "--remove-section", ".note.gnu.build-id", program)
        try tool("objcopy", "--only-keep-debug", program, "program.dbg", directory: directory.path)
        try tool("strip", program)
        try tool("objcopy", "--add-gnu-debuglink=program.dbg", program, directory: directory.path)
        var options = DebugInfoOptions(useDebuginfod: false)
        var target = directory.file(place)
        if place == "trees" {
            options.debugDirectories = [directory.file("tree")]
            target = directory.file("tree") + directory.path
        }
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        if !place.isEmpty {
            try FileManager.default.moveItem(atPath: directory.file("program.dbg"), toPath: target + "/program.dbg")
        }
        expectSame(program, options)
    }

    @Test func aDebugLinkWithAnotherChecksumIsRefused() throws {
        try tool("objcopy", "--remove-section", ".note.gnu.build-id", program)
        try tool("objcopy", "--only-keep-debug", program, "program.dbg", directory: directory.path)
        try tool("strip", program)
        try tool("objcopy", "--add-gnu-debuglink=program.dbg", program, directory: directory.path)
        try tool("sh", "-c", "printf x >> program.dbg", directory: directory.path)
        let session = session(program)
        #expect(SymbolizerOracle.ours(session, addresses).allSatisfy { $0.allSatisfy { $0.line == 0 } })
        #expect(session.gaps.contains { $0.reason.contains("checksum") })
    }

    @Test func aDebugFileOfAnotherBuildIsRefused() throws {
        let tree = try splitByBuildID()
        let digits = try buildID
        let file = "\(tree)/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug"
        try FileManager.default.removeItem(atPath: file)
        let other = try LineTests.builds[8].program()
        try tool("objcopy", "--only-keep-debug", other, file)
        let options = DebugInfoOptions(debugDirectories: [tree], useDebuginfod: false)
        let session = session(program, options)
        #expect(SymbolizerOracle.ours(session, addresses).allSatisfy { $0.allSatisfy { $0.line == 0 } })
        #expect(session.gaps.contains { $0.reason.contains("build id") })
    }

    @Test func belowASysroot() throws {
        let root = directory.file("root")
        let target = "/opt/app"
        try FileManager.default.createDirectory(atPath: root + target, withIntermediateDirectories: true)
        try tool("objcopy", "--only-keep-debug", program, root + target + "/program.dbg")
        try tool("strip", program)
        try tool("objcopy", "--add-gnu-debuglink=\(root + target)/program.dbg", program)
        let module = Module(
            path: target + "/program", start: Address(0), end: Address(1 << 40), loadBias: 0,
            content: .file(path: program))
        let session = DebugInfoSession(
            modules: [module], memory: NoMemory(), options: DebugInfoOptions(sysroot: root, useDebuginfod: false))
        expectEqual(SymbolizerOracle.ours(session, addresses), expected, addresses, comparingNames: true, "sysroot")
    }

    @Test func dwzInOneFile() throws {
        try tool("dwz", program)
        expectSame(program)
    }

    @Test func dwzWithACommonFile() throws {
        // dwz -m wants two files that have something in common.
        let second = directory.file("second")
        try FileManager.default.copyItem(atPath: try LineTests.builds[8].program(), toPath: second)
        try tool("dwz", "-m", "common.dwz", "program", "second", directory: directory.path)
        #expect(try tool("readelf", "-SW", program).contains(".gnu_debugaltlink"))
        expectSame(program)
        try FileManager.default.removeItem(atPath: directory.file("common.dwz"))
        let session = session(program)
        #expect(SymbolizerOracle.ours(session, addresses).contains { $0.contains { $0.line > 0 } })
        #expect(session.gaps.contains { $0.reason.contains("dwz") || $0.reason.contains("not found") })
    }

    @Test func aServerOfDebugFiles() throws {
        let tree = try splitByBuildID()
        let server = try DebuginfodServer(serving: tree, knowing: try buildID, scratch: directory.path)
        let cache = directory.file("client")
        server.withClient(cache: cache) {
            expectSame(program, DebugInfoOptions())
            // Names do not ask.
            let names = session(program, DebugInfoOptions()).symbolize([Address(addresses[0])], detail: .names)
            #expect(names[0].source.isEmpty || names[0].source[0].line == nil)
        }
    }

    @Test func aServerThatIsNotThereCostsLittle() throws {
        _ = try splitByBuildID()
        let server = try SilentServer()
        let clock = ContinuousClock()
        for url in ["http://127.0.0.1:9/", "http://127.0.0.1:\(server.port)/"] {
            setenv("DEBUGINFOD_URLS", url, 1)
            // libdebuginfod remembers misses: each server gets an empty cache.
            setenv("DEBUGINFOD_CACHE_PATH", directory.file("client-\(url.utf8.count)"), 1)
            defer {
                unsetenv("DEBUGINFOD_URLS")
                unsetenv("DEBUGINFOD_CACHE_PATH")
            }
            let time = clock.measure {
                let session = session(program, DebugInfoOptions(debuginfodMilliseconds: 500))
                #expect(
                    session.symbolize([Address(addresses[0])], detail: .lines)[0].source.allSatisfy { $0.line == nil })
                #expect(!session.gaps.isEmpty)
                _ = session.symbolize([Address(addresses[1])], detail: .lines)
            }
            #expect(time < .seconds(4), "\(url)")
        }
    }
}
