/// One way to build a program: `gcc-O2-g`, `clang-O0`, `swift-O-g`, `gcc-O3-strip`.
public struct BuildVariant: Hashable, Sendable, CustomStringConvertible {
    public enum Compiler: String, CaseIterable, Sendable {
        /// g++ for C++.
        case gcc
        /// clang++ for C++; that of the Swift toolchain.
        case clang
        case swift

        /// What follows the first hyphen of a variant's name: `O2` is built with -O2.
        var levels: [String] {
            switch self {
            case .gcc, .clang: ["O0", "O1", "O2", "O3"]
            case .swift: ["Onone", "O"]
            }
        }
    }

    public let compiler: Compiler
    /// The option without its hyphen.
    public let level: String
    public let hasDebugInfo: Bool
    /// Whether the symbol table is taken away after building.
    public let isStripped: Bool

    init(compiler: Compiler, level: String, hasDebugInfo: Bool, isStripped: Bool = false) {
        self.compiler = compiler
        self.level = level
        self.hasDebugInfo = hasDebugInfo
        self.isStripped = isStripped
    }

    /// The variant of that name; nil when there is none.
    public init?(_ name: String) {
        var words = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 2, let compiler = Compiler(rawValue: words.removeFirst()),
            compiler.levels.contains(words[0]),
            [[], ["g"], ["strip"], ["g", "strip"]].contains(Array(words.dropFirst()))
        else { return nil }
        self.init(
            compiler: compiler, level: words[0], hasDebugInfo: words.contains("g"), isStripped: words.contains("strip"))
    }

    public var description: String {
        "\(compiler.rawValue)-\(level)" + (hasDebugInfo ? "-g" : "") + (isStripped ? "-strip" : "")
    }

    /// Both compilers of C and C++ at -O0 and -O2, Swift at -Onone and -O, each with and without debug information.
    public static let matrix: [BuildVariant] = [
        (Compiler.gcc, ["O0", "O2"]), (.clang, ["O0", "O2"]), (.swift, ["Onone", "O"]),
    ].flatMap { compiler, levels in
        levels.flatMap { level in
            [true, false].map { BuildVariant(compiler: compiler, level: level, hasDebugInfo: $0) }
        }
    }

    /// One a language, as a release is built: in these a program's truth is checked unless others are asked for.
    public static let usual: [BuildVariant] = [
        BuildVariant(compiler: .gcc, level: "O2", hasDebugInfo: true),
        BuildVariant(compiler: .swift, level: "O", hasDebugInfo: true),
    ]

    public func applies(to language: SeededProgram.Language) -> Bool { (compiler == .swift) == (language == .swift) }

    /// The command that builds `source` of `language` as `product`; `more` comes last.
    func command(
        _ source: String, _ language: SeededProgram.Language, product: String, isLibrary: Bool, more: [String]
    ) -> [String] {
        let program =
            switch (compiler, language) {
            case (.swift, _): "swiftc"
            case (.gcc, .cpp): "g++"
            case (.clang, .cpp): "clang++"
            case (.gcc, _), (.clang, _): compiler.rawValue
            }
        var flags = ["-\(level)"] + (hasDebugInfo ? ["-g"] : [])
        switch language {
        case .c: flags += ["-std=gnu11", "-pthread", "-Wall", "-Wextra", "-Werror"]
        case .cpp: flags += ["-std=c++17", "-pthread", "-Wall", "-Wextra", "-Werror"]
        case .swift: flags += ["-swift-version", "6", "-warnings-as-errors"]
        }
        if isLibrary { flags += language == .swift ? ["-emit-library", "-parse-as-library"] : ["-shared", "-fPIC"] }
        return [program, source, "-o", product] + flags + more
    }
}
