/// Types and constants of Rust's v0 symbols.
extension RustDemangler {
    private static let basicTypes: [UInt8: String] = [
        UInt8(ascii: "a"): "i8", UInt8(ascii: "b"): "bool", UInt8(ascii: "c"): "char", UInt8(ascii: "d"): "f64",
        UInt8(ascii: "e"): "str", UInt8(ascii: "f"): "f32", UInt8(ascii: "h"): "u8", UInt8(ascii: "i"): "isize",
        UInt8(ascii: "j"): "usize", UInt8(ascii: "l"): "i32", UInt8(ascii: "m"): "u32", UInt8(ascii: "n"): "i128",
        UInt8(ascii: "o"): "u128", UInt8(ascii: "p"): "_", UInt8(ascii: "s"): "i16", UInt8(ascii: "t"): "u16",
        UInt8(ascii: "u"): "()", UInt8(ascii: "v"): "...", UInt8(ascii: "x"): "i64", UInt8(ascii: "y"): "u64",
        UInt8(ascii: "z"): "!",
    ]

    mutating func type() throws(Malformed) {
        try enter()
        defer { leave() }
        let tag = try next()
        if let basic = Self.basicTypes[tag] { return try write(basic) }
        switch tag {
        case UInt8(ascii: "R"), UInt8(ascii: "Q"):
            try write("&")
            if eat("L") {
                let index = try base62()
                if index != 0 {
                    try lifetime(index)
                    try write(" ")
                }
            }
            if tag == UInt8(ascii: "Q") { try write("mut ") }
            try type()
        case UInt8(ascii: "P"), UInt8(ascii: "O"):
            try write(tag == UInt8(ascii: "P") ? "*const " : "*mut ")
            try type()
        case UInt8(ascii: "A"), UInt8(ascii: "S"):
            try write("[")
            try type()
            if tag == UInt8(ascii: "A") {
                try write("; ")
                try constant()
            }
            try write("]")
        case UInt8(ascii: "T"):
            try write("(")
            let count = try list { (demangler) throws(Malformed) in try demangler.type() }
            try write(count == 1 ? ",)" : ")")
        case UInt8(ascii: "F"):
            try binder { (demangler) throws(Malformed) in try demangler.functionSignature() }
        case UInt8(ascii: "D"):
            try write("dyn ")
            try binder { (demangler) throws(Malformed) in
                try demangler.list(separator: " + ") { (demangler) throws(Malformed) in try demangler.dynamicTrait() }
            }
            guard eat("L") else { throw Malformed() }
            let index = try base62()
            if index != 0 {
                try write(" + ")
                try lifetime(index)
            }
        case UInt8(ascii: "B"):
            try backReference { (demangler) throws(Malformed) in try demangler.type() }
        default:
            position -= 1
            try path(isValue: false)
        }
    }

