/// How much to find out about an address.
public enum SymbolDetail: Int, Hashable, Codable, Sendable, Comparable {
    /// Function names from symbol tables: no DWARF is opened.
    case names
    /// And file, line and inlined functions.
    case lines
    /// And where the parameters live.
    case parameters

    public static func < (left: SymbolDetail, right: SymbolDetail) -> Bool { left.rawValue < right.rawValue }
}

/// What is known of one address: the parts of a `Frame` that symbols and DWARF give.
public struct SymbolRecord: Hashable, Codable, Sendable {
    /// Index into the modules that were handed over.
    public var module: Int?
    public var symbolOffset: UInt64?
    /// Innermost first.
    public var source: [SourceFrame]

    public init(module: Int? = nil, symbolOffset: UInt64? = nil, source: [SourceFrame] = []) {
        self.module = module
        self.symbolOffset = symbolOffset
        self.source = source
    }
}
