import ProcessModel
import SignalMapABI

/// A signal map while it grows. Records refer to each other by their places here, except that `finish` sorts operations,
/// stores, loops, slots, sources, exports and lines, which nothing refers to.
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
    private(set) var targets: [UInt32] = []
    var operations: [dwm_operation] = []
    private(set) var identities: [dwm_identity] = []
    private(set) var hops: [dwm_hop] = []
    private(set) var keySets: [dwm_key_set] = []
    private(set) var keys: [UInt32] = []
    private(set) var members: [dwm_member] = []
    var stores: [dwm_store] = []
    private(set) var loops: [(loop: dwm_loop, predicates: [dwm_predicate])] = []
    var slots: [dwm_slot] = []
    var sources: [dwm_source] = []
    var exports: [dwm_export] = []
    var callbacks: [dwm_callback] = []
    var lines: [dwm_line] = []
    private(set) var gaps: [dwm_gap] = []

    private(set) var strings: [UInt8] = []
    private var stringPlaces: [String: UInt32] = [:]
    private var targetSetPlaces: [TargetSet: UInt32] = [:]
    private var identityPlaces: [[UInt64]: UInt32] = [:]
    private var keySetPlaces: [[UInt32]: UInt32] = [:]
    private var memberPlaces: [Member: UInt32] = [:]

    private struct TargetSet: Hashable {
        var targets: [UInt32]
        var level: UInt8
        var isOpen: Bool
        var cell: UInt32
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
    mutating func targetSet(
        _ targets: [UInt32], level: dwm_level, isOpen: Bool, cell: UInt32 = DWM_NONE, slotOffset: UInt32 = DWM_NONE
    ) -> UInt32 {
        var sorted = targets
        sorted.sort()
        var unique: [UInt32] = []
        for target in sorted where unique.last != target { unique.append(target) }
        let set = TargetSet(
            targets: unique, level: UInt8(truncatingIfNeeded: level.rawValue), isOpen: isOpen, cell: cell,
            slot: slotOffset)
        if let place = targetSetPlaces[set] { return place }
        let place = UInt32(targetSets.count)
        targetSets.append(
            dwm_target_set(
                first_target: UInt32(self.targets.count), level: set.level, is_open: isOpen ? 1 : 0, reserved: 0,
                cell: cell, slot_offset: slotOffset))
        self.targets += unique
        targetSetPlaces[set] = place
        return place
    }

    // MARK: Things with a stretch

    /// `successors` by their places among the blocks of the map.
    mutating func block(start: UInt64, size: UInt64, successors: [UInt32]) {
        blocks.append(
            dwm_block(start: start, first_successor: UInt32(self.successors.count), size: UInt32(clamping: size)))
        self.successors += successors
    }

    /// The loop around a call, with the tests that lead out of it; their `loop` is filled by `finish`.
    mutating func loop(_ loop: dwm_loop, predicates: [dwm_predicate]) { loops.append((loop, predicates)) }

    mutating func gap(operation: String, reason: String, function: UInt32 = DWM_NONE) {
        gaps.append(
            dwm_gap(operation: string(operation), reason: string(reason), function: function, reserved: 0))
    }
}
