import DebugInfo
import Foundation
import ProcessModel
import TestSupport
import Testing

/// What another symbolizer says of an address: one entry a function, innermost first.
struct OracleFrame: Equatable, CustomStringConvertible {
    var function: String
    /// The last part of the path: tools differ in what they put in front.
    var file: String
    var line: Int
    var description: String { "\(function) \(file):\(line)" }
}

enum SymbolizerOracle {
    /// The toolchain's own, beside swiftc: Debian's llvm-symbolizer 14 does not know all of what newer compilers write.
    static let llvmSymbolizer: String = {
        let text = try? tool("sh", "-c", "dirname \"$(readlink -f \"$(command -v swiftc)\")\"")
        return (text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "") + "/llvm-symbolizer"
    }()

    static func llvm(_ path: String, _ addresses: [UInt64]) throws -> [[OracleFrame]] {
        try ask([llvmSymbolizer, "--output-style=GNU", "-a", "-i", "-f", "-e", path], addresses)
    }

    static func elfutils(_ path: String, _ addresses: [UInt64]) throws -> [[OracleFrame]] {
        try ask(["eu-addr2line", "-a", "-i", "-f", "-C", "-e", path], addresses)
    }

    static func ours(_ session: DebugInfoSession, _ addresses: [UInt64]) -> [[OracleFrame]] {
        session.symbolize(addresses.map { Address($0) }, detail: .lines).map { record in
            record.source.map {
                OracleFrame(function: $0.function ?? "??", file: base($0.file ?? "??"), line: $0.line ?? 0)
            }
        }
    }

    private static func base(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func ask(_ command: [String], _ addresses: [UInt64]) throws -> [[OracleFrame]] {
        let directory = try ScratchDirectory()
        let text = addresses.map { "0x" + String($0, radix: 16) + "\n" }.joined()
        let input = try directory.write(text, to: "addresses")
        let quoted = command.map { "'\($0)'" }.joined(separator: " ")
        let output = try tool("sh", "-c", "\(quoted) < \(input) 2>/dev/null")
        var frames: [[OracleFrame]] = []
        var function: String?
        for line in output.split(separator: "\n") {
            if line.hasPrefix("0x"), UInt64(line.dropFirst(2), radix: 16) != nil {
                frames.append([])
                function = nil
            } else if let name = function {
                let place = line.prefix(while: { $0 != " " }).split(separator: ":")
                let number = place.count > 1 ? Int(place[1]) ?? 0 : 0
                frames[frames.count - 1].append(
                    OracleFrame(function: name, file: base(String(place.first ?? "??")), line: number))
                function = nil
            } else {
                function = String(line)
            }
        }
        guard frames.count == addresses.count else {
            throw CommandFailure(description: "\(command) answered \(frames.count) of \(addresses.count) addresses")
        }
        return frames
    }

    /// Addresses all over the functions that nm(1) lists, or those of them that are named, at most `limit`.
    static func addresses(of path: String, limit: Int = 400, among names: Set<String>? = nil) throws -> [UInt64] {
        var all: [UInt64] = []
        for function in try functions(of: path) where names?.contains(function.name) ?? true {
            all += stride(from: function.start, to: function.start + function.size, by: 7)
        }
        let step = max(1, all.count / limit)
        return stride(from: 0, to: all.count, by: step).map { all[$0] }
    }
}

/// Fails with the first few differences; how many addresses had a line.
@discardableResult
func expectEqual(
    _ ours: [[OracleFrame]], _ theirs: [[OracleFrame]], _ addresses: [UInt64], comparingNames: Bool = false,
    tolerating: Int = 0, _ comment: String, sourceLocation: SourceLocation = #_sourceLocation
) -> Int {
    func plain(_ frames: [OracleFrame]) -> [OracleFrame] {
        frames.map { OracleFrame(function: comparingNames ? $0.function : "", file: $0.file, line: $0.line) }
    }
    var differences: [String] = []
    for (index, address) in addresses.enumerated() where plain(ours[index]) != plain(theirs[index]) {
        // What nobody has a line for is a matter of names only.
        if ours[index].allSatisfy({ $0.line == 0 }), theirs[index].allSatisfy({ $0.line == 0 }) { continue }
        differences.append("0x\(String(address, radix: 16)): ours \(ours[index]), theirs \(theirs[index])")
    }
    #expect(
        differences.count <= tolerating, "\(comment): \(differences.count) differences, \(differences.prefix(3))",
        sourceLocation: sourceLocation)
    return ours.count { $0.contains { $0.line > 0 } }
}
