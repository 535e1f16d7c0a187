import TestSupport

@testable import SignalMap

/// A compiler and how it is called.
struct TypesBuild: CustomStringConvertible, Sendable {
    var compiler: String
    var flags: [String]
    var description: String { ([compiler] + flags).joined(separator: " ") }

    static let c = ["gcc", "clang"].flatMap { compiler in
        [["-O0", "-gdwarf-5"], ["-O2", "-gdwarf-5"], ["-O0", "-gdwarf-4"], ["-O2", "-gdwarf-4"]].map {
            TypesBuild(compiler: compiler, flags: $0)
        }
    }
    static let cxx = c.map { TypesBuild(compiler: $0.compiler == "gcc" ? "g++" : "clang++", flags: $0.flags) }

    func program(_ sources: String..., more: [String] = []) throws -> FixtureProgram {
        try FixtureProgram(sources.map { "types/" + $0 }, compiler: compiler, flags: flags + ["-pthread"] + more)
    }
}

extension BinaryTypes {
    init(_ program: FixtureProgram) throws {
        self.init(try BinaryFile(path: program.executable.path))
    }

    /// The only structure of that name that has members.
    func structure(_ name: String) -> (index: UInt32, structure: TypeTable.Structure)? {
        let found = table.structures.indices.filter {
            table.structures[$0].name == name && !table.structures[$0].isDeclaration
        }
        return found.count == 1 ? (UInt32(found[0]), table.structures[found[0]]) : nil
    }

    func type(_ structure: String) -> TypeID {
        guard let index = self.structure(structure)?.index,
            let type = table.shapes.firstIndex(of: .structure(index))
        else { return .unknown }
        return TypeID(index: UInt32(type))
    }

    func function(_ name: String) -> (entry: UInt64, function: BinaryTypes.Function)? {
        functions.first { $0.value.name == name || $0.value.name.hasPrefix("_Z\(name.utf8.count)\(name)") }
            .map { ($0.key, $0.value) }
    }

    /// A type as C writes it, more or less.
    func text(_ type: TypeID) -> String {
        switch table.shape(type) {
        case .unknown: "?"
        case .void: "void"
        case .integer(let bytes): "integer\(bytes)"
        case .floating(let bytes): "floating\(bytes)"
        case .enumeration(let bytes): "enumeration\(bytes)"
        case .pointer(let target): text(target) + "*"
        case .array(let element, let count): text(element) + "[" + (count.map { String($0) } ?? "") + "]"
        case .structure(let index): table.structures[Int(index)].name
        case .function(let index):
            "(" + table.prototypes[Int(index)].parameters.map { text($0) }.joined(separator: ",")
                + (table.prototypes[Int(index)].isVariadic ? "..." : "") + ")"
        }
    }

    /// Innermost members at an offset as "structure.member".
    func members(at offset: UInt64, in type: TypeID) -> [String] {
        table.leaf(at: offset, in: type).members.map {
            let structure = table.structures[Int($0.structure)]
            return structure.name + "." + structure.members[Int($0.member)].name
        }
    }
}
