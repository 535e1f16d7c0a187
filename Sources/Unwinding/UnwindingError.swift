import ProcessModel

/// Why a DWARF expression has no value.
public enum UnwindingError: Error, Hashable, Sendable {
    /// An operation wanted more operands than the stack holds; `index` counts operations from 0.
    case stackUnderflow(index: Int)
    case stackOverflow(index: Int)
    /// An opcode that call frame information must not hold, or that does not exist.
    case unknownOperation(opcode: UInt8, index: Int)
    case divisionByZero(index: Int)
    /// A branch to no operation of the expression.
    case branchOutside(index: Int)
    /// More operations ran than any real expression needs: a loop.
    case tooManySteps(limit: Int)
    /// The value of this DWARF register is not known.
    case unknownRegister(Int)
    case unreadable(Address)

    /// What the reader can do about it.
    public var help: String {
        switch self {
        case .unknownRegister: "Capture the thread's registers: let the thread be stopped."
        case .unreadable: "Capture more of the stack, or give the module's file."
        default: "Check the module's call frame information with readelf --debug-dump=frames."
        }
    }
}

extension UnwindingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .stackUnderflow(let index): "operation \(index) of the DWARF expression finds too few values"
        case .stackOverflow(let index): "operation \(index) of the DWARF expression finds the stack full"
        case .unknownOperation(let opcode, let index):
            "operation \(index) of the DWARF expression, opcode 0x\(String(opcode, radix: 16)), is not allowed here"
        case .divisionByZero(let index): "operation \(index) of the DWARF expression divides by zero"
        case .branchOutside(let index): "operation \(index) of the DWARF expression branches out of it"
        case .tooManySteps(let limit): "the DWARF expression ran for more than \(limit) operations"
        case .unknownRegister(let number):
            "the value of \(RegisterSet.names.indices.contains(number) ? RegisterSet.names[number] : "register \(number)") is not known"
        case .unreadable(let address): "the memory at \(address) is not readable"
        }
    }
}
