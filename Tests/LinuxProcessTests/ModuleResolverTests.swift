import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

@Suite struct ModuleResolverTests {
    func resolve(_ process: Int32) throws -> ModuleResolver.Resolution {
        let target = try ProcfsTarget(process)
        let resolver = ModuleResolver(
            files: .process(ProcessID(process)), auxiliaryVector: AuxiliaryVector(bytes: Array(try target.file("auxv")))
        )
        return resolver.resolve(try target.mappings(), memory: target)
    }

    /// The build id as readelf prints it.
    func buildID(of path: String) throws -> String? {
        let output = try run(["readelf", "-nW", path]).output
        return output.split(separator: "\n").compactMap { line in
            line.range(of: "Build ID: ").map { String(line[$0.upperBound...]) }
        }.first
    }

    @Test func modulesOfADynamicProgram() throws {
        let program = try FixtureProgram(["parked.c"])
        let running = try program.start(["1"])
        let found = try resolve(running.processIdentifier)
        #expect(found.gaps == [])
        #expect(found.modules.map(\.start) == found.modules.map(\.start).sorted())
        let main = try #require(found.modules.first { $0.isExecutable })
        #expect(main.path == program.executable.path)
        #expect(main.content == .file(path: program.executable.path))
        #expect(main.loadBias == main.start.rawValue)
        let mainID = try buildID(of: main.path)
        #expect(main.buildID?.description == mainID)
        let libc = try #require(found.modules.first { $0.name == "libc.so.6" })
        let libcID = try buildID(of: libc.path)
        #expect(libc.buildID?.description == libcID)
        let vdso = try #require(found.modules.first { $0.path == "[vdso]" })
        #expect(vdso.content == .memory(size: vdso.end.distance(above: vdso.start)))
        #expect(vdso.buildID != nil)
        #expect(found.modules.filter(\.isExecutable).count == 1)
        // Every executable mapping of a file lies in a module.
        for mapping in try ProcfsTarget(running.processIdentifier).mappings()
        where mapping.permissions.contains(.execute) && mapping.path.hasPrefix("/") {
            #expect(found.modules.index(holding: mapping.start) != nil)
        }
    }

    @Test(arguments: [["-no-pie"], ["-static"], ["-static-pie"]])
    func loadBiasOfOtherKinds(_ flags: [String]) throws {
        let program = try FixtureProgram(["parked.c"], flags: ["-g", "-O2", "-pthread"] + flags)
        let running = try program.start(["1"])
        let found = try resolve(running.processIdentifier)
        let main = try #require(found.modules.first { $0.isExecutable })
        #expect(main.path == program.executable.path)
        #expect(main.loadBias == (flags == ["-static-pie"] ? main.start.rawValue : 0))
        #expect(found.gaps == [])
    }
}
