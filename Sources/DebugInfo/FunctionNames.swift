/// Names of functions from their entries, and the entries that those refer to. Kept by entry.
final class FunctionNames {
    struct Name: Hashable {
        /// DW_AT_name, with its namespaces and types in front where the language has them.
        var name: String?
        /// DW_AT_linkage_name
        var linkageName: String?

        /// What people call it.
        var function: String? { linkageName.flatMap { Demangler.demangle($0) } ?? name }
    }

    private struct Key: Hashable {
        var file: ObjectIdentifier
        var entry: Int
    }

    private var known: [Key: Name] = [:]
    /// References from a concrete entry to its abstract one, and on to the declaration in a type: three in real files.
    private static let hopLimit = 16

    /// The name of the function at an entry; empty when it has none. `homes` are those of its unit.
    func name(_ unit: DwarfUnit, _ entry: Int, _ homes: FunctionHomes) -> Name {
        let key = Key(file: ObjectIdentifier(unit.file), entry: entry)
        if let name = known[key] { return name }
        let name = find(unit, entry, homes)
        known[key] = name
        return name
    }

    private func find(_ unit: DwarfUnit, _ entry: Int, _ homes: FunctionHomes) -> Name {
        var result = Name()
        var place: (unit: DwarfUnit, offset: Int)? = (unit, entry)
        var named: (unit: DwarfUnit, offset: Int)?
        for _ in 0..<Self.hopLimit {
            guard let current = place else { break }
            place = nil
            var reference = AttributeValue()
            current.unit.readEntry(at: current.offset) { name, value in
                switch name {
                case At.linkageName, At.mipsLinkageName:
                    if result.linkageName == nil { result.linkageName = current.unit.string(value).map { String($0) } }
                case At.name:
                    if result.name == nil {
                        result.name = current.unit.string(value).map { String($0) }
                    }
                case At.abstractOrigin, At.specification: reference = value
                default: break
                }
            }
            // The last entry of the chain stands where the function was declared: in its namespace or type.
            named = current
            if result.linkageName != nil { break }
            if reference.isPresent { place = current.unit.reference(reference) }
        }
        if result.linkageName == nil, let name = result.name, let named, named.unit.hasNamespaces {
            let known = named.unit === homes.unit ? homes.enclosingNames(of: named.offset) : nil
            result.name = ((known ?? named.unit.enclosingNames(of: named.offset)) + [name]).joined(separator: "::")
        }
        return result
    }
}

extension DwarfUnit {
    /// Calls `visit` with the attributes of the entry at `offset`. False when there is none.
    @discardableResult
    func readEntry(at offset: Int, _ visit: (UInt16, AttributeValue) -> Void) -> Bool {
        var reader = ByteReader(sections.info, at: offset, end: header.end)
        guard let index = abbreviations.index(of: reader.uleb()) else { return false }
        abbreviations.read(abbreviations.abbreviations[index], &reader, encoding, visit)
        return !reader.failed
    }

    /// Whether names stand in namespaces or types: not in C and assembler (DW_LANG_…, DWARF 5, section 7.12).
    var hasNamespaces: Bool {
        switch language {
        // DW_LANG_C89, C, C99, C11, C17, Mips_Assembler, and split units that say nothing
        case 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x8001, 0: false
        default: true
        }
    }

    /// The names of the namespaces, types and functions around an entry, outermost first.
    func enclosingNames(of target: Int) -> [String] {
        let table = abbreviations
        var reader = ByteReader(sections.info, at: header.firstEntry, end: header.end)
        var open: [String] = []
        while !reader.isAtEnd, reader.position < target {
            let code = reader.uleb()
            if code == 0 {
                if open.popLast() == nil { return [] }
                continue
            }
            guard let index = table.index(of: code) else { return [] }
            let abbreviation = table.abbreviations[index]
            guard abbreviation.hasChildren else {
                table.skip(abbreviation, &reader, encoding)
                continue
            }
            var sibling: UInt64 = 0
            var name: AttributeValue?
            table.read(abbreviation, &reader, encoding) { attribute, value in
                if attribute == At.sibling, value.form != Form.refAddr { sibling = value.value }
                if attribute == At.name { name = value }
            }
            let next = UInt64(header.offset) &+ sibling
            if sibling != 0, next > UInt64(reader.position), next <= UInt64(target) {
                reader.seek(to: Int(next))
                continue
            }
            open.append(scopeName(abbreviation.tag, name))
        }
        return reader.position == target ? open.filter { !$0.isEmpty } : []
    }

    /// What the entry at `offset` adds to the names of what is in it; empty where it adds nothing.
    func scopeName(at offset: Int) -> String {
        var reader = ByteReader(sections.info, at: offset, end: header.end)
        guard let index = abbreviations.index(of: reader.uleb()) else { return "" }
        let abbreviation = abbreviations.abbreviations[index]
        var name: AttributeValue?
        abbreviations.read(abbreviation, &reader, encoding) { if $0 == At.name { name = $1 } }
        return scopeName(abbreviation.tag, name)
    }

    private func scopeName(_ tag: UInt16, _ name: AttributeValue?) -> String {
        var text: String? { name.flatMap { string($0) }.map { String($0) } }
        switch tag {
        case Tag.namespace: return text ?? "(anonymous namespace)"
        case Tag.classType, Tag.structureType, Tag.unionType, Tag.interfaceType, Tag.module, 0x04:
            return text ?? "{unnamed type}"
        // A unit's own name is a file's; blocks have none.
        default: return ""
        }
    }
}
