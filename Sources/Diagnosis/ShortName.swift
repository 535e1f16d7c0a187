/// Demangled names without what a sentence has no room for.
enum ShortName {
    private static let anonymous = "(anonymous namespace)"

    /// The name without template arguments, parameter and return types: "ns::Table::find" of
    /// "ns::Table<int, std::less<int> >::find(int const&) const", "Bank.Teller.serve" of
    /// "static Bank.Teller.(serve in _7AE05A12)() -> ()". C++ operators, Rust's "<T as Trait>::f" and Swift's thunks stay as
    /// they are.
    static func of(_ name: String) -> String {
        if isPlain(name) { return name }
        if name.contains("operator") || name.hasPrefix("<") || name.contains("thunk ") { return name }
        if let (closure, owner) = closure(name) { return "\(closure) in \(of(owner))" }
        if name.contains("closure #") { return name }
        var result = ""
        var depth = 0
        var rest = name[...]
        while let character = rest.first {
            if depth == 0, rest.hasPrefix(anonymous) {
                // Its space is none of those that separate a return type.
                result += anonymous.replacing(" ", with: "\u{A0}")
                rest = rest.dropFirst(anonymous.count)
                continue
            }
            if depth == 0, let (hidden, after) = discriminated(rest) {
                result += hidden
                rest = after
                continue
            }
            if depth == 0, rest.hasPrefix(" -> ") { break }
            rest = rest.dropFirst()
            switch character {
            case "<": depth += 1
            case ">": depth -= 1
            case "(" where depth == 0: rest = ""
            default: if depth == 0 { result.append(character) }
            }
        }
        // Before the name: the return type of a C++ template, "static" of a Swift method.
        let last = result.split(separator: " ").last.map(String.init) ?? ""
        let short = last.replacing("::::", with: "::").replacing("\u{A0}", with: " ")
        let whole = short.hasSuffix("::") ? String(short.dropLast(2)) : short
        return depth == 0 && !whole.isEmpty ? whole : name
    }

    /// A name of C, where there is nothing to leave out; asked first, since characters are costly and these are many.
    private static func isPlain(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    /// "(serve in _7AE05A12)" of a Swift name that is private to its file: the name, and what follows.
    private static func discriminated(_ text: Substring) -> (name: Substring, rest: Substring)? {
        guard text.first == "(", let end = text.firstIndex(of: ")"), let space = text.firstIndex(of: " "), space < end,
            text[space...].hasPrefix(" in _")
        else { return nil }
        return (text[text.index(after: text.startIndex)..<space], text[text.index(after: end)...])
    }

    /// "closure #1" and the function around it, of a Swift closure's name.
    private static func closure(_ name: String) -> (closure: Substring, owner: String)? {
        guard let start = name.range(of: "closure #") else { return nil }
        let text = name[start.lowerBound...]
        guard let end = text.dropFirst("closure #".count).firstIndex(where: { !$0.isNumber }) else { return nil }
        var depth = 0
        var position = end
        while position < text.endIndex {
            switch text[position] {
            case "(", "<": depth += 1
            case ")": depth -= 1
            // Not the head of an arrow.
            case ">" where position > end && text[text.index(before: position)] != "-": depth -= 1
            case " " where depth == 0 && text[position...].hasPrefix(" in "):
                return (text[..<end], String(text[position...].dropFirst(4)))
            default: break
            }
            position = text.index(after: position)
        }
        return nil
    }
}

extension String {
    /// The first place of `text`, nil when it does not occur.
    fileprivate func range(of text: String) -> Range<String.Index>? { ranges(of: text).first }
}
