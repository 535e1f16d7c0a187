/// A layer around the lines of a dump, or damage done to them: a log's prefix, mail quotes, a lost line break.
protocol Carrier: Sendable {
    /// For people: "mail quotes".
    var name: String { get }
    /// Takes the layer off; nil where there is none. Linear in the size of the text.
    func removed(from lines: [DumpLine]) -> [DumpLine]?
}

/// All carriers, and what they did to one text.
struct Carriers {
    /// From the outermost layer to the innermost; some lie in any order, so the list is gone through until nothing changes.
    static let layers: [any Carrier] = [
        TerminalCodes(), QuotedPrintable(), MarkedUpText(), MailQuotes(), LogPrefixes(), Typography(),
    ]
    /// Damage, once the layers are off.
    static let damage: [any Carrier] = [PagerLines(), TrackerLinks(), FlattenedText(), WrappedFrames()]

    private(set) var lines: [DumpLine]
    /// What was done, in this order, as clauses.
    private(set) var steps: [String] = []

    init(_ bytes: [UInt8]) {
        let plain = PlainBytes(bytes)
        lines = plain.lines
        steps = plain.steps
        // Mail in a log in mail: as deep as that.
        for _ in 0..<4 {
            var isChanged = false
            for carrier in Self.layers {
                guard let removed = carrier.removed(from: lines) else { continue }
                note(carrier.name)
                lines = removed
                isChanged = true
            }
            if !isChanged { break }
        }
        for carrier in Self.damage {
            guard let removed = carrier.removed(from: lines) else { continue }
            note(carrier.name)
            lines = removed
        }
    }

    private mutating func note(_ step: String) {
        if !steps.contains(step) { steps.append(step) }
    }
}
