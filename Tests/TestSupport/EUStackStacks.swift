import Foundation

extension PeerStacks {
    /// The stacks that `eu-stack -i -s -v` shows, without its limit of 256 frames.
    public static func euStack(_ target: PeerTarget) throws -> PeerStacks {
        var command = ["eu-stack", "-i", "-s", "-v", "-n", "0"]
        switch target {
        case .process(let identifier): command += ["-p", String(identifier)]
        case .core(let path, let executable): command += ["--core=\(path)", "-e", executable]
        }
        let output = try run(command).output
        let stacks = parseEUStack(output)
        guard !stacks.threads.isEmpty else { throw Failure.noStacks(command: command, output: output) }
        return stacks
    }

    /// `TID 7:`, then for each frame `#1  0x0000000000001149 - 1 main - /path/of/module` and, where the source is known,
    /// an indented `file:line:column`. An inlined function is not marked; it has the address of the next frame.
    static func parseEUStack(_ text: String) -> PeerStacks {
        var threads: [Int32: [PeerFrame]] = [:]
        var thread: Int32?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("TID "), line.hasSuffix(":") {
                thread = Int32(line.dropFirst(4).dropLast())
                if let thread { threads[thread] = [] }
            } else if let thread, line.hasPrefix("#"), let frame = euStackFrame(line) {
                threads[thread, default: []].append(frame)
            } else if let thread, line.hasPrefix("    "), let last = threads[thread]?.indices.last {
                let parts = line.drop { $0 == " " }.split(separator: ":")
                guard parts.count >= 2 else { continue }
                threads[thread]?[last].file = String(parts[0])
                threads[thread]?[last].line = Int(parts[1])
            }
        }
        return PeerStacks(threads: threads)
    }

    private static func euStackFrame(_ line: Substring) -> PeerFrame? {
        // "#12 0x... - 1 NAME - MODULE"; frame 0 and interrupted frames have blanks for " - 1". With no name there is no
        // blank before the second dash.
        guard let start = line.range(of: "0x")?.upperBound else { return nil }
        let digits = line[start...].prefix { $0.isHexDigit }
        guard let pc = UInt64(digits, radix: 16) else { return nil }
        var rest = line[digits.endIndex...]
        rest = rest.hasPrefix(" - 1") ? rest.dropFirst(4) : rest.dropFirst(4)
        let end = rest.range(of: " - ", options: .backwards)?.lowerBound ?? rest.endIndex
        let name = rest[..<end].trimmingCharacters(in: .whitespaces)
        return PeerFrame(pc: pc, kind: .physical, functions: name.isEmpty ? [] : [name], file: nil, line: nil)
    }
}
