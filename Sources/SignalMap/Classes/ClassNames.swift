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

    mutating func add(_ mangled: String, for number: Int32) {
        byMangledName[mangled, default: []].append(number)
        guard let text = Self.demangled(mangled) else { return }
        let name = Self.normalized(text.utf8)
        byName[name.whole, default: []].append(number)
        if let template = name.template { byTemplate[template, default: []].append(number) }
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
        let normal = Self.normalized(Substring(name).utf8)
        if let exact = byName[normal.whole] { return exact }
        return normal.template.flatMap { byTemplate[$0] } ?? []
    }

    /// A name without spaces and without what compilers write differently; and without its template arguments, nil for
    /// one that has none.
    static func normalized(_ name: Substring.UTF8View) -> (whole: String, template: String?) {
        var whole: [UInt8] = []
        var template: [UInt8] = []
        var depth = 0
        var isNumber = false
        var previous = UInt8(ascii: "<")
        var hasArguments = false
        for byte in name where byte != UInt8(ascii: " ") {
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            if byte == UInt8(ascii: "<") {
                depth += 1
                hasArguments = true
            }
            // 4ul is 4.
            if isNumber, byte | 0x20 == UInt8(ascii: "u") || byte | 0x20 == UInt8(ascii: "l") { continue }
            isNumber = isDigit && (isNumber || (depth > 0 && !Self.isWord(previous)))
            whole.append(byte)
            if depth == 0 { template.append(byte) }
            if byte == UInt8(ascii: ">"), depth > 0 { depth -= 1 }
            previous = byte
        }
        var text = String(decoding: whole, as: UTF8.self)
        var outer = String(decoding: template, as: UTF8.self)
        // The abbreviations of the mangling (Itanium C++ ABI, section 5.1.8) come back as these.
        for (short, long) in [
            ("std::istream", "std::basic_istream"), ("std::ostream", "std::basic_ostream"),
            ("std::iostream", "std::basic_iostream"),
        ] where text == short {
            text = long + "<char,std::char_traits<char>>"
            outer = long
            hasArguments = true
        }
        return (text, hasArguments ? outer : nil)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || ((byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z"))
    }
}
