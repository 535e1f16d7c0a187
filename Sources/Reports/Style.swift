/// How text is to look: the width of the terminal, and whether colours are wanted.
public struct Style: Hashable, Sendable {
    /// Columns; lines are wrapped to it. At least 40 are used.
    public var width: Int
    /// Whether to write ECMA-48 colour sequences. The command decides (a terminal, and NO_COLOR not set).
    public var usesColor: Bool

    public init(width: Int = 100, usesColor: Bool = false) {
        self.width = max(width, 40)
        self.usesColor = usesColor
    }

    package enum Ink: String {
        case bold = "1"
        case red = "1;31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    /// The sequence that begins the colour; empty when colours are off.
    package func begin(_ ink: Ink) -> String { usesColor ? "\u{1B}[\(ink.rawValue)m" : "" }
    package var end: String { usesColor ? "\u{1B}[0m" : "" }
}
