/// How sure a finding is, weakest first.
public enum Confidence: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
    /// Something that the rule depends on is missing; the finding says what.
    case cannotTell
    /// The shape is there, a fact that decides is not.
    case suspected
    /// All but a fact that hardly ever is otherwise.
    case likely
    /// By the fields of libc and the kernel alone, under the assumptions that the finding lists.
    case proved

    private var rank: Int {
        switch self {
        case .cannotTell: 0
        case .suspected: 1
        case .likely: 2
        case .proved: 3
        }
    }

    public static func < (left: Confidence, right: Confidence) -> Bool { left.rank < right.rank }

    /// As people say it.
    public var words: String { self == .cannotTell ? "cannot tell" : rawValue }
}
