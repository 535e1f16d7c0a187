import ProcessModel
import Unwinding

extension IsolatedReader {
    mutating func rule() throws(DebugInfoError) -> UnwindRule {
        let cfa: UnwindRule.CanonicalFrameAddress
        switch try integer(UInt8.self) {
        case 0:
            let number = try registerNumber()
            cfa = .register(number, offset: try integer(Int64.self))
        case 1: cfa = .expression(try expression())
        default: throw .message(problem: "there is no such rule for a frame address")
        }
        var rule = UnwindRule(canonicalFrameAddress: cfa, returnAddress: try registerRule())
        let registers = try array(elementBytes: 2) { reader throws(DebugInfoError) in
            let number = try reader.registerNumber()
            return (number, try reader.registerRule())
        }
        for (number, registerRule) in registers { rule.registers[number] = registerRule }
        rule.isSignalFrame = try flag()
        guard let trust = Trust(rawValue: try string()) else { throw .message(problem: "there is no such trust") }
        rule.trust = trust
        return rule
    }

    mutating func variable() throws(DebugInfoError) -> FrameVariable {
        let depth = Int(try integer(UInt32.self))
        let name = try string()
        let location = try string()
        let size = Int(try integer(UInt8.self))
        guard size == 4 || size == 8 else { throw .message(problem: "there is no integer of \(size) bytes") }
        return FrameVariable(depth: depth, name: name, location: location, size: size, isSigned: try flag())
    }

    private mutating func registerNumber() throws(DebugInfoError) -> UInt8 {
        let number = try integer(UInt8.self)
        guard number < X86Register.count else { throw .message(problem: "there is no register \(number)") }
        return number
    }

    private mutating func registerRule() throws(DebugInfoError) -> UnwindRule.RegisterRule {
        switch try integer(UInt8.self) {
        case 0: return .undefined
        case 1: return .sameValue
        case 2: return .offset(try integer(Int64.self))
        case 3: return .valueOffset(try integer(Int64.self))
        case 4: return .register(try registerNumber())
        case 5: return .expression(try expression())
        case 6: return .valueExpression(try expression())
        default: throw .message(problem: "there is no such rule for a register")
        }
    }

    private mutating func expression() throws(DebugInfoError) -> [ExpressionOperation] {
        try array(elementBytes: 17) { reader throws(DebugInfoError) in
            let opcode = try reader.integer(UInt8.self)
            let first = try reader.integer(UInt64.self)
            return ExpressionOperation(
                opcode: opcode, operand1: first, operand2: try reader.integer(UInt64.self))
        }
    }

    mutating func record(_ modules: Int) throws(DebugInfoError) -> SymbolRecord {
        var record = SymbolRecord()
        if try flag() {
            let module = Int(try integer(UInt32.self))
            guard module < modules else { throw .message(problem: "there is no module \(module)") }
            record.module = module
        }
        record.symbolOffset = try optional { reader throws(DebugInfoError) in try reader.integer(UInt64.self) }
        record.source = try array(elementBytes: 10) { reader throws(DebugInfoError) in try reader.sourceFrame() }
        return record
    }

    private mutating func sourceFrame() throws(DebugInfoError) -> SourceFrame {
        var frame = SourceFrame(function: try optionalString())
        frame.linkageName = try optionalString()
        frame.file = try optionalString()
        frame.line = try optionalNumber()
        frame.column = try optionalNumber()
        frame.isInlined = try flag()
        frame.parameters = try array(elementBytes: 6) { reader throws(DebugInfoError) in
            var parameter = Parameter(name: try reader.string())
            parameter.location = try reader.optionalString()
            parameter.value = try reader.optionalString()
            return parameter
        }
        return frame
    }

    private mutating func optionalString() throws(DebugInfoError) -> String? {
        try optional { reader throws(DebugInfoError) in try reader.string() }
    }

    private mutating func optionalNumber() throws(DebugInfoError) -> Int? {
        try optional { reader throws(DebugInfoError) in Int(try reader.integer(Int64.self)) }
    }

    mutating func caller() throws(DebugInfoError) -> FoundCaller {
        switch try integer(UInt8.self) {
        case 0:
            let registers = try registers()
            return .caller(registers, isSignalFrame: try flag())
        case 1: return .outermost
        default: throw .message(problem: "there is no such caller")
        }
    }

    mutating func walk() throws(DebugInfoError) -> LibunwindWalk {
        let status = try integer(Int32.self)
        let frames = try array(elementBytes: 16) { reader throws(DebugInfoError) in
            let pc = Address(try reader.integer(UInt64.self))
            return LibunwindWalk.Frame(pc: pc, stackPointer: Address(try reader.integer(UInt64.self)))
        }
        return LibunwindWalk(frames: frames, status: status)
    }

    mutating func gap() throws(DebugInfoError) -> Gap {
        let subject: Gap.Subject
        switch try integer(UInt8.self) {
        case 0: subject = .process
        case 1: subject = .thread(ThreadID(try integer(Int32.self)))
        case 2: subject = .module(try string())
        case 3: subject = .memory(Address(try integer(UInt64.self)))
        case 4: subject = .object(SyncObjectID(Address(try integer(UInt64.self))))
        case 5: subject = .file(try string())
        default: throw .message(problem: "there is no such subject of a gap")
        }
        let operation = try string()
        let reason = try string()
        return Gap(subject, operation: operation, reason: reason, help: try optionalString())
    }
}
