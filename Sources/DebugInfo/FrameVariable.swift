/// A variable or parameter of integer type that is in scope at an address.
public struct FrameVariable: Hashable, Sendable {
    /// Which of the functions at the address, as in `SymbolRecord.source`: 0 the innermost.
    public var depth: Int
    public var name: String
    /// In assembler notation, as of `Parameter`: "rbx", "[rbp-24]", "[cfa-40]", "7".
    public var location: String
    /// 4 or 8 bytes.
    public var size: Int
    public var isSigned: Bool

    public init(depth: Int, name: String, location: String, size: Int, isSigned: Bool) {
        self.depth = depth
        self.name = name
        self.location = location
        self.size = size
        self.isSigned = isSigned
    }
}
