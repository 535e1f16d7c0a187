import Foundation
import TestSupport
import Testing

/// The runtime in programs that have no loader: linked with libdeadwait-static.o.
@Suite struct StaticTests {
    private func program(_ source: String, _ kind: String) throws -> FixtureProgram {
        let folder = try RuntimeLibrary.folder.get().path
        return try FixtureProgram(
            ["runtime/\(source)"],
            flags: [
                "-std=gnu11", "-g", "-O2", "-pthread", kind, "-L\(folder)", "-Wl,@\(folder)/libdeadwait-static.link",
            ])
    }

    /// The options must name just the hooks: one too few and it is not called, one too many and nothing links.
    @Test func theOptionsNameEveryHook() throws {
        let folder = try RuntimeLibrary.folder.get()
        let options = try String(contentsOf: folder.appendingPathComponent("libdeadwait-static.link"), encoding: .utf8)
        let symbols = try run(["nm", folder.appendingPathComponent("libdeadwait-static.o").path]).output
        let hooks = symbols.split(separator: "\n").compactMap { $0.firstMatch(of: #/ T __wrap_(\w+)$/#)?.output.1 }
        let wrapped = options.split(separator: "\n").filter { $0.hasPrefix("--wrap=") }.map { $0.dropFirst(7) }
        #expect(hooks.count > 40)
        #expect(hooks.sorted() == wrapped.sorted())
    }

    @Test(arguments: ["-static-pie", "-static"]) func aStaticProgramRecordsAndDumps(kind: String) throws {
        let program = try program("static.c", kind)
        let dump = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)")
        defer { unlink(dump.path) }
        let running = try program.start(environment: ["DEADWAIT_DUMP": dump.path, "DEADWAIT_SIGNAL": "QUIT"])
        let (status, output) = running.finish()
        #expect(status == 0)
        #expect(output.hasSuffix("ready\nbeacon found, registry of this process\nsyscall -1 9\ndone\n"))
        let text = try String(contentsOf: dump, encoding: .utf8)
        let waiter = text.section(of: "waiter")
        #expect(waiter.contains("waits for condition 0x"))
        #expect(waiter.contains(#/        at static-[0-9a-f]+\+0x[0-9a-f]+ wait_for_work\+0x[0-9a-f]+\n/#))
        #expect(waiter.contains(#/starts in static-[0-9a-f]+\+0x[0-9a-f]+ worker, /#))
        #expect(waiter.contains(#/made at static-[0-9a-f]+\+0x[0-9a-f]+ main\+0x/#))
        // The runtime's own functions are part of the program, and still left out.
        #expect(!text.contains(" dw_"))
    }
}
