import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

/// Where the files of a core's modules are found, and that a wrong one is never used.
@Suite struct CoreModuleTests {
    /// A core whose program is no longer at the path that the core names.
    static let moved = Result { try makeMoved() }

    struct Moved {
        var core: String
        /// Where the program is now; nothing is at `original`.
        var program: String
        var original: String
        var directory: URL
    }

    static func makeMoved() throws -> Moved {
        let program = try FixtureProgram(["parked.c"])
        let directory = try CoreSamples.emptyDirectory("moved")
        let original = directory.appendingPathComponent("bin/parked")
        try FileManager.default.createDirectory(
            at: original.deletingLastPathComponent(), withIntermediateDirectories: true)
        try copyProgram(program.executable.path, to: original.path)
        let core = directory.appendingPathComponent("core").path
        let script =
            "'\(original.path)' 2 > out & pid=$!; while ! grep -q ready out; do sleep 0.05; done; "
            + "gcore -o '\(core)' $pid > gcore.out 2>&1; kill -9 $pid; mv '\(core)'.$pid '\(core)'"
        let (status, output) = try run(["bash", "-c", script], directory: directory)
        try #require(status == 0, "\(output)")
        let place = directory.appendingPathComponent("kept")
        try FileManager.default.moveItem(at: original, to: place)
        return Moved(core: core, program: place.path, original: original.path, directory: directory)
    }

    func main(_ options: CoreOptions) throws -> (module: Module, gaps: [Gap]) {
        let image = try CoreFile(path: try Self.moved.get().core, options: options).image()
        let module = try #require(image.modules.first { $0.isExecutable })
        return (module, image.gaps)
    }

    @Test func missingProgram() throws {
        let (module, gaps) = try main(CoreOptions())
        let moved = try Self.moved.get()
        #expect(module.path == moved.original)
        #expect(module.buildID != nil)
        guard case .unavailable = module.content else {
            Issue.record("\(module.content)")
            return
        }
        #expect(gaps.count == 1)
        #expect(gaps.first?.subject == .module(moved.original))
        #expect(gaps.first?.help?.contains("--sysroot") == true)
    }

    @Test func givenProgram() throws {
        let moved = try Self.moved.get()
        let (module, gaps) = try main(CoreOptions(executable: moved.program))
        #expect(module.content == .file(path: moved.program))
        #expect(gaps == [])
    }

    @Test func programOfAnotherBuild() throws {
        let other = try FixtureProgram(["parked.c"], flags: ["-g", "-O1", "-pthread"])
        let (module, gaps) = try main(CoreOptions(executable: other.executable.path))
        guard case .unavailable = module.content else {
            Issue.record("\(module.content)")
            return
        }
        let gap = try #require(gaps.first { $0.subject == .file(other.executable.path) })
        let found = try ModuleResolverTests().buildID(of: other.executable.path)
        let wrong = try #require(found)
        #expect(gap.reason.contains(wrong))
        let right = try #require(module.buildID)
        #expect(gap.reason.contains(right.description))
    }

    @Test func systemRoot() throws {
        let moved = try Self.moved.get()
        let root = moved.directory.appendingPathComponent("root")
        let place = root.path + moved.original
        try FileManager.default.createDirectory(
            atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: moved.program, toPath: place)
        let (module, gaps) = try main(CoreOptions(sysroot: root.path))
        #expect(module.content == .file(path: place))
        #expect(gaps == [])
    }

    @Test func buildIDTree() throws {
        let moved = try Self.moved.get()
        let found = try ModuleResolverTests().buildID(of: moved.program)
        let id = try #require(found)
        let tree = moved.directory.appendingPathComponent("debug")
        let place = tree.path + "/.build-id/\(id.prefix(2))/\(id.dropFirst(2))"
        try FileManager.default.createDirectory(
            atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: moved.program, toPath: place)
        let (module, gaps) = try main(CoreOptions(debugDirectories: [tree.path]))
        #expect(module.content == .file(path: place))
        #expect(gaps == [])
    }

    @Test func directoryWithTheFile() throws {
        let moved = try Self.moved.get()
        let directory = moved.directory.appendingPathComponent("files")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let place = directory.appendingPathComponent("parked").path
        try FileManager.default.copyItem(atPath: moved.program, toPath: place)
        let (module, gaps) = try main(CoreOptions(debugDirectories: [directory.path]))
        #expect(module.content == .file(path: place))
        #expect(gaps == [])
    }
}
