import Foundation
import ProcessModel
import SyncDecode
import TestSupport

/// Stacks as eu-stack prints them, so that these tests need no unwinder of ours.
enum ElfutilsStacks {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Without debug information of libraries, a stripped libc names what it exports and nothing else.
    static func ofProcess(_ pid: Int32, debugInfo: Bool = true) throws -> [ThreadID: [SyncFrame]] {
        let options = debugInfo ? [] : ["--debuginfo-path=/nonexistent"]
        return try parse(["eu-stack", "-n", "64", "-i", "-d", "-m"] + options + ["-p", String(pid)])
    }

    static func ofCore(_ core: String, executable: String) throws -> [ThreadID: [SyncFrame]] {
        try parse(["eu-stack", "-n", "64", "-i", "-d", "-m", "--core", core, "--executable", executable])
    }

    /// Lines are "TID 42:" and "#0  0xADDRESS NAME - MODULE", one for each inlined function with the same address.
    private static func parse(_ command: [String]) throws -> [ThreadID: [SyncFrame]] {
        let output = try run(command).output
        var stacks: [ThreadID: [SyncFrame]] = [:]
        var thread: ThreadID?
        for line in output.split(separator: "\n") {
            if line.hasPrefix("TID "), let id = Int32(line.dropFirst(4).prefix { $0.isNumber }) {
                thread = ThreadID(id)
                stacks[ThreadID(id)] = []
            } else if let thread, line.hasPrefix("#"), let start = line.range(of: "0x") {
                let rest = line[start.lowerBound...]
                let digits = rest.prefix { $0 != " " }
                guard let value = UInt64(digits.dropFirst(2), radix: 16) else { continue }
                // " NAME - MODULE", or " - MODULE" where nothing names the function.
                let parts = rest.dropFirst(digits.count).components(separatedBy: " - ")
                let name =
                    parts.count > 1
                    ? parts.dropLast().joined(separator: " - ").trimmingCharacters(in: .whitespaces) : ""
                let module = (parts.last ?? "").split(separator: "/").last.map(String.init)
                var stack = stacks[thread] ?? []
                if let last = stack.last, last.pc.rawValue == value {
                    if !name.isEmpty { stack[stack.count - 1].functions.append(name) }
                } else {
                    stack.append(
                        SyncFrame(functions: name.isEmpty ? [] : [name], pc: Address(value), moduleName: module))
                }
                stacks[thread] = stack
            }
        }
        if stacks.isEmpty { throw Failure(description: "\(command.joined(separator: " ")): \(output.prefix(2000))") }
        return stacks
    }

    /// eu-stack tells no stack pointers: a frame's is behind the slot that holds its return address.
    static func addStackPointers(_ stack: [SyncFrame], of thread: ProcessModel.Thread, memory: any MemorySource)
        -> [SyncFrame]
    {
        guard var position = thread.registers.stackPointer else { return stack }
        var stack = stack
        if !stack.isEmpty { stack[0].stackPointer = position }
        let limit = position + (64 << 10)
        for index in stack.indices.dropFirst() {
            while position < limit, let word = memory.load(position, as: UInt64.self), word != stack[index].pc.rawValue
            {
                position = position + 8
            }
            position = position + 8
            if position >= limit { break }
            stack[index].stackPointer = position
        }
        return stack
    }
}
