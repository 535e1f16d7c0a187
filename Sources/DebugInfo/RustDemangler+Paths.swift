/// Paths, generic arguments and lifetimes of Rust's v0 symbols.
extension RustDemangler {
    mutating func path(isValue: Bool) throws(Malformed) {
        try enter()
        defer { leave() }
        switch try next() {
        case UInt8(ascii: "C"):
            _ = try optionalBase62("s")
            try write(plainIdentifier())
        case UInt8(ascii: "N"):
            try nestedPath(isValue: isValue)
        case UInt8(ascii: "M"):
            try implPath()
            try write("<")
            try type()
            try write(">")
        case UInt8(ascii: "X"):
            try implPath()
            try qualified()
        case UInt8(ascii: "Y"):
            try qualified()
        case UInt8(ascii: "I"):
            try path(isValue: isValue)
            try write(isValue ? "::<" : "<")
            try list { (demangler) throws(Malformed) in try demangler.genericArgument() }
            try write(">")
        case UInt8(ascii: "B"):
            try backReference { (demangler) throws(Malformed) in try demangler.path(isValue: isValue) }
        default: throw Malformed()
        }
    }

    private mutating func nestedPath(isValue: Bool) throws(Malformed) {
        let namespace = try next()
        try path(isValue: isValue)
        let disambiguator = try optionalBase62("s")
        let name = try plainIdentifier()
        switch namespace {
        case 0x61...0x7a:
            guard !name.isEmpty else { return }
            try write("::")
            try write(name)
        case 0x41...0x5a:
            let kind =
                switch namespace {
                case UInt8(ascii: "C"): "closure"
                case UInt8(ascii: "S"): "shim"
                default: String(UnicodeScalar(namespace))
                }
            try write("::{\(kind)")
            if !name.isEmpty {
                try write(":")
                try write(name)
            }
            try write("#\(disambiguator)}")
        default: throw Malformed()
        }
    }

    /// Where an impl block stands: part of the symbol, of no use to a reader.
    private mutating func implPath() throws(Malformed) {
        let wasSilent = isSilent
        isSilent = true
        defer { isSilent = wasSilent }
        _ = try optionalBase62("s")
        try path(isValue: false)
    }

    private mutating func qualified() throws(Malformed) {
        try write("<")
        try type()
        try write(" as ")
        try path(isValue: false)
        try write(">")
    }

    /// Parts separated by commas up to `E`; how many there were.
    @discardableResult
    mutating func list(
        separator: String = ", ", _ part: (inout RustDemangler) throws(Malformed) -> Void
    ) throws(Malformed) -> Int {
        var count = 0
        while !eat("E") {
            if count > 0 { try write(separator) }
            try part(&self)
            count += 1
        }
        return count
    }

    mutating func genericArgument() throws(Malformed) {
        if eat("L") {
            try lifetime(base62())
        } else if eat("K") {
            try constant()
        } else {
            try type()
        }
    }

    /// 0 is the erased lifetime; others count from the innermost binder.
    mutating func lifetime(_ index: UInt64) throws(Malformed) {
        try write("'")
        guard index != 0 else { return try write("_") }
        guard index <= boundLifetimes else { throw Malformed() }
        let depth = boundLifetimes - index
        if depth < 26 { try write([UInt8(0x61 + depth)]) } else { try write("_\(depth)") }
    }

    /// `for<'a, 'b>` in front of what `body` prints.
    mutating func binder(_ body: (inout RustDemangler) throws(Malformed) -> Void) throws(Malformed) {
        let count = try optionalBase62("G")
        let outer = boundLifetimes
        defer { boundLifetimes = outer }
        // Each bound lifetime is printed: no real signature has more.
        guard count <= 256 else { throw Malformed() }
        if count > 0 {
            try write("for<")
            for index in 0..<count {
                if index > 0 { try write(", ") }
                boundLifetimes += 1
                try lifetime(1)
            }
            try write("> ")
        }
        try body(&self)
    }
}
