import SignalMapABI

/// Virtual tables of several linked maps: what a virtual call in one of them reaches in the others.
///
/// Types of one name are one class in all binaries, as type_info::operator== has it (Itanium C++ ABI, section 2.9.3).
/// Made when it is first asked. Not for use by several threads at once.
final class SharedClasses {
    /// A target as the map's records have it.
    struct Target: Hashable {
        var map: Int
        var target: UInt32
    }

    private struct Place {
        var map: Int
        var table: UInt32
        /// nil: not known.
        var pointer: Int64?
    }

    private let maps: [SignalMapFile]
    private lazy var places = indexed()
    /// By map and table the classes that it is the own table of.
    private lazy var owners = indexedOwners()
    private lazy var names = indexedNames()
    private var known: [Key: [Target]] = [:]

    /// A class whose objects lead to a table of its own, and by which pointer; nil where that differs in derived classes.
    private struct Subject: Hashable {
        var name: String
        var pointer: Int64?
    }

    private struct Key: Hashable {
        var map: Int
        var set: UInt32
    }

    private struct Table: Hashable {
        var map: Int
        var table: UInt32
    }

    init(_ maps: [SignalMapFile]) { self.maps = maps }

    /// What stands in the slot of a virtual call in tables of other maps.
    func targets(ofSet set: UInt32, in number: Int) -> [Target] {
        // One map has nothing to join.
        guard maps.count > 1, let record = maps[number].targetSet(set), record.slot_offset & 7 == 0 else { return [] }
        if let found = known[Key(map: number, set: set)] { return found }
        var found: Set<Target> = []
        for cell in maps[number].cells(ofSet: set) where cell.kind == DWM_CELL_CLASS.rawValue {
            guard let name = maps[number].string(cell.value) else { continue }
            for table in tables(of: name, pointer: cell.offset) where table.map != number {
                let entries = maps[table.map].entries(ofTable: table.table)
                let slot = Int(record.slot_offset / 8)
                guard slot < entries.count, entries[slot] != DWM_NONE else { continue }
                found.insert(Target(map: table.map, target: entries[slot]))
            }
        }
        let sorted = found.sorted { ($0.map, $0.target) < ($1.map, $1.target) }
        known[Key(map: number, set: set)] = sorted
        return sorted
    }

    /// The tables that the pointer at an offset of objects known as being of a class may lead to.
    ///
    /// A binary that derives from a class of another one does not know what that derives from: what is known as being of
    /// a derived class, is known as being of its bases.
    private func tables(of name: String, pointer: Int64) -> Set<Table> {
        var found: Set<Table> = []
        var seen: Set<Subject> = []
        var open = mangled(name).map { Subject(name: $0, pointer: pointer) }
        while let subject = open.popLast() {
            guard seen.insert(subject).inserted else { continue }
            for place in places[subject.name] ?? [] {
                // Where it is not known where, all count.
                guard place.pointer == nil || subject.pointer == nil || place.pointer == subject.pointer else {
                    continue
                }
                let table = Table(map: place.map, table: place.table)
                found.insert(table)
                open += owners[table] ?? []
            }
        }
        return found
    }

    private func mangled(_ name: String) -> [String] {
        if places[name] != nil { return [name] }
        return names.names.classes(named: name).map { names.mangled[Int($0)] }
    }

    // MARK: Tables

    private func indexed() -> [String: [Place]] {
        var places: [String: [Place]] = [:]
        for (number, map) in maps.enumerated() {
            for place in map.classPlaces {
                guard let name = map.string(place.name) else { continue }
                places[name, default: []].append(
                    Place(map: number, table: place.table, pointer: place.pointer == .min ? nil : place.pointer))
            }
        }
        return places
    }

    private func indexedOwners() -> [Table: [Subject]] {
        var owners: [Table: [Subject]] = [:]
        for (number, map) in maps.enumerated() {
            for place in map.classPlaces where place.is_own != 0 {
                guard let name = map.string(place.name) else { continue }
                owners[Table(map: number, table: place.table), default: []].append(
                    Subject(name: name, pointer: place.pointer == .min || place.may_move != 0 ? nil : place.pointer))
            }
        }
        return owners
    }

    private func indexedNames() -> (names: ClassNames, mangled: [String]) {
        var names = ClassNames()
        let mangled = places.keys.sorted()
        for (number, name) in mangled.enumerated() { names.add(name, for: Int32(clamping: number)) }
        return (names, mangled)
    }
}
