import ProcessModel
import SignalMapABI

/// A signal map while it grows. Records refer to each other by their places here, except that `finish` sorts operations,
/// stores, loops, sources, exports and lines, which nothing refers to.
struct SignalMapBuilder {
    var knowledge = DWM_STRIPPED
    var instructions: UInt64 = 0
    let path: String
    let buildID: BuildID?

    /// By address; their `first_operation` and `first_store` are filled by `finish`.
    var functions: [dwm_function] = []
    var parts: [dwm_part] = []
    private(set) var blocks: [dwm_block] = []
    private(set) var successors: [UInt32] = []
    /// In the order of the code facts: a call has the same index there.
    var calls: [dwm_call] = []
    private(set) var targetSets: [dwm_target_set] = []
    private(set) var targetLists: [dwm_target_list] = []
    private(set) var targets: [UInt32] = []
    private(set) var cells: [dwm_cell] = []
    var operations: [dwm_operation] = []
    private(set) var identities: [dwm_identity] = []
    private(set) var hops: [dwm_hop] = []
    private(set) var keySets: [dwm_key_set] = []
    private(set) var keys: [UInt32] = []
    private(set) var members: [dwm_member] = []
    var stores: [dwm_store] = []
    private(set) var loops: [(loop: dwm_loop, predicates: [dwm_predicate])] = []
    private(set) var slots: [dwm_slot] = []
    var sources: [dwm_source] = []
    var exports: [dwm_export] = []
    var callbacks: [dwm_callback] = []
    var lines: [dwm_line] = []
    private(set) var gaps: [dwm_gap] = []
    private(set) var classPlaces: [dwm_class_place] = []
    private(set) var classTables: [dwm_class_table] = []
    private(set) var classEntries: [UInt32] = []
    private(set) var variants: [dwm_variant] = []
    private(set) var variantBlocks: [UInt32] = []
    private(set) var variantCalls: [dwm_variant_call] = []
    /// By call.
    var constantCalls: [dwm_variant_call] = []

    private(set) var strings: [UInt8] = []
    private var stringPlaces: [String: UInt32] = [:]
    private var targetSetPlaces: [TargetSet: UInt32] = [:]
    private var targetListPlaces: [[UInt32]: UInt32] = [:]
    private var cellPlaces: [[Cell]: UInt32] = [:]
    private var identityPlaces: [[UInt64]: UInt32] = [:]
    private var keySetPlaces: [[UInt32]: UInt32] = [:]
    private var memberPlaces: [Member: UInt32] = [:]

    /// What names a cell of memory that holds function pointers; the meaning per kind is that of `dwm_cell`.
    struct Cell: Hashable {
        var kind: UInt32
        var value: UInt32 = DWM_NONE
        var offset: Int64 = 0
    }

    private struct TargetSet: Hashable {
        var list: UInt32
        var level: UInt8
        var openness: UInt8
        var cells: [Cell]
        var slot: UInt32
    }

    private struct Member: Hashable {
        var structure: UInt32
        var name: UInt32
        var offset: UInt64
        var type: UInt32
        var size: UInt32
    }

    init(path: String, buildID: BuildID?) {
        self.path = path
        self.buildID = buildID
    }

    // MARK: Things that stand there once

    /// The place of a text. `DWM_NONE` once there are four gigabytes of them.
    mutating func string(_ text: String) -> UInt32 {
        if let place = stringPlaces[text] { return place }
        let length = text.utf8.count
        guard strings.count + length + 4 < Int(DWM_NONE) else { return DWM_NONE }
        let place = UInt32(strings.count)
        withUnsafeBytes(of: UInt32(length).littleEndian) { strings.append(contentsOf: $0) }
        strings.append(contentsOf: text.utf8)
        stringPlaces[text] = place
        return place
    }

    /// The place of a text that was put in before.
    func place(of text: String) -> UInt32? { stringPlaces[text] }

    mutating func member(structure: String, name: String, offset: UInt64, type: String, size: UInt64) -> UInt32 {
        let member = Member(
            structure: string(structure), name: string(name), offset: offset, type: string(type),
            size: UInt32(clamping: size))
        if let place = memberPlaces[member] { return place }
        let place = UInt32(members.count)
        members.append(
            dwm_member(
                structure: member.structure, name: member.name, offset: offset, type: member.type, size: member.size))
        memberPlaces[member] = place
        return place
    }

    /// Members by their places, in any order. `DWM_NONE` for none.
    mutating func keySet(_ members: [UInt32]) -> UInt32 {
        if members.isEmpty { return DWM_NONE }
        let sorted = Array(Set(members)).sorted()
        if let place = keySetPlaces[sorted] { return place }
        let place = UInt32(keySets.count)
        keySets.append(dwm_key_set(first_key: UInt32(keys.count), reserved: 0))
        keys += sorted
        keySetPlaces[sorted] = place
        return place
    }

