import TestSupport

/// One line of the registry's reader: the record's kind, an address for an object, and `field=value` for the rest; the
/// last value is a text that may have spaces.
struct RecordLine: CustomStringConvertible {
    let kind: String
    let description: String
    private var fields: [String: String] = [:]

    init(_ line: String) {
        description = line
        let words = line.split(separator: " ")
        kind = String(words[0])
        var last: String?
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                fields[parts[0]] = parts[1]
                last = parts[0]
            } else if let last, let before = fields[last] {
                fields[last] = "\(before) \(word)"
            } else {
                fields["address"] = String(word)
            }
        }
    }

    subscript(field: String) -> String? { fields[field] }

    /// Whether all of these fields have these values.
    func has(_ wanted: KeyValuePairs<String, String>) -> Bool { wanted.allSatisfy { fields[$0.key] == $0.value } }

    /// The second word of the line of `output` that begins with `name`.
    static func value(of name: String, in output: String) throws -> String {
        for line in output.split(separator: "\n") where line.hasPrefix("\(name) ") {
            let text = line.dropFirst(name.count + 1)
            // Swift prints addresses with leading zeros.
            let digits = text.hasPrefix("0x") ? text.dropFirst(2).drop { $0 == "0" } : text
            return text.hasPrefix("0x") ? "0x\(digits)" : String(digits)
        }
        throw FixtureProgram.Failure.notReady(program: name, output: output)
    }
}

extension [RecordLine] {
    /// Those of a kind with these values.
    func of(_ kind: String, _ wanted: KeyValuePairs<String, String> = [:]) -> [RecordLine] {
        filter { $0.kind == kind && $0.has(wanted) }
    }
}
