import TestSupport
import Testing

/// The disassembler's shim, from C: decoders.c.
@Suite struct DecoderTests {
    /// Who decodes first in a process must not meet tables that another thread still sorts. Without care for that about
    /// 1 process in 30 misreads an instruction on two processors, so 400 of them tell.
    @Test func theFirstDecodersOfAProcessAgree() throws {
        let shim = "../../Sources/CCapstone"
        let program = try FixtureProgram(
            ["decoders.c"] + ["ccapstone.c", "general.c", "unknown.c", "vector.c"].map { "\(shim)/\($0)" },
            headers: ["translate.h", "include/ccapstone.h"].map { "\(shim)/\($0)" },
            flags: [
                "-O1", "-pthread", "-Wall", "-Wextra", "-Werror",
                "-I\(FixtureProgram.sources.appendingPathComponent(shim).path)/include", "-lcapstone",
            ])
        let (status, output) = try run([program.executable.path, "400"])
        #expect(status == 0)
        #expect(output == "0\n")
    }
}
