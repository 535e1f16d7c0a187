/// Why a truth header cannot be believed. Lines count from 1.
public enum TruthError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    /// The file does not begin with `/* truth`.
    case absent(file: String)
    /// The comment has no line ` */`.
    case unclosed(file: String, line: Int)
    case malformed(file: String, line: Int, text: String, expected: String)
    case repeated(file: String, line: Int, key: String)
    case missing(file: String, key: String)
    /// Two lines cannot both be true.
    case contradiction(file: String, line: Int, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): reading it failed: \(reason)"
        case .absent(let file): "\(file):1: the file does not begin with /* truth"
        case .unclosed(let file, let line): "\(file):\(line): the truth is not closed by a line with */ alone"
        case .malformed(let file, let line, let text, let expected):
            "\(file):\(line): expected \(expected), found: \(text)"
        case .repeated(let file, let line, let key): "\(file):\(line): \(key) is there twice"
        case .missing(let file, let key): "\(file): the truth has no \(key)"
        case .contradiction(let file, let line, let reason): "\(file):\(line): \(reason)"
        }
    }

    /// What to try.
    public var help: String {
        switch self {
        case .unreadable: "Look whether the file is there and is UTF-8."
        default: "The form of the header is in SeededPrograms.md of the documentation."
        }
    }
}
