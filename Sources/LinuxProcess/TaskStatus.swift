import ProcessModel

/// `/proc/PID/status` of a process or a thread (proc_pid_status(5)): the lines that a capture needs. A line that is
/// not there, as in older kernels, is nil.
struct TaskStatus: Equatable {
    /// Of the thread group.
    var process: ProcessID?
    /// 0 when nobody traces it.
    var tracer: ProcessID?
    /// The id in each pid namespace, ours first, its own last.
    var namespaceIDs: [Int32] = []
    /// Real, effective, saved, file system.
    var userIDs: [UInt32] = []
    var voluntarySwitches: UInt64?
    var involuntarySwitches: UInt64?

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var lines = ByteScanner(bytes)
        while !lines.isAtEnd {
            let line = lines.restOfLine()
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            var values = ByteScanner(UnsafeBufferPointer(rebasing: line[(colon + 1)...]))
            // A process chooses its name, but the kernel escapes a newline in it: no line here is forged.
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "Tgid": process = Self.numbers(&values).first.map { ProcessID(Int32(truncatingIfNeeded: $0)) }
            case "TracerPid": tracer = Self.numbers(&values).first.map { ProcessID(Int32(truncatingIfNeeded: $0)) }
            case "NSpid": namespaceIDs = Self.numbers(&values).map { Int32(truncatingIfNeeded: $0) }
            case "Uid": userIDs = Self.numbers(&values).map { UInt32(truncatingIfNeeded: $0) }
            case "voluntary_ctxt_switches": voluntarySwitches = Self.numbers(&values).first
            case "nonvoluntary_ctxt_switches": involuntarySwitches = Self.numbers(&values).first
            default: break
            }
        }
    }

    init(_ bytes: [UInt8]) {
        self = bytes.withUnsafeBufferPointer { TaskStatus($0) }
    }

    private static func numbers(_ scanner: inout ByteScanner) -> [UInt64] {
        var numbers: [UInt64] = []
        while true {
            scanner.skipSpaces()
            guard let number = scanner.decimal() else { return numbers }
            numbers.append(number)
        }
    }
}
