extension KnownDifference {
    private static let swift = ["Swift -O", "Swift -Onone"]
    private static let rust = ["Rust -O", "Rust debug"]

    /// All that is known to differ, each with the reason.
    static let all: [KnownDifference] = [
        KnownDifference(
            programs: ["frames clang", "swift-nio"] + swift, peer: .euStack, kind: .file, ours: "*", theirs: "nowhere",
            reason: "eu-stack finds a unit by .debug_aranges, which clang and swiftc do not write"),
        KnownDifference(
            programs: ["Swift -O"] + rust, peer: .euStack, kind: .inlines, ours: "* < *", theirs: "*",
            reason: "eu-stack shows no inlined functions of Swift (no .debug_aranges) and of Rust"),
        KnownDifference(
            programs: swift + ["swift-nio"], peer: .gdb, kind: .file, ours: "*", theirs: "nowhere",
            reason: "gdb finds no unit of Swift code, or none at compiler-generated lines"),
        KnownDifference(
            programs: ["swift-nio"], peer: .gdb, kind: .file, ours: "*<compiler-generated>", theirs: "*.swift",
            reason: "at a line that the compiler made up gdb shows the line of the code before it"),
        KnownDifference(
            programs: ["Swift -O"], peer: .gdb, kind: .inlines, ours: "* < *", theirs: "$s*",
            reason: "gdb finds no unit of Swift code"),
        KnownDifference(
            programs: rust, peer: .llvmSymbolizer, kind: .file, ours: "__rust_try nowhere", theirs: "*cgu*",
            reason: "a row of line 0, which has no source; llvm-symbolizer names the file of that row all the same",
            dependsOnCompiler: true),
        KnownDifference(
            programs: ["C++ -O2"], peer: .gdb, kind: .file, ours: "*operator()<*basic_string* *frames_cpp.cpp",
            theirs: "*basic_string.h",
            reason: "gdb takes the line entry of an inlined call's argument; eu-stack has what we have"),
    ]
}
