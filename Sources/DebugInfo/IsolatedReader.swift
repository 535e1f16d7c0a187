import ProcessModel
import Unwinding

/// Reads the messages that `IsolatedWriter` writes.
///
/// The parent takes every answer for hostile: the child that wrote it has read files that may have led it astray. Each
/// count is held against the bytes that are left before anything is allocated for it, each enumeration and index is
/// checked, and bytes left over are an error.
struct IsolatedReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// Borrows `bytes`.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(DebugInfoError) -> Value {
        guard bytes.count - position >= MemoryLayout<Value>.size else { throw .message(problem: "it is cut short") }
        let value = bytes.loadUnaligned(fromByteOffset: position, as: Value.self)
        position += MemoryLayout<Value>.size
        return Value(littleEndian: value)
    }

    mutating func flag() throws(DebugInfoError) -> Bool {
        switch try integer(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .message(problem: "a truth value is neither 0 nor 1")
        }
    }

    mutating func string() throws(DebugInfoError) -> String { String(decoding: try raw(), as: UTF8.self) }

    mutating func raw() throws(DebugInfoError) -> UnsafeRawBufferPointer {
        let count = try count(elementBytes: 1)
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A count of elements of at least `elementBytes` each, which must lie within what is left.
    mutating func count(elementBytes: Int) throws(DebugInfoError) -> Int {
        let count = Int(try integer(UInt32.self))
        guard count <= (bytes.count - position) / elementBytes else {
            throw .message(problem: "\(count) elements cannot lie in \(bytes.count - position) bytes")
        }
        return count
    }

    mutating func optional<Value>(
        _ read: (inout Self) throws(DebugInfoError) -> Value
    ) throws(DebugInfoError) -> Value? {
        try flag() ? try read(&self) : nil
    }

    mutating func array<Element>(
        elementBytes: Int, _ read: (inout Self) throws(DebugInfoError) -> Element
    ) throws(DebugInfoError) -> [Element] {
        let count = try count(elementBytes: elementBytes)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    mutating func registers() throws(DebugInfoError) -> RegisterSet {
        let known = try integer(UInt32.self)
        guard known >> UInt32(X86Register.count) == 0 else { throw .message(problem: "there is no such register") }
        var registers = RegisterSet()
        for number in 0..<X86Register.count where known & (1 << UInt32(number)) != 0 {
            registers[number] = try integer(UInt64.self)
        }
        return registers
    }

    // MARK: Requests

    /// A whole request. `modules` is the count of modules that runs may name.
    mutating func request(modules: Int) throws(DebugInfoError) -> IsolatedRequest {
        let code = try integer(UInt8.self)
        let request: IsolatedRequest
        switch code {
        case 1: request = .rules(try runs(modules))
        case 2: request = .symbols(try runs(modules))
        case 3: request = .dataSymbols(try runs(modules))
        case 4:
            request = .callers(
                try array(elementBytes: 9) { reader throws(DebugInfoError) in
                    let registers = try reader.registers()
                    let isReturnAddress = try reader.flag()
                    let frame = FrameRegisters(registers: registers, isReturnAddress: isReturnAddress)
                    return IsolatedFrame(frame: frame, stack: [UInt8](try reader.raw()))
                })
        case 5:
            request = .walks(
                try array(elementBytes: 4) { reader throws(DebugInfoError) in try reader.registers() })
        case 6: request = .variables(try runs(modules))
        default: throw .message(problem: "there is no request \(code)")
        }
        try end()
        return request
    }

    private mutating func runs(_ modules: Int) throws(DebugInfoError) -> [IsolatedRun] {
        try array(elementBytes: 9) { reader throws(DebugInfoError) in
            let module = Int(try reader.integer(UInt32.self))
            guard module < modules, let detail = SymbolDetail(rawValue: Int(try reader.integer(UInt8.self))) else {
                throw .message(problem: "there is no module \(module)")
            }
            let addresses = try reader.array(elementBytes: 8) { reader throws(DebugInfoError) in
                Address(try reader.integer(UInt64.self))
            }
            return IsolatedRun(module: module, detail: detail, addresses: addresses)
        }
    }

    // MARK: Answers

    /// A whole reply. `modules` is the count of modules that records may name.
    mutating func reply(modules: Int) throws(DebugInfoError) -> IsolatedReply {
        let code = try integer(UInt8.self)
        let answers: IsolatedAnswers
        switch code {
        case 1: answers = .rules(try optionals { reader throws(DebugInfoError) in try reader.rule() })
        case 2:
            answers = .symbols(
                try array(elementBytes: 6) { reader throws(DebugInfoError) in try reader.record(modules) })
        case 3: answers = .dataSymbols(try optionals { reader throws(DebugInfoError) in try reader.string() })
        case 4: answers = .callers(try optionals { reader throws(DebugInfoError) in try reader.caller() })
        case 5: answers = .walks(try optionals { reader throws(DebugInfoError) in try reader.walk() })
        case 6:
            answers = .variables(
                try array(elementBytes: 4) { reader throws(DebugInfoError) in
                    try reader.array(elementBytes: 14) { reader throws(DebugInfoError) in try reader.variable() }
                })
        default: throw .message(problem: "there is no answer \(code)")
        }
        let gaps = try optional { reader throws(DebugInfoError) in
            try reader.array(elementBytes: 10) { reader throws(DebugInfoError) in try reader.gap() }
        }
        try end()
        return IsolatedReply(answers: answers, gaps: gaps)
    }

    private func end() throws(DebugInfoError) {
        guard isAtEnd else { throw .message(problem: "\(bytes.count - position) bytes are left over") }
    }

    private mutating func optionals<Element>(
        _ read: (inout Self) throws(DebugInfoError) -> Element
    ) throws(DebugInfoError) -> [Element?] {
        try array(elementBytes: 1) { reader throws(DebugInfoError) in
            try reader.flag() ? try read(&reader) : nil
        }
    }
}
