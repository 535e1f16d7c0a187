import CLinux
import Glibc

/// Turns the names that linkers know into those that people write: Swift, C++ and Rust.
package enum Demangler {
    /// Longer names are left as they are: the demanglers' time and output can grow faster than the name.
    static let lengthLimit = 32 << 10
    /// What a demangled name is cut to.
    static let outputLimit = 64 << 10

    /// The demangled name, nil when `symbol` is not mangled by a scheme we know, or too long.
    ///
    /// C++ names come with parameters and clone suffixes as libstdc++ prints them ("f(int) [clone .isra.0]").
    package static func demangle(_ symbol: String) -> String? {
        let bytes = symbol.utf8
        guard bytes.count >= 3, bytes.count <= lengthLimit else { return nil }
        let first = bytes[bytes.startIndex]
        if first == UInt8(ascii: "_") {
            if symbol.hasPrefix("_R") || symbol.hasPrefix("__R") { return RustDemangler.demangle(symbol) }
            if symbol.hasPrefix("_Z") { return RustLegacyDemangler.demangle(symbol) ?? itanium(symbol) }
            if symbol.hasPrefix("_T0") || symbol.hasPrefix("_$s") || symbol.hasPrefix("_$S") { return swift(symbol) }
            return nil
        }
        if symbol.hasPrefix("$s") || symbol.hasPrefix("$S") || symbol.hasPrefix("$e") { return swift(symbol) }
        return nil
    }

    private static func itanium(_ symbol: String) -> String? {
        var status: Int32 = 0
        return take(symbol.withCString { __cxa_demangle($0, nil, nil, &status) })
    }

    private static func swift(_ symbol: String) -> String? {
        // libswiftCore gives what it does not understand back as it was.
        let name = take(symbol.withCString { swift_demangle($0, strlen($0), nil, nil, 0) })
        return name == symbol ? nil : name
    }

    private static func take(_ result: UnsafeMutablePointer<CChar>?) -> String? {
        guard let result else { return nil }
        defer { free(result) }
        let count = strnlen(result, outputLimit)
        return String(UnsafeRawBufferPointer(start: result, count: count))
    }
}
