/// The classes of several binaries as one: what derives from what, and which functions a virtual call may reach.
///
/// Types of one name are one class in all binaries, as type_info::operator== has it, except those of internal linkage.
/// Immutable; any thread may ask.
final class ClassHierarchy: Sendable {
    /// A group of tables, by binary.
    struct GroupID: Hashable, Sendable {
        var binary: Int32
        var group: Int32
    }

    /// What a question is about besides the slot.
    struct Scope {
        /// The binaries are all that the process will ever load: what they export and never use is not used.
        var isClosed = false
        /// Leave out tables that nothing uses: no object's class is theirs.
        var usedOnly = true
        /// Says of a group whether objects of its class can exist, for those who know which code can run.
        var canExist: ((GroupID) -> Bool)?
    }

    let binaries: [ClassTables]
    private let joined: JoinedClasses
    private let usage: TableUsage

    init(_ binaries: [ClassTables]) {
        self.binaries = binaries
        joined = JoinedClasses(binaries)
        usage = TableUsage(binaries)
    }

    var classCount: Int { joined.count }

    /// The classes that a name may mean: mangled ("N3foo3BarE") or as debug information has it ("foo::Bar<int>").
    /// Several where template arguments are not spelled alike, or for classes of internal linkage; empty for a name
    /// that is not known.
    func classes(named name: String) -> [Int32] { joined.names.classes(named: name) }

    /// The mangled name of a class, nil for one that has none.
    func name(of number: Int32) -> String? {
        guard joined.definitions.indices.contains(Int(number)) else { return nil }
        let (binary, type) = joined.definitions[Int(number)]
        return binaries[Int(binary)].name(binaries[Int(binary)].types[Int(type)].name)
    }

    /// A class and all that derive from it, at any distance.
    func descendants(of number: Int32) -> [Int32] {
        guard joined.derived.indices.contains(Int(number)) else { return [] }
        var seen: Set<Int32> = [number]
        var list = [number]
        var next = 0
        while next < list.count {
            for other in joined.derived[Int(list[next])] where seen.insert(other).inserted { list.append(other) }
            next += 1
        }
        return list
    }

    /// The functions that a call may reach which takes the word `slot` bytes behind an object's pointer to its table.
    ///
    /// `staticClass` is the class that the code knows the object by, nil where it knows none; `pointerOffset` is where in
    /// an object of that class the pointer lies, 0 but for second and further bases. The answer is `.all` also for a
    /// class that is not known: one without type_info, or of a binary that is not here.
    func targets(ofSlot slot: Int32, staticClass: String?, pointerOffset: Int64 = 0, _ scope: Scope = Scope())
        -> VirtualTargets
    {
        let classes = staticClass.map { self.classes(named: $0) } ?? []
        return targets(ofSlot: slot, classes: classes, pointerOffset: pointerOffset, scope)
    }

    /// As above, for classes that are known by number; for none of all tables.
    func targets(ofSlot slot: Int32, classes: [Int32], pointerOffset: Int64 = 0, _ scope: Scope = Scope())
        -> VirtualTargets
    {
        var search = Search(slot: slot, scope: scope, usage: usage, level: classes.isEmpty ? .all : .byClass)
        guard !classes.isEmpty else {
            for (binary, tables) in binaries.enumerated() {
                for table in tables.tables.indices { search.take(Int32(clamping: table), tables, Int32(binary)) }
                search.take(unplaced: tables.unplaced, Int32(binary))
            }
            return search.answer
        }
        for number in classes where joined.places.indices.contains(Int(number)) {
            for place in joined.places[Int(number)] {
                let tables = binaries[Int(place.group.binary)]
                let group = tables.groups[Int(place.group.group)]
                if place.offset != ClassTables.Subobject.unknownOffset,
                    let table = tables.table(of: group, at: place.offset &+ pointerOffset)
                {
                    search.take(table, tables, place.group.binary)
                } else {
                    for table in group.tables { search.take(table, tables, place.group.binary) }
                }
            }
        }
        let isSwift = classes.first { joined.places.indices.contains(Int($0)) }.map { joined.isSwift($0, binaries) }
        for id in isSwift == true ? joined.openSwiftGroups : joined.openGroups {
            let tables = binaries[Int(id.binary)]
            for table in tables.groups[Int(id.group)].tables { search.takeUnsure(table, tables, id.binary) }
        }
        return search.answer
    }

    /// The functions whose code makes or destroys objects of a group's class; -1 among them for data that does.
    func users(of id: GroupID) -> [(binary: Int32, function: Int32)] { usage.users(of: id, binaries) }

    private struct Search {
        let slot: Int32
        let scope: Scope
        let usage: TableUsage
        private(set) var answer: VirtualTargets
        private var seen: Set<VirtualTargets.Target> = []
        private var seenTables: Set<GroupID> = []

        init(slot: Int32, scope: Scope, usage: TableUsage, level: VirtualTargets.Level) {
            self.slot = slot
            self.scope = scope
            self.usage = usage
            answer = VirtualTargets(level: level)
        }

        /// Functions that may stand in any slot.
        mutating func take(unplaced callees: [ClassTables.Callee], _ binary: Int32) {
            for callee in callees {
                let target = VirtualTargets.Target(binary: binary, callee: callee)
                if seen.insert(target).inserted { answer.targets.append(target) }
            }
        }

        mutating func takeUnsure(_ table: Int32, _ tables: ClassTables, _ binary: Int32) {
            if take(table, tables, binary) { answer.unsure += 1 }
        }

        /// Whether it has the slot and counts.
        @discardableResult
        mutating func take(_ number: Int32, _ tables: ClassTables, _ binary: Int32) -> Bool {
            let table = tables.tables[Int(number)]
            guard let callee = tables.callee(of: table, at: slot),
                seenTables.insert(GroupID(binary: binary, group: number)).inserted
            else { return false }
            let id = GroupID(binary: binary, group: table.group)
            if scope.usedOnly, !usage.mayBeUsed(id, isClosed: scope.isClosed) || scope.canExist?(id) == false {
                answer.excluded += 1
                return false
            }
            guard callee.kind != .pure else {
                answer.pure += 1
                return true
            }
            let target = VirtualTargets.Target(binary: binary, callee: callee)
            if seen.insert(target).inserted { answer.targets.append(target) }
            return true
        }
    }
}

extension ClassTables {
    /// What stands at an offset from a table's address point; nil where it has no slot.
    func callee(of table: Table, at offset: Int32) -> Callee? {
        let slots = self.slots[Int(table.slots.lowerBound)..<Int(table.slots.upperBound)]
        // Nearly all tables have a slot in every word.
        if offset >= 0, offset & 7 == 0, Int(offset / 8) < slots.count {
            let guess = slots[slots.startIndex + Int(offset / 8)]
            if guess.offset == offset { return guess.callee }
        }
        return slots.first { $0.offset == offset }?.callee
    }
}
