import Foundation

/// What llvm-symbolizer says of addresses of one ELF file: a second opinion on source positions and inlined functions in
/// what clang, swiftc and rustc wrote, where gdb and eu-stack know little.
public enum LLVMSymbolizer {
    private struct Answer: Decodable {
        struct Function: Decodable {
            var functionName: String
            var fileName: String
            var line: Int

            enum CodingKeys: String, CodingKey {
                case functionName = "FunctionName"
                case fileName = "FileName"
                case line = "Line"
            }
        }

        var symbol: [Function]?

        enum CodingKeys: String, CodingKey { case symbol = "Symbol" }
    }

    /// The functions at each address of the file, innermost first, with their names as the linker knows them.
    public static func frames(at addresses: [UInt64], in file: String) throws -> [[PeerFrame]] {
        let list = FileManager.default.temporaryDirectory.appendingPathComponent("addresses-\(UUID().uuidString)")
        try addresses.map { "0x\(String($0, radix: 16))\n" }.joined().write(to: list, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: list) }
        // The one of the Swift toolchain, not an older one of the system.
        let compiler = try run(["which", "swiftc"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        let toolchain = URL(fileURLWithPath: compiler).resolvingSymlinksInPath().deletingLastPathComponent()
        let command = [
            toolchain.appendingPathComponent("llvm-symbolizer").path, "--obj=\(file)", "--no-demangle", "--inlines",
            "--functions=linkage",
            "--output-style=JSON", "@\(list.path)",
        ]
        let (status, output) = try run(command)
        let answers = try JSONDecoder().decode([Answer].self, from: Data(output.utf8))
        guard status == 0, answers.count == addresses.count else {
            throw PeerStacks.Failure.noStacks(command: command, output: output)
        }
        return zip(addresses, answers).map { address, answer in
            (answer.symbol ?? []).map { function in
                PeerFrame(
                    pc: address, kind: .physical,
                    functions: function.functionName.isEmpty ? [] : [function.functionName],
                    file: function.fileName.isEmpty ? nil : function.fileName,
                    line: function.line > 0 ? function.line : nil)
            }
        }
    }
}
