import ProcessModel
import Unwinding

/// What a child does for one module: the unit that is left out when a child dies of it.
enum IsolatedTask: UInt8, CaseIterable, Hashable {
    case rules
    case names
    /// Lines, inlined functions and parameters.
    case lines
    case dataSymbols
    /// libunwind, which reads any module.
    case libunwind

    /// What it was for, as a gap's operation.
    var operation: String {
        switch self {
        case .rules: "read the unwind tables"
        case .names: "read the symbols"
        case .lines: "read the lines and inlined functions"
        case .dataSymbols: "read the data symbols"
        case .libunwind: "unwind with libunwind"
        }
    }
}

/// Addresses of one module, in the order they are to be answered.
struct IsolatedRun: Equatable {
    var module: Int
    /// For symbols only.
    var detail: SymbolDetail = .names
    var addresses: [Address]
}

/// A frame for which libunwind is asked, with the stack bytes above its stack pointer as the parent has them now: the
/// child's copy is as old as the child.
struct IsolatedFrame: Equatable {
    var frame: FrameRegisters
    /// Bytes from the stack pointer on, at most `stackLimit`.
    var stack: [UInt8]

    static let stackLimit = 16 << 10
}

/// A question to a child.
enum IsolatedRequest: Equatable {
    case rules([IsolatedRun])
    case symbols([IsolatedRun])
    case dataSymbols([IsolatedRun])
    case callers([IsolatedFrame])
    case walks([RegisterSet])
    case variables([IsolatedRun])

    var code: UInt8 {
        switch self {
        case .rules: 1
        case .symbols: 2
        case .dataSymbols: 3
        case .callers: 4
        case .walks: 5
        case .variables: 6
        }
    }
}

/// A child's answers: as many as were asked for, in order.
enum IsolatedAnswers: Equatable {
    case rules([UnwindRule?])
    case symbols([SymbolRecord])
    case dataSymbols([String?])
    case callers([FoundCaller?])
    case walks([LibunwindWalk?])
    case variables([[FrameVariable]])

    var code: UInt8 {
        switch self {
        case .rules: 1
        case .symbols: 2
        case .dataSymbols: 3
        case .callers: 4
        case .walks: 5
        case .variables: 6
        }
    }

    var count: Int {
        switch self {
        case .rules(let answers): answers.count
        case .symbols(let answers): answers.count
        case .dataSymbols(let answers): answers.count
        case .callers(let answers): answers.count
        case .walks(let answers): answers.count
        case .variables(let answers): answers.count
        }
    }
}

/// The answers to one request, and all gaps of the child if they have changed.
struct IsolatedReply: Equatable {
    var answers: IsolatedAnswers
    var gaps: [Gap]?
}