    private mutating func functionSignature() throws(Malformed) {
        if eat("U") { try write("unsafe ") }
        if eat("K") {
            try write("extern \"")
            if eat("C") {
                try write("C")
            } else {
                // "-" stands as "_" in the symbol.
                try write(plainIdentifier().map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 })
            }
            try write("\" ")
        }
        try write("fn(")
        try list { (demangler) throws(Malformed) in try demangler.type() }
        try write(")")
        if eat("u") { return }
        try write(" -> ")
        try type()
    }

    /// A trait with its bound associated types, `Iterator<Item = u8>`: they join the trait's own arguments.
    private mutating func dynamicTrait() throws(Malformed) {
        var isOpen = try openPath()
        while eat("p") {
            try write(isOpen ? ", " : "<")
            isOpen = true
            try write(plainIdentifier())
            try write(" = ")
            try type()
        }
        if isOpen { try write(">") }
    }

    /// A path whose last ">" is left to the caller; whether there is one to write.
    private mutating func openPath() throws(Malformed) -> Bool {
        try enter()
        defer { leave() }
        if eat("B") {
            var isOpen = false
            try backReference { (demangler) throws(Malformed) in isOpen = try demangler.openPath() }
            return isOpen
        }
        if eat("I") {
            try path(isValue: false)
            try write("<")
            try list { (demangler) throws(Malformed) in try demangler.genericArgument() }
            return true
        }
        try path(isValue: false)
        return false
    }

    mutating func constant() throws(Malformed) {
        try enter()
        defer { leave() }
        if eat("B") { return try backReference { (demangler) throws(Malformed) in try demangler.constant() } }
        let tag = try next()
        switch tag {
        case UInt8(ascii: "p"): try write("_")
        case UInt8(ascii: "h"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "y"), UInt8(ascii: "o"),
            UInt8(ascii: "j"):
            try integer()
        case UInt8(ascii: "a"), UInt8(ascii: "s"), UInt8(ascii: "l"), UInt8(ascii: "x"), UInt8(ascii: "n"),
            UInt8(ascii: "i"):
            if eat("n") { try write("-") }
            try integer()
        case UInt8(ascii: "b"):
            switch try hexadecimal().value {
            case 0: try write("false")
            case 1: try write("true")
            default: throw Malformed()
            }
        case UInt8(ascii: "c"):
            guard let value = try hexadecimal().value, let code = UInt32(exactly: value),
                let scalar = Unicode.Scalar(code)
            else { throw Malformed() }
            try write("'\(scalar.escaped(asASCII: false))'")
        case UInt8(ascii: "e"):
            try write("*")
            try stringLiteral()
        case UInt8(ascii: "R"), UInt8(ascii: "Q"):
            // A reference to a string is the literal itself.
            if tag == UInt8(ascii: "R"), eat("e") { return try stringLiteral() }
            try write(tag == UInt8(ascii: "R") ? "&" : "&mut ")
            try constant()
        case UInt8(ascii: "A"):
            try write("[")
            try list { (demangler) throws(Malformed) in try demangler.constant() }
            try write("]")
        case UInt8(ascii: "T"):
            try write("(")
            let count = try list { (demangler) throws(Malformed) in try demangler.constant() }
            try write(count == 1 ? ",)" : ")")
        case UInt8(ascii: "V"): try structure()
        default: throw Malformed()
        }
    }

    private mutating func structure() throws(Malformed) {
        try path(isValue: true)
        switch try next() {
        case UInt8(ascii: "U"): return
        case UInt8(ascii: "T"):
            try write("(")
            try list { (demangler) throws(Malformed) in try demangler.constant() }
            try write(")")
        case UInt8(ascii: "S"):
            try write(" { ")
            try list { (demangler) throws(Malformed) in
                _ = try demangler.optionalBase62("s")
                try demangler.write(demangler.plainIdentifier())
                try demangler.write(": ")
                try demangler.constant()
            }
            try write(" }")
        default: throw Malformed()
        }
    }

    /// Lower-case hexadecimal digits up to "_"; the value is nil when it needs more than 64 bits.
    private mutating func hexadecimal() throws(Malformed) -> (digits: [UInt8], value: UInt64?) {
        let start = position
        while !eat("_") {
            guard (0x30...0x39).contains(try next()) || (0x61...0x66).contains(input[position - 1]) else {
                throw Malformed()
            }
        }
        let digits = Array(input[start..<position - 1])
        let significant = digits.drop { $0 == 0x30 }
        if significant.isEmpty { return (digits, 0) }
        return (digits, UInt64(String(decoding: significant, as: UTF8.self), radix: 16))
    }

    private mutating func integer() throws(Malformed) {
        let (digits, value) = try hexadecimal()
        if let value { try write("\(value)") } else { try write(Array("0x".utf8) + digits) }
    }

    private mutating func stringLiteral() throws(Malformed) {
        let digits = try hexadecimal().digits
        guard digits.count.isMultiple(of: 2) else { throw Malformed() }
        func nibble(_ digit: UInt8) -> UInt8 { digit < 0x3a ? digit - 0x30 : digit - 0x61 + 10 }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { nibble(digits[$0]) << 4 | nibble(digits[$0 + 1]) }
        let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
        try write("\"" + text.map { $0.escaped(asASCII: false) }.joined() + "\"")
    }
}
