/// The path of a Rust function, read from its mangled name: `std::sys::sync::mutex::futex::Mutex::lock_contended`.
///
/// Both manglings are read: the old one, which writes the path as a C++ name and ends it with a hash ("17h" and sixteen
/// digits), and v0 (RFC 2603; rustc book, "v0 Symbol Format"). Arguments of generics, the numbers that tell crates apart
/// and the kind of an impl are left out, so that what remains does not change from build to build.
struct RustPath: Hashable, Sendable {
    /// From the crate inwards.
    private(set) var parts: [Substring] = []

    /// Nil for what is no mangled Rust name, or one of another shape (a function of a trait for a type that is no path).
    init?(_ symbol: String) {
        if symbol.hasPrefix("_ZN") {
            guard let parts = Self.old(symbol) else { return nil }
            self.parts = parts
        } else if symbol.hasPrefix("_R") {
            var reader = Reader(symbol)
            guard reader.readPath(0) else { return nil }
            parts = reader.parts
        } else {
            return nil
        }
        if parts.isEmpty { return nil }
    }

    var crate: Substring { parts[0] }

    /// The last parts, joined: "Mutex::lock_contended" for two.
    func last(_ count: Int) -> String { parts.suffix(count).joined(separator: "::") }

    private static func old(_ symbol: String) -> [Substring]? {
        var rest = symbol.dropFirst(3)
        var parts: [Substring] = []
        while let digit = rest.utf8.first, digit >= 0x30, digit <= 0x39 {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard digits.count <= 4, let count = Int(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard rest.utf8.count >= count else { return nil }
            let end = rest.utf8.index(rest.startIndex, offsetBy: count)
            parts.append(rest[..<end])
            rest = rest[end...]
        }
        // The hash tells it from a C++ name. After the E there may be a compiler's suffix (".llvm.123").
        guard rest.hasPrefix("E"), let hash = parts.popLast(), hash.hasPrefix("h"), hash.utf8.count == 17 else {
            return nil
        }
        return parts.map { part in
            // Arguments of a generic type: "JoinHandle$LT$T$GT$". One that begins so is "<T as Trait>".
            guard !part.hasPrefix("_$LT$"), let cut = Self.offset(of: "$LT$", in: part) else { return part }
            return part[..<cut]
        }
    }

    private static func offset(of text: String, in part: Substring) -> Substring.Index? {
        part.indices.first { part[$0...].hasPrefix(text) }
    }
}
