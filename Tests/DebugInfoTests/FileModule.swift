import DebugInfo
import Foundation
import ProcessModel
import TestSupport

/// A target without readable memory: files are all there is.
final class NoMemory: MemorySource {
    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
}

/// A file as a module that is loaded at its own addresses, so that file addresses can be asked for directly.
func fileModule(_ path: String, buildID: BuildID? = nil) -> Module {
    Module(
        path: path, start: Address(0), end: Address(1 << 40), loadBias: 0, buildID: buildID,
        content: .file(path: path))
}

func session(_ path: String, _ options: DebugInfoOptions = DebugInfoOptions(useDebuginfod: false)) -> DebugInfoSession {
    DebugInfoSession(modules: [fileModule(path)], memory: NoMemory(), options: options)
}

/// A directory that is removed with the value.
final class ScratchDirectory {
    let path: String

    init() throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        path = base.path
    }

    deinit { _ = try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
        return file(name)
    }
}

struct CommandFailure: Error, CustomStringConvertible {
    var description: String
}

/// Runs a tool that must succeed; its output.
@discardableResult
func tool(_ command: String..., directory: String? = nil) throws -> String {
    let (status, output) = try run(command, directory: directory.map { URL(fileURLWithPath: $0) })
    guard status == 0 else { throw CommandFailure(description: "\(command): status \(status)\n\(output)") }
    return output
}

/// The functions that nm(1) lists with a size, as (start, size, name).
func functions(of path: String, dynamic: Bool = false) throws -> [(start: UInt64, size: UInt64, name: String)] {
    let output = dynamic ? try tool("nm", "-DS", "--defined-only", path) : try tool("nm", "-S", "--defined-only", path)
    return output.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: " ", maxSplits: 3)
        guard fields.count == 4, "TtWwi".contains(fields[2]), let start = UInt64(fields[0], radix: 16),
            let size = UInt64(fields[1], radix: 16), size > 0
        else { return nil }
        return (start, size, String(fields[3]))
    }
}
