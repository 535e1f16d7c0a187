import ProcessModel
import Unwinding

/// Writes the messages between this process and its isolated children.
///
/// Both ends are the same program, one forked from the other: integers are little endian and of fixed width, arrays and
/// strings begin with their count in 4 bytes, optionals and enumerations with one byte. `IsolatedReader` reads it back.
struct IsolatedWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func string(_ value: String) {
        var value = value
        value.withUTF8 {
            integer(UInt32(truncatingIfNeeded: $0.count))
            bytes.append(contentsOf: $0)
        }
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout Self, Value) -> Void) {
        flag(value != nil)
        if let value { write(&self, value) }
    }

    mutating func array<Element>(_ elements: [Element], _ write: (inout Self, Element) -> Void) {
        integer(UInt32(truncatingIfNeeded: elements.count))
        for element in elements { write(&self, element) }
    }

    mutating func registers(_ registers: RegisterSet) {
        integer(registers.known)
        for number in 0..<X86Register.count {
            if let value = registers[number] { integer(value) }
        }
    }

    // MARK: Requests

    mutating func request(_ request: IsolatedRequest) {
        bytes.append(request.code)
        switch request {
        case .rules(let runs), .symbols(let runs), .dataSymbols(let runs), .variables(let runs):
            array(runs) { writer, run in
                writer.integer(UInt32(truncatingIfNeeded: run.module))
                writer.bytes.append(UInt8(run.detail.rawValue))
                writer.array(run.addresses) { $0.integer($1.rawValue) }
            }
        case .callers(let frames):
            array(frames) { writer, frame in
                writer.registers(frame.frame.registers)
                writer.flag(frame.frame.isReturnAddress)
                writer.integer(UInt32(truncatingIfNeeded: frame.stack.count))
                writer.bytes += frame.stack
            }
        case .walks(let threads): array(threads) { $0.registers($1) }
        }
    }

    // MARK: Answers

    mutating func reply(_ reply: IsolatedReply) {
        bytes.append(reply.answers.code)
        switch reply.answers {
        case .rules(let rules): array(rules) { $0.optional($1) { $0.rule($1) } }
        case .symbols(let records): array(records) { $0.record($1) }
        case .dataSymbols(let names): array(names) { $0.optional($1) { $0.string($1) } }
        case .callers(let callers): array(callers) { $0.optional($1) { $0.caller($1) } }
        case .walks(let walks): array(walks) { $0.optional($1) { $0.walk($1) } }
        case .variables(let lists): array(lists) { $0.array($1) { $0.variable($1) } }
        }
        optional(reply.gaps) { $0.array($1) { $0.gap($1) } }
    }

    private mutating func variable(_ variable: FrameVariable) {
        integer(UInt32(truncatingIfNeeded: variable.depth))
        string(variable.name)
        string(variable.location)
        bytes.append(UInt8(truncatingIfNeeded: variable.size))
        flag(variable.isSigned)
    }

    private mutating func rule(_ rule: UnwindRule) {
        switch rule.canonicalFrameAddress {
        case .register(let number, let offset):
            bytes += [0, number]
            integer(offset)
        case .expression(let operations):
            bytes.append(1)
            expression(operations)
        }
        registerRule(rule.returnAddress)
        array(rule.registers.sorted { $0.key < $1.key }) { writer, entry in
            writer.bytes.append(entry.key)
            writer.registerRule(entry.value)
        }
        flag(rule.isSignalFrame)
        string(rule.trust.rawValue)
    }

    private mutating func registerRule(_ rule: UnwindRule.RegisterRule) {
        switch rule {
        case .undefined: bytes.append(0)
        case .sameValue: bytes.append(1)
        case .offset(let offset):
            bytes.append(2)
            integer(offset)
        case .valueOffset(let offset):
            bytes.append(3)
            integer(offset)
        case .register(let number): bytes += [4, number]
        case .expression(let operations):
            bytes.append(5)
            expression(operations)
        case .valueExpression(let operations):
            bytes.append(6)
            expression(operations)
        }
    }

    private mutating func expression(_ operations: [ExpressionOperation]) {
        array(operations) { writer, operation in
            writer.bytes.append(operation.opcode)
            writer.integer(operation.operand1)
            writer.integer(operation.operand2)
        }
    }

    private mutating func record(_ record: SymbolRecord) {
        optional(record.module) { $0.integer(UInt32(truncatingIfNeeded: $1)) }
        optional(record.symbolOffset) { $0.integer($1) }
        array(record.source) { writer, frame in
            writer.optional(frame.function) { $0.string($1) }
            writer.optional(frame.linkageName) { $0.string($1) }
            writer.optional(frame.file) { $0.string($1) }
            writer.optional(frame.line) { $0.integer(Int64($1)) }
            writer.optional(frame.column) { $0.integer(Int64($1)) }
            writer.flag(frame.isInlined)
            writer.array(frame.parameters) { writer, parameter in
                writer.string(parameter.name)
                writer.optional(parameter.location) { $0.string($1) }
                writer.optional(parameter.value) { $0.string($1) }
            }
        }
    }

    private mutating func caller(_ caller: FoundCaller) {
        switch caller {
        case .caller(let registers, let isSignalFrame):
            bytes.append(0)
            self.registers(registers)
            flag(isSignalFrame)
        case .outermost: bytes.append(1)
        }
    }

    private mutating func walk(_ walk: LibunwindWalk) {
        integer(walk.status)
        array(walk.frames) { writer, frame in
            writer.integer(frame.pc.rawValue)
            writer.integer(frame.stackPointer.rawValue)
        }
    }

    private mutating func gap(_ gap: Gap) {
        switch gap.subject {
        case .process: bytes.append(0)
        case .thread(let id):
            bytes.append(1)
            integer(id.rawValue)
        case .module(let path):
            bytes.append(2)
            string(path)
        case .memory(let address):
            bytes.append(3)
            integer(address.rawValue)
        case .object(let id):
            bytes.append(4)
            integer(id.rawValue.rawValue)
        case .file(let path):
            bytes.append(5)
            string(path)
        }
        string(gap.operation)
        string(gap.reason)
        optional(gap.help) { $0.string($1) }
    }
}
