import Foundation
import TestSupport
import Testing

/// Threads, waits and conditions at full rate while another process reads the registry: no record that the format allows
/// to be believed is a mixture of two.
///
/// DEADWAIT_TORTURE_SECONDS and DEADWAIT_TORTURE_CONDITIONS make it longer: 60 and 10000000 for a minute of it.
@Suite struct TortureTests {
    static let environment = ProcessInfo.processInfo.environment
    static let seconds = environment["DEADWAIT_TORTURE_SECONDS"].flatMap { Int($0) } ?? 6
    static let conditions = environment["DEADWAIT_TORTURE_CONDITIONS"].flatMap { Int($0) } ?? 300_000

    static let flags = ["-g", "-O2", "-pthread", "-Wall", "-Wextra", "-Werror"]

    @Test(arguments: [false, true]) func noTornRecordIsBelieved(locks: Bool) throws {
        let program = try FixtureProgram(["runtime/torture.c"], flags: Self.flags)
        let reader = try FixtureProgram(["runtime/torture_reader.c"], flags: Self.flags + RuntimeLibrary.includes)
        let running = try program.start(
            ["\(Self.seconds)", "\(Self.conditions)"],
            environment: RuntimeLibrary.environment(locks: locks, ["DEADWAIT_THREADS": "1024"]))
        let addresses = try #require(running.output.split(separator: "\n").last).split(separator: " ").dropFirst()
        let reading = try run(
            [reader.executable.path, "\(running.processIdentifier)"] + addresses.map(String.init) + [
                "\(Self.seconds - 1)"
            ])
        print("torture\(locks ? " with locks" : ""): \(reading.output.split(separator: "\n").last ?? "")")
        #expect(reading.status == 0, "\(reading.output)")
        let (status, output) = running.finish()
        #expect(status == 0)
        // Results are unchanged, and what is counted below can only be right if every thread ran.
        #expect(
            output.hasSuffix("wrong 0, not run 0, made \(Self.conditions), pairs that played 4\n"),
            "\(output)")
    }
}
