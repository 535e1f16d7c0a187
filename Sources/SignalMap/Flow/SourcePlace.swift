import SignalMapABI

/// Where a stack stands that was kept as text: a function's name, and the line of the call that has not returned.
package struct SourcePlace: Hashable, Sendable {
    /// The linker's name or the demangled one, with or without parameters.
    package var function: String
    /// As far as it was kept: a whole path, or its last parts.
    package var file: String?
    package var line: UInt32?

    package init(function: String, file: String? = nil, line: UInt32? = nil) {
        self.function = function
        self.file = file
        self.line = line
    }

    /// Whether a path ends with the same parts as `file`; so does any where no file was kept.
    func isIn(_ path: String) -> Bool {
        guard let file else { return true }
        let wanted = Self.parts(file)
        let found = Self.parts(path)
        guard let last = wanted.last, last == found.last else { return false }
        return zip(wanted.reversed(), found.reversed()).allSatisfy(==)
    }

    /// Without those that say nothing or lead back: one compiler writes them, another one does not.
    private static func parts(_ path: String) -> [Substring] {
        path.split(separator: "/").filter { $0 != "." && $0 != ".." }
    }
}

/// Where code goes on from a place that a stack of text names.
package struct PlaceRoots: Sendable {
    package enum Precision: UInt8, Comparable, Sendable {
        /// Behind the calls of that line in the function.
        case call
        /// Behind the calls of that line in other functions: the compiler put the function into these.
        case inlined
        /// The frame further in stands for this one, too: the compiler put that function into this one.
        case sameFrame
        /// Anywhere in the function: none of its calls is known to be of that line.
        case function
        /// Nothing is called that.
        case nothing

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    /// Of the surest of the roots.
    package var precision: Precision
    /// For `Reachability.reach(from:)`, each once: it may be any of them. Empty for `sameFrame`, and for `nothing`, which
    /// is no proof that nothing runs on from there.
    package var roots: [Reachability.Root]
}
