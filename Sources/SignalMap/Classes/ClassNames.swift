import DebugInfo

/// Joins the names of classes in type_info objects with those that debug information has.
///
/// The two do not spell all template arguments alike: numbers have a suffix in one of them, enumerators are numbers.
/// What is not found as a whole is looked for without its arguments, which finds more classes than are meant, never
/// fewer.
struct ClassNames {
    private var byMangledName: [String: [Int32]] = [:]
    private var byName: [String: [Int32]] = [:]
    private var byTemplate: [String: [Int32]] = [:]
    private var byTail: [String: [Int32]] = [:]

    mutating func add(_ mangled: String, for number: Int32) {
        byMangledName[mangled, default: []].append(number)
        guard let text = Self.demangled(mangled) else { return }
        let name = ClassName(text.utf8)
        byName[name.whole, default: []].append(number)
        if let template = name.template { byTemplate[template, default: []].append(number) }
        // Debug information may leave out which class the function is one of.
        if name.isInFunction, let tail = name.tail { byTail[tail, default: []].append(number) }
    }

    /// As people write it. Names of Swift types that no symbol has are so already.
    private static func demangled(_ mangled: String) -> Substring? {
        let isSwift = mangled.hasPrefix("$s")
        if !isSwift, mangled.contains(".") { return Substring(mangled) }
        let prefix = isSwift ? "nominal type descriptor for " : "typeinfo name for "
        guard let text = Demangler.demangle(isSwift ? mangled + "Mn" : "_ZTS" + mangled), text.hasPrefix(prefix) else {
            return nil
        }
        return text.dropFirst(prefix.count)
    }

    /// The classes that a name may mean: mangled ("N3foo3BarE") or as people write it ("foo::Bar"). Empty for one that
    /// is not known.
    func classes(named name: String) -> [Int32] {
        if let exact = byMangledName[name] { return exact }
        let normal = ClassName(Substring(name).utf8)
        if let exact = byName[normal.whole] { return exact }
        if let template = normal.template, let all = byTemplate[template] { return all }
        return normal.tail.flatMap { byTail[$0] } ?? []
    }
}

/// A class's name without what compilers and demanglers write differently: spaces, suffixes of numbers, ABI tags, and
/// the parameters of functions that classes are declared in.
struct ClassName {
    private(set) var whole: String
    /// Without its template arguments; nil for one that has none.
    private(set) var template: String?
    /// Its last two parts; nil for one with fewer.
    private(set) var tail: String?
    /// Declared within a function, whose parameters were left out.
    private(set) var isInFunction = false

    init(_ name: Substring.UTF8View) {
        var text = Text(name.filter { $0 != UInt8(ascii: " ") })
        text.read()
        isInFunction = text.leftParametersOut
        whole = String(decoding: text.whole, as: UTF8.self)
        template = text.hasArguments ? String(decoding: text.outer, as: UTF8.self) : nil
        // The abbreviations of the mangling (Itanium C++ ABI, section 5.1.8) come back as these.
        for stream in ["istream", "ostream", "iostream"] where whole == "std::" + stream {
            template = "std::basic_" + stream
            whole = "std::basic_" + stream + "<char,std::char_traits<char>>"
        }
        let parts = (template ?? whole).split(separator: ":")
        if parts.count > 1 { tail = parts.suffix(2).joined(separator: "::") }
    }

    private struct Text {
        let bytes: [UInt8]
        private var position = 0
        private var depth = 0
        private(set) var whole: [UInt8] = []
        private(set) var outer: [UInt8] = []
        private(set) var hasArguments = false
        private(set) var leftParametersOut = false

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func read() {
            var isNumber = false
            while position < bytes.count {
                let byte = bytes[position]
                // 4ul is 4.
                if isNumber, byte | 0x20 == UInt8(ascii: "u") || byte | 0x20 == UInt8(ascii: "l") {
                    position += 1
                    continue
                }
                let previous = position > 0 ? bytes[position - 1] : UInt8(ascii: ":")
                let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
                isNumber = isDigit && (isNumber || (depth > 0 && !Self.isWord(previous)))
                if byte == UInt8(ascii: "[") {
                    skip(to: UInt8(ascii: "]"), from: byte)
                } else if byte == UInt8(ascii: "("), depth == 0, !follows("(anonymous") {
                    skip(to: UInt8(ascii: ")"), from: byte)
                    if follows("const") { position += 5 }
                    leftParametersOut = true
                } else {
                    take(byte)
                }
            }
        }

        private mutating func take(_ byte: UInt8) {
            if byte == UInt8(ascii: "<") {
                depth += 1
                hasArguments = true
            }
            whole.append(byte)
            if depth == 0 { outer.append(byte) }
            if byte == UInt8(ascii: ">"), depth > 0 { depth -= 1 }
            position += 1
        }

        private func follows(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

        private mutating func skip(to end: UInt8, from start: UInt8) {
            var open = 0
            while position < bytes.count {
                if bytes[position] == start { open += 1 }
                if bytes[position] == end { open -= 1 }
                position += 1
                if open == 0 { return }
            }
        }

        private static func isWord(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
                || ((byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z"))
        }
    }
}
