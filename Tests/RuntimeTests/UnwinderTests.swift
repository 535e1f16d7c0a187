import Foundation
import TestSupport
import Testing

/// The unwinder inside the target against glibc's backtrace() (libgcc's unwinder), and on input that is not a stack.
@Suite struct UnwinderTests {
    static let runtime = "../../Sources/DeadwaitRuntime/runtime"
    static let unwinder = ["dw_unwind.c", "dw_cfi.c", "dw_modules.c", "dw_arch_x86_64.c"].map { "\(runtime)/\($0)" }
    static let headers =
        [
            "dw_unwind.h", "dw_arch.h", "dw_arch_x86_64.h", "dw_cfi.h", "dw_modules.h", "dw_find_object.h",
            "dw_bytes.h", "dw_stacks.h",
        ]
        .map { "\(runtime)/\($0)" } + ["../../Sources/RegistryABI/include/registry_abi.h", "runtime/unwind.h"]
    static let includes = [runtime, "../../Sources/RegistryABI/include"].map {
        "-I\(FixtureProgram.sources.appendingPathComponent($0).path)"
    }
    static let warnings = ["-g", "-pthread", "-Wall", "-Wextra", "-Werror"]

    /// How a program, its libraries, and so the frames on its stacks, are built.
    struct Build: CustomTestStringConvertible {
        var compiler: String
        var flags: [String]
        var testDescription: String { ([compiler] + flags).joined(separator: " ") }
    }

    static let builds = [
        Build(compiler: "gcc", flags: ["-O0"]),
        Build(compiler: "gcc", flags: ["-O2", "-fomit-frame-pointer"]),
        Build(compiler: "gcc", flags: ["-O3", "-fno-omit-frame-pointer", "-no-pie", "-fcf-protection=full"]),
        Build(compiler: "clang", flags: ["-O2", "-Wl,-z,lazy"]),
        // No _dl_find_object, as before glibc 2.35; and one that says too little, as in a static program.
        Build(compiler: "gcc", flags: ["-O2", "-DDW_UNWIND_OWN_MODULE_TABLE"]),
        Build(compiler: "gcc", flags: ["-O2", "-static-pie", "-Wl,--no-warnings"]),
    ]

    /// Two libraries with the same code but for the sizes of frames.
    static func libraries() throws -> [String] {
        try [640, 1280].map { room in
            try FixtureProgram(
                ["runtime/unwind_library.c"],
                flags: ["-shared", "-fPIC", "-O2", "-DROOM=\(room)", "-Wl,-z,lazy"]
            ).executable.path
        }
    }

    @Test(arguments: builds) func stacksAreThoseOfLibgcc(build: Build) throws {
        let names = ["unwind.c", "unwind_calls.c", "unwind_signals.c", "unwind_modules.c", "unwind_exceptions.cpp"]
        let program = try FixtureProgram(
            names.map { "runtime/\($0)" } + Self.unwinder, headers: Self.headers, compiler: build.compiler,
            flags: Self.warnings + Self.includes + build.flags + ["-lstdc++"])
        let (status, output) = try run([program.executable.path] + Self.libraries())
        #expect(status == 0 && output.hasSuffix("done\n"), "\(output)")
        for scenario in ["calls", "exceptions", "signals", "libraries", "many threads"] {
            let line = output.split(separator: "\n").first { $0.hasPrefix("\(scenario): ") }
            let compared = line.flatMap { $0.split(separator: " ").dropLast().last }.flatMap { Int($0) } ?? 0
            #expect(compared > 200, "\(scenario): \(output)")
        }
    }

    @Test func randomStacksAndTablesAreReadWithinTheirBounds() throws {
        let program = try FixtureProgram(
            ["runtime/unwind_garbage.c"] + Self.unwinder, headers: Self.headers,
            flags: Self.warnings + Self.includes + [
                "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
            ])
        let (status, output) = try run([program.executable.path, "1000000", "100000"])
        #expect(status == 0 && output.hasSuffix("done\n"), "\(output)")
        // Stacks that end in all ways were among them.
        let ends = Set(output.matches(of: /flags 0x([0-9a-f]+):/).compactMap { UInt32($0.output.1, radix: 16) })
        for flag: UInt32 in [2, 8, 16, 32, 64] {
            #expect(ends.contains { $0 & flag != 0 }, "no stack with flag \(flag): \(output)")
        }
    }

    @Test func aLibraryIsForgottenWhenItIsUnloaded() throws {
        let program = try FixtureProgram(
            ["runtime/unload.c"], headers: Self.headers, flags: Self.warnings + Self.includes + ["-O2"])
        let preload = "LD_PRELOAD=\(try RuntimeLibrary.path())"
        let (status, output) = try run(["env", preload, program.executable.path] + Self.libraries())
        #expect(status == 0 && output.hasSuffix("done\n"), "\(output)")
    }

    @Test(arguments: [["-O1", "-fsanitize=thread"], ["-O2"]]) func aStackHasOneNumber(flags: [String]) throws {
        let program = try FixtureProgram(
            ["runtime/stacks.c", "\(Self.runtime)/dw_stacks.c"], headers: Self.headers,
            flags: Self.warnings + Self.includes + flags)
        let (status, output) = try run([program.executable.path])
        #expect(status == 0 && output == "done\n", "\(output)")
    }
}
