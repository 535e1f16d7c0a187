import Foundation
import SeededPrograms
import TestSupport
import Testing

/// `deadwait dump` of what gdb prints of a program that hangs, with and without the program's code.
@Suite(.serialized) struct TextDumpTests {
    private struct Report: Decodable {
        struct Finding: Decodable {
            var rule: String
            var confidence: String
            var threads: [Int32]
            var summary: String
        }
        struct Thread: Decodable {
            var tid: Int32
            var verdict: String
        }
        var findings: [Finding]
        var threads: [Thread]
    }

    private func run(_ words: [String], to file: URL) throws -> Int32 {
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let output = try FileHandle(forWritingTo: file)
        defer { try? output.close() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// gdb's text of a seeded program that runs, and the program.
    private func dump(_ name: String, _ variant: String, flattened: Bool = false, more: [String] = []) throws -> (
        text: URL, program: URL
    ) {
        let program = try #require(try SeededProgram.all().first { $0.name == name })
        let built = try BuiltProgram(program, try #require(BuildVariant(variant)))
        let running = try FixtureProgram(built: built.executable).start()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("text-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = folder.appendingPathComponent("gdb.txt")
        let command =
            ["timeout", "-s", "KILL", "30", "gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p"]
            + ["\(running.processIdentifier)", "-ex", "thread apply all bt"] + more.flatMap { ["-ex", $0] }
        // gdb 13 was seen to wait for ever for the stop of a thread that it had attached to.
        let isDone = try (0..<3).contains { _ in try run(command, to: text) == 0 }
        #expect(isDone)
        if flattened {
            let lines = try String(contentsOf: text, encoding: .utf8).split(separator: "\n")
            try lines.joined(separator: " ").write(to: text, atomically: true, encoding: .utf8)
        }
        return (text, built.executable)
    }

    private func report(_ text: URL, _ more: [String] = []) throws -> (status: Int32, report: Report) {
        let file = text.deletingLastPathComponent().appendingPathComponent("report.json")
        let status = try run(
            [try DeadwaitTool.executable, "dump", text.path, "--format", "json", "--no-cache"] + more, to: file)
        return (status, try JSONDecoder().decode(Report.self, from: Data(contentsOf: file)))
    }

    @Test(arguments: ["gcc-O0-g", "gcc-O2-g"]) func aHangIsFoundInATextWithTheProgram(_ variant: String) throws {
        for isFlattened in [false, true] {
            let (text, program) = try dump("flush_workers_never_created", variant, flattened: isFlattened)
            let (status, report) = try report(text, ["--exe", program.path])
            #expect(status == 1)
            #expect(report.findings.map(\.rule) == ["dead-wait"])
            let finding = try #require(report.findings.first)
            #expect(finding.summary.contains("async_worker") && finding.threads.count == 1)
            #expect(report.threads.first?.tid == finding.threads.first)
            // The text alone gives no more than a suspicion.
            let (_, bare) = try self.report(text)
            #expect(bare.findings.allSatisfy { $0.confidence == "suspected" })
        }
    }

    /// The look-alike: the same flush, whose worker is busy.
    @Test func aSlowFlushIsNone() throws {
        let (text, program) = try dump("flush_waits_for_slow_callback", "gcc-O2-g")
        let (_, report) = try report(text, ["--exe", program.path])
        #expect(report.findings.isEmpty, "\(report.findings)")
    }

    /// Owners that somebody printed close the circle, without any code.
    @Test func printedOwnersMakeTheCycle() throws {
        let commands = ["p &engine.checkpoint", "p engine.checkpoint", "p &engine.pages", "p engine.pages"]
        let (text, _) = try dump("lock_order_checkpoint_evict", "gcc-O0-g", more: commands)
        let (status, report) = try report(text)
        #expect(status == 1)
        #expect(report.findings.map(\.rule) == ["deadlock-cycle", "join-stuck"], "\(report.findings)")
        // The text alone, without the owners, does not say who holds what.
        let (bare, _) = try dump("lock_order_checkpoint_evict", "gcc-O0-g")
        #expect(try self.report(bare).report.findings.isEmpty)
    }

    /// Code of another build is named as such and makes nothing surer.
    @Test func anotherBuildIsSaidToBeOne() throws {
        let (text, _) = try dump("flush_workers_never_created", "gcc-O0-g")
        let other = try BuiltProgram(
            try #require(try SeededProgram.all().first { $0.name == "flush_workers_never_created" }),
            try #require(BuildVariant("gcc-O2-g")))
        let file = text.deletingLastPathComponent().appendingPathComponent("report.txt")
        _ = try run(
            [
                try DeadwaitTool.executable, "dump", text.path, "--exe", other.executable.path, "--no-cache", "--width",
                "400",
            ],
            to: file)
        let report = try String(contentsOf: file, encoding: .utf8)
        #expect(report.contains("it is of another build"), "\(report)")
        #expect(!report.contains("(likely)") && !report.contains("(proved)"))
    }
}
