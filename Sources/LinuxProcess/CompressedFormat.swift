import ProcessModel

/// How a file is compressed, by its first bytes.
enum CompressedFormat: Hashable {
    case gzip
    case zstd
    case xz
    case lz4
    /// Recognized and not unpacked here; `command` unpacks it, followed by the path.
    case other(name: String, command: String)

    /// Nil for anything that is not known to be compressed.
    init?(_ head: RawSpan) {
        func begins(_ magic: [UInt8]) -> Bool { head.bytes(at: 0, count: magic.count) == magic }
        if begins([0x1f, 0x8b]) {
            self = .gzip  // RFC 1952, section 2.3.1
        } else if begins([0x28, 0xb5, 0x2f, 0xfd]) {
            self = .zstd  // RFC 8878, section 3.1.1
        } else if begins([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
            self = .xz  // The .xz file format, section 2.1.1.1
        } else if begins([0x04, 0x22, 0x4d, 0x18]) {
            self = .lz4  // LZ4 frame format, general structure
        } else if begins(Array("BZh".utf8)) {
            self = .other(name: "bzip2", command: "bzip2 -dk")
        } else if begins(Array("LZIP".utf8)) {
            self = .other(name: "lzip", command: "lzip -dk")
        } else if begins([0x1f, 0x9d]) {
            self = .other(name: "compress", command: "gzip -dk")
        } else if begins(Array("PK\u{3}\u{4}".utf8)) {
            self = .other(name: "zip", command: "unzip")
        } else if begins([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]) {
            self = .other(name: "7-Zip", command: "7z x")
        } else {
            return nil
        }
    }
}

/// What one step of a decoder did.
struct CompressedStep {
    enum State: Hashable {
        /// Wants more input or more room.
        case more
        /// A stream ended; what follows, if anything, may be another one.
        case end
        /// The input cannot be decoded from here on, in words that follow "it".
        case failed(String)
    }

    var consumed: Int
    var produced: Int
    var state: State
}

/// Decodes one compression format, some bytes at a time. Its own memory is bounded whatever the input says.
protocol CompressedDecoder: AnyObject {
    /// Decodes from `input` into `output` and says how far it came in both.
    func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> CompressedStep
}

extension CompressedFormat {
    /// The decoder, nil when it cannot be set up for lack of memory or is not known.
    func decoder() -> (any CompressedDecoder)? {
        switch self {
        case .gzip: CompressedGzip()
        case .zstd: CompressedZstd()
        case .xz: CompressedXz()
        case .lz4: CompressedLz4()
        case .other: nil
        }
    }
}
