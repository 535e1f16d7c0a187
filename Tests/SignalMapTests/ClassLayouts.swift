import TestSupport

/// The tables of classes as clang says that it lays them out (-fdump-vtable-layouts).
struct ClassLayouts {
    struct Point: Equatable {
        var offsetToTop: Int64 = 0
        /// Those that are called through it, with their offsets in the object.
        var bases: [String: Int64] = [:]
        /// As people write them, without what they return; `pure` for one that is none.
        var functions: [String] = []
    }

    static let pure = "pure"

    /// By class; construction tables are not among them.
    private(set) var classes: [String: [Point]] = [:]

    init(source: String, flags: [String]) throws {
        let path = FixtureProgram.sources.appendingPathComponent(source).path
        let command =
            ["clang++", "-O1", "-S", "-emit-llvm", "-o", "/dev/null", "-Xclang", "-fdump-vtable-layouts", path] + flags
        let (status, output) = try run(command)
        guard status == 0 else { throw FixtureProgram.Failure.build(command: command, output: output) }
        var current: String?
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("Vtable for '") {
                current = String(line.dropFirst(12).prefix { $0 != "'" })
                if let current { classes[current] = [] }
            } else if line.isEmpty {
                current = nil
            } else if let current {
                read(line, of: current)
            }
        }
    }

    private mutating func read(_ line: Substring, of name: String) {
        let text = line.drop { $0 == " " }
        if text.hasPrefix("-- (") {
            // -- (Logger, 16) vtable address --
            guard let comma = text.lastIndex(of: ","), let end = text.lastIndex(of: ")") else { return }
            let base = String(text[text.index(text.startIndex, offsetBy: 4)..<comma])
            let offset = Int64(text[text.index(comma, offsetBy: 2)..<end])
            changeLast(of: name) { $0.bases[base] = offset }
            return
        }
        guard let bar = text.firstIndex(of: "|") else { return }
        let entry = text[text.index(bar, offsetBy: 2)...]
        if entry.hasPrefix("offset_to_top (") {
            classes[name]?.append(Point(offsetToTop: Int64(entry.dropFirst(15).dropLast()) ?? .max))
        } else if entry.hasSuffix(" RTTI") || entry.hasPrefix("vbase_offset") || entry.hasPrefix("vcall_offset") {
            return
        } else {
            var function = String(entry)
            if function.hasSuffix("[pure]") { function = Self.pure }
            for end in [" [complete]", " [deleting]"] where function.hasSuffix(end) {
                function = String(function.dropLast(end.count))
            }
            changeLast(of: name) { $0.functions.append(function) }
        }
    }

    private mutating func changeLast(of name: String, _ change: (inout Point) -> Void) {
        guard var points = classes[name], let last = points.indices.last else { return }
        change(&points[last])
        classes[name] = points
    }

    /// Whether a demangled symbol is a function that clang writes in its own way.
    static func isSame(_ symbol: String, _ function: String) -> Bool {
        var symbol = symbol
        for prefix in ["non-virtual thunk to ", "virtual thunk to "] where symbol.hasPrefix(prefix) {
            symbol = String(symbol.dropFirst(prefix.count))
        }
        func plain(_ text: String) -> String {
            // "const char *" and "char const*"; parameters are left out.
            String(text.prefix { $0 != "(" || text.hasPrefix("(anon") }).replacingOccurrences(of: " ", with: "")
        }
        func named(_ text: String) -> String {
            let marked = text.replacingOccurrences(of: "(anonymous namespace)", with: "{anonymous}")
            return plain(marked)
        }
        return named(function).hasSuffix(named(symbol))
    }
}
