/// Function names as different tools spell them.
///
/// Tools differ in parameters, template arguments, qualification, versions, compiler suffixes and in which of several
/// symbols of one address they print. What is left after all that is the function's own name.
public enum FunctionSpelling {
    /// Whether one of `left` and one of `right` can be the same function.
    public static func agree(_ left: [String], _ right: [String]) -> Bool {
        if left.isEmpty || right.isEmpty { return left.isEmpty == right.isEmpty }
        if !Set(left).isDisjoint(with: right) { return true }
        return !Set(left.map(ownName)).isDisjoint(with: right.map(ownName))
    }

    /// "std::vector<int>::at(unsigned long) const" is "at", "__GI___nanosleep@@GLIBC_2.2.5" is "nanosleep".
    public static func ownName(_ name: String) -> String {
        var text = withoutRustEscapes(name)
        if let version = text.range(of: "@") { text = String(text[..<version.lowerBound]) }
        if let clone = text.range(of: " [clone") { text = String(text[..<clone.lowerBound]) }
        for suffix in [".isra", ".constprop", ".part", ".cold", ".lto_priv", ".llvm."] {
            if let range = text.range(of: suffix) { text = String(text[..<range.lowerBound]) }
        }
        text = text.replacing("(anonymous namespace)::", with: "").replacing("{{vtable.shim}}", with: "")
        text = text.replacing("{{closure}}", with: "{closure}")
        // What looks like a bracket and is part of an operator's name.
        for (operatorName, replacement) in operators { text = text.replacing(operatorName, with: replacement) }
        text = withoutBrackets(text)
        if let constant = text.range(of: " const") { text = String(text[..<constant.lowerBound]) }
        var last = text.split(separator: " ").last.map(String.init) ?? text
        if let conversion = text.range(of: "operator ") { last = String(text[conversion.lowerBound...]) }
        // Rust writes catch_unwind::<T>, of which catch_unwind:: is left here.
        var parts = last.components(separatedBy: "::").filter { !$0.isEmpty }
        if let hash = parts.last, hash.count == 17, hash.hasPrefix("h"), hash.dropFirst().allSatisfy(\.isHexDigit) {
            parts.removeLast()
        }
        var own = (parts.last ?? last).drop { $0 == "_" }
        if own.hasPrefix("{closure") { return "{closure}" }
        // The marks of glibc's and the vDSO's aliases of public functions.
        while let mark = ["GI_", "libc_", "IO_", "vdso_"].first(where: { own.hasPrefix($0) }) {
            own = own.dropFirst(mark.count).drop { $0 == "_" }
        }
        return String(own)
    }

    private static let operators = [
        ("operator()", "operator-call"), ("operator->*", "operator-arrow-star"), ("operator->", "operator-arrow"),
        ("operator<=>", "operator-spaceship"), ("operator<<", "operator-left"), ("operator>>", "operator-right"),
        ("operator<", "operator-less"), ("operator>", "operator-greater"),
    ]

    /// Rust's legacy mangling leaves its escapes in what a C++ demangler prints.
    private static func withoutRustEscapes(_ name: String) -> String {
        guard name.contains("$") else { return name }
        var text = name
        let escapes = [
            ("$u7b$", "{"), ("$u7d$", "}"), ("$LT$", "<"), ("$GT$", ">"), ("$u20$", " "), ("$RF$", "&"), ("$C$", ","),
            ("$BP$", "*"), ("..", "::"),
        ]
        for (escape, meaning) in escapes { text = text.replacing(escape, with: meaning) }
        return text
    }

    /// Without what stands between angle brackets or parentheses.
    private static func withoutBrackets(_ text: String) -> String {
        var depth = 0
        var result = ""
        for character in text {
            switch character {
            case "<", "(": depth += 1
            case ">", ")": depth = max(0, depth - 1)
            default: if depth == 0 { result.append(character) }
            }
        }
        return result
    }
}
