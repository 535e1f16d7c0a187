extension RustPath {
    /// A reader of v0 names. It stops after a bounded number of steps, as references back could be followed for ever.
    struct Reader {
        let text: Substring
        let bytes: [UInt8]
        var at: Int
        var steps = 0
        var parts: [Substring] = []

        static let mostSteps = 2000
        static let deepest = 40

        init(_ symbol: String) {
            text = symbol[...]
            bytes = Array(symbol.utf8)
            at = 2
            // A version may follow; there is none but the first, which is not written.
        }

        private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

        private mutating func take(_ character: Character) -> Bool {
            guard let value = character.asciiValue, next == value else { return false }
            at += 1
            return true
        }

        /// Digits and letters up to an underscore: a number less one, in base 62.
        private mutating func base62() -> Int? {
            if take("_") { return 0 }
            var value = 0
            while let byte = next, byte != UInt8(ascii: "_") {
                let digit: Int
                switch byte {
                case 0x30...0x39: digit = Int(byte) - 0x30
                case 0x61...0x7a: digit = Int(byte) - 0x61 + 10
                case 0x41...0x5a: digit = Int(byte) - 0x41 + 36
                default: return nil
                }
                let (scaled, overflow) = value.multipliedReportingOverflow(by: 62)
                guard !overflow, scaled < Int.max - 64 else { return nil }
                value = scaled + digit
                at += 1
            }
            return take("_") ? value + 1 : nil
        }

        /// The number that tells apart what has the same name: 64 bits, which nothing here needs.
        private mutating func disambiguator() -> Bool {
            guard take("s") else { return true }
            while let byte = next {
                at += 1
                if byte == UInt8(ascii: "_") { return true }
            }
            return false
        }

        private mutating func identifier() -> Substring? {
            guard disambiguator() else { return nil }
            _ = take("u")
            var count = 0
            while let byte = next, byte >= 0x30, byte <= 0x39 {
                count = count * 10 + Int(byte - 0x30)
                at += 1
                // A zero stands alone.
                guard count < 10_000 else { return nil }
                if count == 0 { break }
            }
            _ = take("_")
            guard count <= bytes.count - at else { return nil }
            let start = text.utf8.index(text.startIndex, offsetBy: at)
            let end = text.utf8.index(start, offsetBy: count)
            at += count
            return text[start..<end]
        }

        /// Reads a path and leaves its parts in `parts`; false where it is none.
        mutating func readPath(_ depth: Int) -> Bool {
            steps += 1
            guard steps < Self.mostSteps, depth < Self.deepest, let tag = next else { return false }
            at += 1
            switch tag {
            case UInt8(ascii: "C"):
                guard let name = identifier() else { return false }
                parts = [name]
                return true
            case UInt8(ascii: "N"):
                // The kind of name: a type, a value, a closure.
                guard next != nil else { return false }
                at += 1
                guard readPath(depth + 1), let name = identifier() else { return false }
                if !name.isEmpty { parts.append(name) }
                return true
            case UInt8(ascii: "M"):
                // An impl: where it stands, then the type that it is for, whose path counts.
                guard disambiguator(), readPath(depth + 1) else { return false }
                return readPath(depth + 1)
            case UInt8(ascii: "X"):
                guard disambiguator(), readPath(depth + 1), readPath(depth + 1) else { return false }
                let type = parts
                guard readPath(depth + 1) else { return false }
                parts = type
                return true
            case UInt8(ascii: "Y"):
                guard readPath(depth + 1) else { return false }
                let type = parts
                guard readPath(depth + 1) else { return false }
                parts = type
                return true
            case UInt8(ascii: "I"):
                guard readPath(depth + 1) else { return false }
                let generic = parts
                while let byte = next, byte != UInt8(ascii: "E") {
                    guard skipArgument(depth + 1) else { return false }
                }
                guard take("E") else { return false }
                parts = generic
                return true
            case UInt8(ascii: "B"):
                // Counted from after the "_R"; only back, or it would not end.
                let start = at - 1
                guard let offset = base62(), offset < start - 2 else { return false }
                let end = at
                at = offset + 2
                guard readPath(depth + 1) else { return false }
                at = end
                return true
            default:
                return false
            }
        }

        /// Moves past one argument of a generic.
        private mutating func skipArgument(_ depth: Int) -> Bool {
            if take("L") { return base62() != nil }
            if take("K") { return skipConstant(depth) }
            return skipType(depth)
        }

        private mutating func skipConstant(_ depth: Int) -> Bool {
            steps += 1
            guard steps < Self.mostSteps, depth < Self.deepest, let byte = next else { return false }
            if byte == UInt8(ascii: "B") {
                at += 1
                return base62() != nil
            }
            if take("p") { return true }
            at += 1
            _ = take("n")
            while let digit = next, digit != UInt8(ascii: "_") {
                guard digit >= 0x30 && digit <= 0x39 || digit >= 0x61 && digit <= 0x66 else { return false }
                at += 1
            }
            return take("_")
        }

        private mutating func skipType(_ depth: Int) -> Bool {
            steps += 1
            guard steps < Self.mostSteps, depth < Self.deepest, let byte = next else { return false }
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                at += 1
                return true
            case UInt8(ascii: "R"), UInt8(ascii: "Q"):
                at += 1
                if take("L"), base62() == nil { return false }
                return skipType(depth + 1)
            case UInt8(ascii: "P"), UInt8(ascii: "O"), UInt8(ascii: "S"):
                at += 1
                return skipType(depth + 1)
            case UInt8(ascii: "A"):
                at += 1
                return skipType(depth + 1) && skipConstant(depth + 1)
            case UInt8(ascii: "T"):
                at += 1
                while let inner = next, inner != UInt8(ascii: "E") {
                    guard skipType(depth + 1) else { return false }
                }
                return take("E")
            case UInt8(ascii: "F"):
                at += 1
                return skipSignature(depth + 1)
            case UInt8(ascii: "D"):
                at += 1
                return skipTraits(depth + 1)
            case UInt8(ascii: "B"):
                // What it refers to has been read, or is not needed.
                at += 1
                return base62() != nil
            default:
                return readPath(depth + 1)
            }
        }

        private mutating func binder() -> Bool { take("G") ? base62() != nil : true }

        private mutating func skipSignature(_ depth: Int) -> Bool {
            guard binder() else { return false }
            _ = take("U")
            if take("K"), !take("C"), identifier() == nil { return false }
            while let byte = next, byte != UInt8(ascii: "E") {
                guard skipType(depth) else { return false }
            }
            return take("E") && skipType(depth)
        }

        private mutating func skipTraits(_ depth: Int) -> Bool {
            guard binder() else { return false }
            while let byte = next, byte != UInt8(ascii: "E") {
                guard readPath(depth) else { return false }
                while take("p") {
                    guard identifier() != nil, skipType(depth) else { return false }
                }
            }
            return take("E") && take("L") && base62() != nil
        }
    }
}