    /// From the object outwards.
    mutating func identity(_ chain: [dwm_hop]) -> UInt32 {
        let words = chain.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map { bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self) }
        }
        if let place = identityPlaces[words] { return place }
        let place = UInt32(identities.count)
        identities.append(dwm_identity(first_hop: UInt32(hops.count), flags: 0))
        hops += chain
        identityPlaces[words] = place
        return place
    }

    /// Functions by their indices, in any order, and with `DWM_IMPORTED` names of symbols.
    mutating func targetList(_ targets: [UInt32]) -> UInt32 {
        var sorted = targets
        sorted.sort()
        var unique: [UInt32] = []
        unique.reserveCapacity(sorted.count)
        for target in sorted where unique.last != target { unique.append(target) }
        if let place = targetListPlaces[unique] { return place }
        let place = UInt32(targetLists.count)
        targetLists.append(dwm_target_list(first_target: UInt32(self.targets.count), reserved: 0))
        self.targets += unique
        targetListPlaces[unique] = place
        return place
    }

    /// Functions that a call may reach or a cell hold; `isShared` if other binaries may add some. Of more than 65,535 cells the rest are left out, and it is open.
    mutating func targetSet(
        list: UInt32, level: dwm_level, isOpen: Bool, isShared: Bool = false, cells wanted: [Cell] = [],
        slotOffset: UInt32 = DWM_NONE
    ) -> UInt32 {
        let cells = Array(wanted.prefix(Int(UInt16.max)))
        let openness =
            isOpen || cells.count < wanted.count ? DWM_OPEN : isShared ? DWM_OPEN_TO_BINARIES : DWM_CLOSED
        let set = TargetSet(
            list: list, level: UInt8(truncatingIfNeeded: level.rawValue), openness: UInt8(openness.rawValue),
            cells: cells, slot: slotOffset)
        if let place = targetSetPlaces[set] { return place }
        let first = cellPlaces[cells] ?? UInt32(self.cells.count)
        if cellPlaces[cells] == nil {
            cellPlaces[cells] = first
            self.cells += cells.map { dwm_cell(kind: $0.kind, value: $0.value, offset: $0.offset) }
        }
        let place = UInt32(targetSets.count)
        targetSets.append(
            dwm_target_set(
                list: list, level: set.level, is_open: set.openness, cell_count: UInt16(cells.count),
                first_cell: first, slot_offset: slotOffset))
        targetSetPlaces[set] = place
        return place
    }

    mutating func targetSet(_ targets: [UInt32], level: dwm_level, isOpen: Bool) -> UInt32 {
        targetSet(list: targetList(targets), level: level, isOpen: isOpen)
    }

    /// Says which functions a cell may hold, as a target set.
    mutating func slot(_ cell: Cell, targets: UInt32) {
        let place = cellPlaces[[cell]] ?? UInt32(cells.count)
        if cellPlaces[[cell]] == nil {
            cellPlaces[[cell]] = place
            cells.append(dwm_cell(kind: cell.kind, value: cell.value, offset: cell.offset))
        }
        slots.append(dwm_slot(cell: place, targets: targets))
    }

    // MARK: Things with a stretch

    /// A virtual table by what stands in its words, with the classes whose objects lead to it; `table` is filled here.
    mutating func classTable(_ entries: [UInt32], places: [dwm_class_place]) {
        let number = UInt32(classTables.count)
        classTables.append(dwm_class_table(first_entry: UInt32(classEntries.count), reserved: 0))
        classEntries += entries
        for var place in places {
            place.table = number
            classPlaces.append(place)
        }
    }

    /// `successors` by their places among the blocks of the map.
    mutating func block(start: UInt64, size: UInt64, successors: [UInt32]) {
        blocks.append(
            dwm_block(start: start, first_successor: UInt32(self.successors.count), size: UInt32(clamping: size)))
        self.successors += successors
    }

    /// A function without some of its blocks; `calls`, by call, are those that lead to variants or nowhere.
    mutating func variant(of function: UInt32, cuts blocks: [UInt32], calls: [dwm_variant_call]) {
        variants.append(
            dwm_variant(
                function: function, first_block: UInt32(variantBlocks.count), first_call: UInt32(variantCalls.count),
                reserved: 0))
        variantBlocks += blocks
        variantCalls += calls
    }

    /// The loop around a call, with the tests that lead out of it; their `loop` is filled by `finish`.
    mutating func loop(_ loop: dwm_loop, predicates: [dwm_predicate]) { loops.append((loop, predicates)) }

    mutating func gap(operation: String, reason: String, function: UInt32 = DWM_NONE) {
        gaps.append(
            dwm_gap(operation: string(operation), reason: string(reason), function: function, reserved: 0))
    }
}
