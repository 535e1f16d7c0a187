/// One form of dump: knows it by its lines, and reads it.
protocol DumpFormat: Sendable {
    /// For people: "gdb".
    var name: String { get }
    /// How many of the lines are this form's alone; the format with the most reads the text. 0: it cannot be.
    func probe(_ lines: [DumpLine]) -> Int
    /// Takes each line for something. Never fails: what is not understood is ignored and counted.
    func parse(_ lines: [DumpLine]) -> ParsedText
}

/// What a format made of a text.
struct ParsedText: Sendable {
    var dumps: [ParsedDump] = []
    /// One a line that was given, in their order.
    var roles: [LineRole] = []
}

enum DumpFormats {
    /// Among equals the first reads the text.
    static let all: [any DumpFormat] = [GDBFormat(), EuStackFormat(), LLDBFormat(), CoredumpctlFormat()]
}
