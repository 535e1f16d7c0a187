/// What became of one program in one report.
public struct Judgement: Equatable, Sendable {
    public enum Outcome: String, CaseIterable, Sendable {
        /// What is stuck was found, at `likely` or `proved`; of a healthy program: nobody was called stuck.
        case right
        /// The same, but at least one of the stuck is only suspected.
        case suspected
        /// What is stuck was not found, or not as what it is.
        case cannotTell = "cannot tell"
        /// Somebody who is fine was called stuck, or one who is stuck was called idle.
        case wrong

        /// It was found.
        public var isFound: Bool { self == .right || self == .suspected }
    }

    public var outcome: Outcome
    /// Why it is not right, in a few words; empty where it is.
    public var reason: String
    /// What was only suspected of those who are fine: no error, but nothing to hide either.
    public var falseSuspicions: [String]

    public init(_ outcome: Outcome, reason: String = "", falseSuspicions: [String] = []) {
        self.outcome = outcome
        self.reason = reason
        self.falseSuspicions = falseSuspicions
    }
}
