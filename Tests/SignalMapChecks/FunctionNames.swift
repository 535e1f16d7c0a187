import DebugInfo
import ProcessModel

/// Which functions the code of a file is made of, by its DWARF: those that the linker knows, and those inlined into
/// them.
struct FunctionNames {
    struct Part: Hashable {
        /// Words of the demangled name without parameters: `Pool`, `work`.
        var path: [String]
        /// Of the function that the linker knows, or of a part of one that the compiler put elsewhere.
        var start: UInt64
        var isInlined: Bool
    }

    private(set) var parts: Set<Part> = []
    private let session: DebugInfoSession

    /// No call instruction is shorter (x86-64: call *%rax).
    private static let step: UInt64 = 2

    init(path: String) throws {
        let file = try ObjectFile(path: path)
        session = Self.session(file)
        var addresses: [Address] = []
        for section in file.sections where section.isExecutable && !section.hasNoBytes {
            addresses += stride(from: section.address, to: section.address + section.size, by: Int(Self.step)).map {
                Address($0)
            }
        }
        // Most addresses are in the same functions as those before them.
        var seen: Set<NamedStart> = []
        for (address, record) in zip(addresses, session.symbolize(addresses, detail: .lines)) {
            guard let offset = record.symbolOffset else { continue }
            for frame in record.source {
                guard let function = frame.function else { continue }
                seen.insert(
                    NamedStart(name: function, start: address.rawValue - offset, isInlined: frame.isInlined))
            }
        }
        for one in seen {
            parts.insert(Part(path: Self.words(of: one.name), start: one.start, isInlined: one.isInlined))
        }
    }

    private struct NamedStart: Hashable {
        var name: String
        var start: UInt64
        var isInlined: Bool
    }

    private static func session(_ file: ObjectFile) -> DebugInfoSession {
        let module = Module(
            path: file.path, start: Address(0), end: Address(.max), loadBias: 0, buildID: file.buildID,
            content: .file(path: file.path))
        return DebugInfoSession(
            modules: [module], memory: NoMemory(), options: DebugInfoOptions(useDebuginfod: false))
    }

    /// What symbols or DWARF call the code at an address of a file; nil without either.
    static func name(at address: UInt64, of path: String) throws -> String? {
        session(try ObjectFile(path: path)).symbolize([Address(address)], detail: .lines)[0].source.first?.function
    }

    /// The parts that are called `name`, or are closures in a function that is.
    func parts(named name: String) -> [Part] {
        let words = Self.words(of: name)
        return parts.filter { Self.holds($0.path, words) }
    }

    /// Whether the code at an address stems from a function called `name`, inlined or not.
    func isIn(_ name: String, _ address: UInt64) -> Bool {
        let words = Self.words(of: name)
        return names(at: address).contains { Self.holds(Self.words(of: $0), words) }
    }

    /// The functions at an instruction, innermost first.
    func names(at address: UInt64) -> [String] {
        session.symbolize([Address(address)], detail: .lines)[0].source.compactMap(\.function)
    }

    static func holds(_ path: [String], _ words: [String]) -> Bool {
        guard !words.isEmpty, path.count >= words.count else { return false }
        return (0...path.count - words.count).contains { path[$0..<$0 + words.count].elementsEqual(words) }
    }

    /// `Pool`, `run`, `lambda` of `(anonymous namespace)::Pool<int>::run(int)::{lambda(int)#1}::operator()(int) const`;
    /// `closure`, `in`, `Feed`, `publish` of Swift's `closure #1 () -> () in Feed.publish() -> ()`.
    static func words(of function: String) -> [String] {
        var plain = ""
        var depth = 0
        var last: Character = " "
        for character in function {
            // "->" closes nothing.
            let closes = character == ")" || character == ">" && last != "-"
            if character == "(" || character == "<" { depth += 1 }
            if depth == 0 { plain.append(character) }
            if closes, depth > 0 {
                depth -= 1
                plain.append(" ")
            }
            last = character
        }
        return plain.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "~") }.map(String.init)
    }
}

/// A file alone has no memory.
private final class NoMemory: MemorySource {
    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
}
