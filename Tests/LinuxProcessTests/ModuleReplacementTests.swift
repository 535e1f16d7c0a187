import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

/// Programs whose file is not what was loaded any more, or not where the path says.
@Suite struct ModuleReplacementTests {
    struct Target {
        var running: RunningProgram
        var path: String
        var other: String
    }

    /// Starts a copy of `parked`, whose file a test may then change.
    func start(_ name: String, flags: [String] = []) throws -> Target {
        let program = try FixtureProgram(["parked.c"], flags: ["-g", "-O2", "-pthread"] + flags)
        let other = try FixtureProgram(["parked.c"], flags: ["-g", "-O1", "-pthread"] + flags)
        let copy = try CoreSamples.emptyDirectory(name).appendingPathComponent("program")
        try copyProgram(program.executable.path, to: copy.path)
        let running = try FixtureProgram(built: copy).start(["1"])
        return Target(running: running, path: copy.path, other: other.executable.path)
    }

    func main(_ target: Target) throws -> (module: Module, gaps: [Gap], memory: ProcfsTarget) {
        let process = try ProcfsTarget(target.running.processIdentifier)
        let resolver = ModuleResolver(
            files: .process(ProcessID(process.process)),
            auxiliaryVector: AuxiliaryVector(bytes: Array(try process.file("auxv"))))
        let found = resolver.resolve(try process.mappings(), memory: process)
        return (try #require(found.modules.first { $0.isExecutable }), found.gaps, process)
    }

    @Test func deletedProgram() throws {
        let target = try start("deleted")
        let id = try ModuleResolverTests().buildID(of: target.path)
        try FileManager.default.removeItem(atPath: target.path)
        let (module, gaps, _) = try main(target)
        #expect(module.path == target.path)
        #expect(module.buildID?.description == id)
        #expect(module.content == .file(path: "/proc/\(target.running.processIdentifier)/exe"))
        #expect(gaps == [])
    }

    /// Another build at the same path, as after an upgrade: its symbols would be wrong.
    @Test func replacedProgram() throws {
        let target = try start("replaced")
        let id = try ModuleResolverTests().buildID(of: target.path)
        try FileManager.default.removeItem(atPath: target.path)
        try FileManager.default.copyItem(atPath: target.other, toPath: target.path)
        let (module, gaps, _) = try main(target)
        #expect(module.buildID?.description == id)
        #expect(module.content == .file(path: "/proc/\(target.running.processIdentifier)/exe"))
        #expect(gaps == [])
    }

    /// The same file put back: it is deleted to the kernel, and its build id says that it can be used.
    @Test func reinstalledProgram() throws {
        let target = try start("reinstalled")
        let kept = target.path + ".kept"
        try FileManager.default.copyItem(atPath: target.path, toPath: kept)
        try FileManager.default.removeItem(atPath: target.path)
        try FileManager.default.moveItem(atPath: kept, toPath: target.path)
        let (module, gaps, _) = try main(target)
        #expect(module.content == .file(path: target.path))
        #expect(gaps == [])
    }

    /// Without a build id a file is known by its headers, and a new file at a deleted path is not trusted.
    @Test func withoutBuildID() throws {
        let target = try start("without-id", flags: ["-Wl,--build-id=none"])
        let (module, gaps, _) = try main(target)
        #expect(module.buildID == nil)
        #expect(module.content == .file(path: target.path))
        #expect(gaps == [])
        try FileManager.default.removeItem(atPath: target.path)
        try FileManager.default.copyItem(atPath: target.other, toPath: target.path)
        let (replaced, _, _) = try main(target)
        #expect(replaced.content == .file(path: "/proc/\(target.running.processIdentifier)/exe"))
    }

    /// When no link leads to the old file, as in a core, the wrong file is named and not used.
    @Test func replacedFileThatCannotBeReached() throws {
        let target = try start("unreachable")
        let ids = try [target.path, target.other].compactMap { try ModuleResolverTests().buildID(of: $0) }
        try #require(ids.count == 2 && ids[0] != ids[1])
        try FileManager.default.removeItem(atPath: target.path)
        try FileManager.default.copyItem(atPath: target.other, toPath: target.path)
        let process = try ProcfsTarget(target.running.processIdentifier)
        let found = ModuleResolver(
            files: .core(CoreOptions()), auxiliaryVector: AuxiliaryVector(bytes: Array(try process.file("auxv")))
        ).resolve(try process.mappings(), memory: process)
        let module = try #require(found.modules.first { $0.isExecutable })
        #expect(module.content == .memory(size: module.end.distance(above: module.start)))
        let gap = try #require(found.gaps.first { $0.subject == .module(target.path) })
        #expect(ids.allSatisfy { gap.reason.contains($0) })
        #expect(gap.help != nil)
    }

    func resolve(_ running: RunningProgram) throws -> (module: Module, gaps: [Gap]) {
        let process = try ProcfsTarget(running.processIdentifier)
        let found = ModuleResolver(
            files: .process(ProcessID(running.processIdentifier)),
            auxiliaryVector: AuxiliaryVector(bytes: Array(try process.file("auxv")))
        ).resolve(try process.mappings(), memory: process)
        return (try #require(found.modules.first { $0.isExecutable }), found.gaps)
    }

    /// What a user other than root needs to be root in a namespace of its own.
    var namespace: [String] { getuid() == 0 ? [] : ["--map-root-user"] }

    /// Under another root the kernel still shows us paths from ours.
    @Test func otherRoot() throws {
        let program = try FixtureProgram(["parked.c"], flags: ["-g", "-O2", "-pthread", "-static"])
        let root = try CoreSamples.emptyDirectory("root")
        let place = root.appendingPathComponent("parked")
        try FileManager.default.copyItem(at: program.executable, to: place)
        let prefix = namespace.isEmpty ? [] : ["unshare"] + namespace
        let running = try FixtureProgram(built: URL(fileURLWithPath: "/usr/bin/env"))
            .start(prefix + ["chroot", root.path, "/parked", "1"])
        let (module, gaps) = try resolve(running)
        #expect(module.content == .file(path: place.path))
        #expect(gaps == [])
    }

    /// In another mount namespace the same path leads to another file: here another build, mounted over it.
    @Test func otherMountNamespace() throws {
        let target = try start("namespace")
        let running = try FixtureProgram(built: URL(fileURLWithPath: "/usr/bin/env")).start(
            ["unshare", "--mount"] + namespace + [
                "sh", "-c", "mount --bind '\(target.other)' '\(target.path)' && exec '\(target.path)' 1",
            ])
        let (module, gaps) = try resolve(running)
        #expect(module.path == target.path)
        #expect(module.content == .file(path: "/proc/\(running.processIdentifier)/root\(target.path)"))
        let id = try ModuleResolverTests().buildID(of: target.other)
        #expect(module.buildID?.description == id)
        #expect(gaps == [])
    }

    @Test func imagesWithoutFile() throws {
        let running = try FixtureProgram(["images.c"]).start()
        func address(_ name: String) throws -> Address {
            let line = try #require(running.output.split(separator: "\n").first { $0.hasPrefix(name) })
            return try #require(Address(line.split(separator: " ")[1]))
        }
        let process = try ProcfsTarget(running.processIdentifier)
        let found = ModuleResolver(
            files: .process(ProcessID(running.processIdentifier)),
            auxiliaryVector: AuxiliaryVector(bytes: Array(try process.file("auxv")))
        ).resolve(try process.mappings(), memory: process)
        let copy = try address("copy")
        let module = try #require(found.modules.first { $0.start == copy })
        let vdso = try #require(found.modules.first { $0.path == "[vdso]" })
        #expect(module.path == "[memory \(copy)]")
        #expect(module.buildID == vdso.buildID)
        #expect(module.content == .memory(size: module.end.distance(above: copy)))
        let reading = try address("reading")
        #expect(!found.modules.contains { $0.contains(reading) })
        #expect(found.modules.filter(\.isExecutable).count == 1)
        #expect(found.gaps == [])
    }
}
