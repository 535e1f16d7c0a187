/// What checking a program against its truth has come to.
public struct Verification: Sendable {
    public let program: SeededProgram
    public let variant: BuildVariant
    /// In what the program does not do as its truth says. Empty: nothing speaks against it.
    public internal(set) var violations: [String] = []
    /// What could not be checked, and why.
    public internal(set) var unchecked: [String] = []
    /// What was held against the program, for people.
    public internal(set) var checks = 0
    public internal(set) var seconds = 0.0

    /// `c/flush_workers_never_created (gcc-O2-g)`.
    public var name: String { "\(program.title) (\(variant))" }

    mutating func note(_ agreement: WaitAgreement, _ subject: String) {
        switch agreement {
        case .agrees: checks += 1
        case .contradicts(let what): violations.append("\(subject) \(what)")
        case .unknown(let why): unchecked.append("\(subject): \(why)")
        }
    }

    mutating func expect(_ isTrue: Bool, _ violation: @autoclosure () -> String) {
        checks += 1
        if !isTrue { violations.append(violation()) }
    }
}
