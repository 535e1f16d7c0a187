import ProcessModel

extension AuxiliaryVector {
    /// The arguments that the main program was started with, from its first stack; nil when they cannot be read there.
    ///
    /// The kernel lays out argc, the argv pointers, NULL, the environment pointers, NULL, and this vector, upwards
    /// (System V ABI AMD64 supplement, figure 3.9), with AT_RANDOM's bytes a little above. The vector is looked for below
    /// these. Strings that the program has overwritten (setproctitle) read as they are now, like `/proc/PID/cmdline`.
    func commandLine(memory: any MemorySource) -> [String]? {
        guard let random = self[25].map({ Address($0.wordStart) }), let first = firstPair else { return nil }
        // Between the vector and AT_RANDOM's bytes stand the platform's name and padding.
        let window = 8192
        let low = random - UInt64(window)
        guard let bytes = memory.bytes(low, count: window) else { return nil }
        let span = bytes.span.bytes
        var place: Int?
        for offset in stride(from: window - 16, through: 0, by: -8)
        where span.integer(at: offset, as: UInt64.self) == first.type
            && span.integer(at: offset + 8, as: UInt64.self) == first.value
        {
            place = offset
            break
        }
        guard let place else { return nil }
        return Self.arguments(below: low + UInt64(place), memory: memory)
    }

    /// Arguments beyond these are cut off.
    private static let argumentLimit = 4096
    /// Bytes of all arguments together, beyond which no more are read; the kernel's limit is a quarter of the stack's.
    private static let sizeLimit = 2 << 20

    private static func strings(at pointers: some Sequence<Address>, memory: any MemorySource) -> [String] {
        var size = 0
        return pointers.map { pointer in
            guard size < sizeLimit, let text = memory.string(pointer, limit: 128 << 10) else { return "?" }
            size += text.utf8.count
            return text
        }
    }

    private static let wordLimit = 1 << 17

    private static func arguments(below vector: Address, memory: any MemorySource) -> [String]? {
        // Down over NULL, the environment, NULL, the arguments, to a word that equals their number.
        var place = vector - 8
        guard memory.load(place, as: UInt64.self) == 0 else { return nil }
        var nulls = 0
        var pointers: [Address] = []
        for _ in 0..<wordLimit {
            place = place - 8
            guard let word = memory.load(place, as: UInt64.self) else { return nil }
            if nulls == 1, word == UInt64(pointers.count) {
                return strings(at: pointers.reversed().prefix(argumentLimit), memory: memory)
            }
            if word == 0 {
                nulls += 1
                guard nulls == 1 else { return nil }
                pointers = []
            } else {
                pointers.append(Address(word))
            }
        }
        return nil
    }
}

extension UInt64 {
    /// Rounded down to 8 bytes.
    fileprivate var wordStart: UInt64 { self & ~7 }
}
