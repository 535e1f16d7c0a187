/// Rust's v0 symbols, `_RNvCs…` (RFC 2603; The rustc book, "v0 Symbol Format"), printed as rustc-demangle's short form
/// does: without crate disambiguators and types of constants.
///
/// Hostile names are bounded three ways: nesting, steps (a back reference can name a part that is full of back
/// references) and output. Beyond any of them the name counts as not mangled.
struct RustDemangler {
    private static let depthLimit = 200
    private static let stepLimit = 20_000

    /// The bytes behind "_R"; back references count from here.
    let input: [UInt8]
    var position = 0
    var output: [UInt8] = []
    /// Parts that are parsed and not printed: the path of an impl block.
    var isSilent = false
    var boundLifetimes: UInt64 = 0
    private var depth = 0
    private var steps = 0

    private init(_ input: [UInt8]) { self.input = input }

    /// The demangled path, nil when `symbol` is no well-formed v0 name or beyond the limits.
    static func demangle(_ symbol: String) -> String? {
        var bytes = Substring(symbol).utf8.dropFirst(symbol.hasPrefix("__R") ? 3 : 2)
        guard symbol.hasPrefix("_R") || symbol.hasPrefix("__R") else { return nil }
        // A vendor suffix, such as ".llvm.1234", is not part of the name.
        if let end = bytes.firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "$") }) {
            bytes = bytes[..<end]
        }
        // A digit would be a version of the encoding that does not exist yet; all paths begin with a capital.
        guard let first = bytes.first, (0x41...0x5a).contains(first), bytes.allSatisfy({ $0 < 0x80 }) else {
            return nil
        }
        var demangler = RustDemangler(Array(bytes))
        do throws(Malformed) {
            try demangler.path(isValue: true)
            if demangler.position < demangler.input.count {
                demangler.isSilent = true
                try demangler.path(isValue: false)
            }
        } catch {
            return nil
        }
        guard demangler.position == demangler.input.count, !demangler.output.isEmpty else { return nil }
        return String(decoding: demangler.output, as: UTF8.self)
    }

    struct Malformed: Error {}

    // MARK: Reading

    mutating func next() throws(Malformed) -> UInt8 {
        guard position < input.count else { throw Malformed() }
        defer { position += 1 }
        return input[position]
    }

    mutating func eat(_ character: Unicode.Scalar) -> Bool {
        guard position < input.count, input[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// `_` is 0, `0_` is 1, and so on.
    mutating func base62() throws(Malformed) -> UInt64 {
        if eat("_") { return 0 }
        var value: UInt64 = 0
        while true {
            let byte = try next()
            let digit: UInt64
            switch byte {
            case UInt8(ascii: "_"):
                let (sum, overflow) = value.addingReportingOverflow(1)
                if overflow { throw Malformed() }
                return sum
            case 0x30...0x39: digit = UInt64(byte - 0x30)
            case 0x61...0x7a: digit = UInt64(byte - 0x61) + 10
            case 0x41...0x5a: digit = UInt64(byte - 0x41) + 36
            default: throw Malformed()
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 62)
            let (sum, overflow2) = product.addingReportingOverflow(digit)
            if overflow || overflow2 { throw Malformed() }
            value = sum
        }
    }

    /// A number behind `tag`, one more than written; 0 when the tag is not there.
    mutating func optionalBase62(_ tag: Unicode.Scalar) throws(Malformed) -> UInt64 {
        guard eat(tag) else { return 0 }
        let (sum, overflow) = try base62().addingReportingOverflow(1)
        if overflow { throw Malformed() }
        return sum
    }

    /// An identifier without disambiguator, as UTF-8.
    mutating func plainIdentifier() throws(Malformed) -> [UInt8] {
        let isPunycode = eat("u")
        var length = 0
        let first = try next()
        guard (0x30...0x39).contains(first) else { throw Malformed() }
        length = Int(first - 0x30)
        if length != 0 {
            while position < input.count, (0x30...0x39).contains(input[position]) {
                length = length * 10 + Int(input[position] - 0x30)
                position += 1
                if length > input.count { throw Malformed() }
            }
        }
        _ = eat("_")
        guard length <= input.count - position else { throw Malformed() }
        let bytes = Array(input[position..<position + length])
        position += length
        guard isPunycode else { return bytes }
        return Punycode.decode(bytes) ?? Array("punycode{".utf8) + bytes + Array("}".utf8)
    }

    // MARK: Writing

    mutating func write(_ bytes: [UInt8]) throws(Malformed) {
        if isSilent { return }
        guard output.count + bytes.count <= Demangler.outputLimit else { throw Malformed() }
        output += bytes
    }

    mutating func write(_ text: String) throws(Malformed) { try write(Array(text.utf8)) }

    // MARK: Bounds

    /// Counts one step down; `leave` undoes it.
    mutating func enter() throws(Malformed) {
        depth += 1
        steps += 1
        if depth > Self.depthLimit || steps > Self.stepLimit { throw Malformed() }
    }

    mutating func leave() { depth -= 1 }

    /// Parses what a back reference names, then goes on behind it. It may only point back, so that it ends.
    mutating func backReference(_ parse: (inout RustDemangler) throws(Malformed) -> Void) throws(Malformed) {
        let start = position - 1
        let target = try base62()
        guard target < UInt64(start) else { throw Malformed() }
        if isSilent { return }
        let back = position
        position = Int(target)
        try parse(&self)
        position = back
    }
}
