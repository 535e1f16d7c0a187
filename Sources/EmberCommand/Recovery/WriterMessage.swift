import Glibc

/// What the writing child tells its parent, as bytes on a pipe.
///
/// Each message is a byte for its kind, the length of the rest (4 bytes, little-endian), and the rest. It is written with
/// one write(2); an acknowledgement is shorter than PIPE_BUF, so that those of several threads do not mix (pipe(7)).
enum WriterMessage: Hashable {
    /// The database is about to be opened.
    case opening
    /// It is open, which took so long.
    case opened(microseconds: UInt64)
    /// What it holds: table 0 and 1 for the rows, 2 for the accounts.
    case row(table: UInt8, key: [UInt8], value: [UInt8])
    /// That was all, and the writers start.
    case complete
    /// A transaction is durable.
    case acknowledged(writer: UInt8, number: UInt64)
    /// The child itself has seen what must not be.
    case wrong(String)

    private var parts: (kind: Character, rest: [UInt8]) {
        switch self {
        case .opening: ("o", [])
        case .opened(let microseconds): ("t", Ledger.bytes(microseconds))
        case .row(let table, let key, let value): ("r", [table] + Ledger.bytes(UInt32(key.count)) + key + value)
        case .complete: ("c", [])
        case .acknowledged(let writer, let number): ("a", [writer] + Ledger.bytes(number))
        case .wrong(let text): ("w", Array(text.utf8))
        }
    }

    /// Sends it; false when nobody reads any more.
    @discardableResult func send(to descriptor: Int32) -> Bool {
        let (kind, rest) = parts
        let bytes = [kind.asciiValue ?? 0] + Ledger.bytes(UInt32(rest.count)) + rest
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Nil for a kind that is not known, or too short a rest.
    private init?(kind: UInt8, rest: [UInt8]) {
        switch Character(Unicode.Scalar(kind)) {
        case "o": self = .opening
        case "t":
            guard let microseconds: UInt64 = Ledger.number(rest) else { return nil }
            self = .opened(microseconds: microseconds)
        case "r":
            guard let table = rest.first, let length: UInt32 = Ledger.number(rest, at: 1), 5 + Int(length) <= rest.count
            else { return nil }
            let end = 5 + Int(length)
            self = .row(table: table, key: Array(rest[5..<end]), value: Array(rest[end...]))
        case "c": self = .complete
        case "a":
            guard let writer = rest.first, let number: UInt64 = Ledger.number(rest, at: 1) else { return nil }
            self = .acknowledged(writer: writer, number: number)
        case "w": self = .wrong(String(decoding: rest, as: UTF8.self))
        default: return nil
        }
    }

    /// Takes the whole messages from the front of `bytes`; what is left is the beginning of one. Throws for bytes that
    /// are none.
    static func take(from bytes: inout [UInt8]) throws(ToolError) -> [WriterMessage] {
        var messages: [WriterMessage] = []
        var position = 0
        while let length: UInt32 = Ledger.number(bytes, at: position + 1) {
            let start = position + 5
            guard start + Int(length) <= bytes.count else { break }
            let end = start + Int(length)
            guard let message = WriterMessage(kind: bytes[position], rest: Array(bytes[start..<end])) else {
                throw .notReached(what: "a message of the writing child that can be read")
            }
            messages.append(message)
            position = end
        }
        bytes.removeFirst(position)
        return messages
    }
}
