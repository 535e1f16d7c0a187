import ProcessModel
import RegistryABI

/// The tables whose records never change once they are complete: stacks, texts, start routines, modules, orders.
extension RegistryDecoder {
    /// The index of the stack with this number in the record, read now if it is new; nil for 0 and for what is none.
    mutating func stack(_ number: UInt32) -> Int? {
        guard number != 0 else { return nil }
        if let known = stackIndexes[number] { return known }
        let index = readStack(number).map { stack in
            record.stacks.append(stack)
            return record.stacks.count - 1
        }
        stackIndexes[number] = .some(index)
        return index
    }

    private mutating func readStack(_ number: UInt32) -> RecordedStack? {
        let operation = "read a call stack of the registry"
        guard let area = layout.area(DW_AREA_STACKS), Int(number) <= area.capacity else {
            gaps.add(subject, operation, "its number is larger than its table")
            return nil
        }
        guard let source = bytes.record(Int(number) - 1, of: area, as: dw_stack_record.self) else {
            gaps.add(subject(of: Int(number) - 1, in: area), operation, "its memory could not be read")
            return nil
        }
        guard source.depth > 0, source.depth <= UInt32(DW_STACK_FRAMES) else {
            gaps.add(
                subject(of: Int(number) - 1, in: area), operation,
                source.depth == 0 ? "it is not complete" : "it has more frames than it can hold")
            return nil
        }
        let addresses = withUnsafeBytes(of: source.frames) { raw in
            (0..<Int(source.depth)).map { Address(raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        return RecordedStack(
            addresses: addresses, end: Self.stackEnd(source.flags),
            usedFramePointer: source.flags & DW_STACK_FRAME_POINTER.rawValue != 0,
            hasSignalFrame: source.flags & DW_STACK_SIGNAL.rawValue != 0)
    }

    private static func stackEnd(_ flags: UInt32) -> StackEnd {
        func has(_ flag: dw_stack_flag) -> Bool { flags & flag.rawValue != 0 }
        if has(DW_STACK_TRUNCATED) { return .limit }
        if has(DW_STACK_FOREIGN) { return .failed(reason: "it was not on the thread's own stack") }
        if has(DW_STACK_UNKNOWN_MODULE) { return .failed(reason: "the code there belongs to no module") }
        if has(DW_STACK_OUT_OF_BOUNDS) { return .failed(reason: "the next frame would leave the thread's stack") }
        if has(DW_STACK_NO_RULE) { return .failed(reason: "the code there has no usable unwind information") }
        return .complete
    }

    /// The text with this number; nil for 0 and for what is none.
    mutating func text(_ number: UInt32) -> String? {
        guard number != 0 else { return nil }
        if let known = texts[number] { return known }
        let text = readText(number)
        texts[number] = .some(text)
        return text
    }

    private mutating func readText(_ number: UInt32) -> String? {
        let operation = "read a text of the registry"
        guard let area = layout.area(DW_AREA_TEXTS), Int(number) <= area.capacity else {
            gaps.add(subject, operation, "its number is larger than its table")
            return nil
        }
        guard let source = bytes.record(Int(number) - 1, of: area, as: dw_text_record.self) else {
            gaps.add(subject(of: Int(number) - 1, in: area), operation, "its memory could not be read")
            return nil
        }
        guard source.hash != 0 else {
            gaps.add(subject(of: Int(number) - 1, in: area), operation, "it is not complete")
            return nil
        }
        return Self.text(of: source.text)
    }

    /// How many records of an area are read, at most 256 MiB of them; the rest is a gap.
    mutating func readableCount(of area: RegistryArea, _ operation: String) -> Int {
        let limit = Self.areaLimit / area.recordSize
        if area.capacity > limit {
            gaps.add(subject, operation, "its table is larger than 256 MiB; the rest was not read")
        }
        return min(area.capacity, limit)
    }

    /// Reads the records of an area of atomic words: one look is enough.
    private mutating func records<Record: BitwiseCopyable>(
        _ kind: dw_area_kind, _ type: Record.Type, _ operation: String,
        _ body: (inout RegistryDecoder, Int, Record) -> Void
    ) {
        guard let area = layout.area(kind) else { return }
        for chunk in RegistryBytes.chunks(of: area, count: readableCount(of: area, operation)) {
            let offset = RegistryBytes.offset(of: chunk.lowerBound, in: area)
            guard let copy = bytes.read(offset, count: chunk.count * area.recordSize) else {
                gaps.add(subject(of: chunk.lowerBound, in: area), operation, "its memory could not be read")
                continue
            }
            for index in chunk {
                if let source = copy.record(at: (index - chunk.lowerBound) * area.recordSize, as: type) {
                    body(&self, index, source)
                }
            }
        }
    }

    /// Start routines come first, since objects name them by number.
    mutating func readStarts() {
        records(DW_AREA_STARTS, dw_start_record.self, "read a start routine of the registry") {
            decoder, index, source in
            guard source.address != 0 else { return }
            while decoder.startRoutines.count <= index { decoder.startRoutines.append(nil) }
            decoder.startRoutines[index] = Address(source.address)
            decoder.record.starts.append(
                StartRoutineUse(
                    address: Address(source.address), created: source.created, live: source.live,
                    failed: source.failed, role: decoder.text(source.role)))
        }
        record.starts.sort { $0.address < $1.address }
    }

    /// The start routine with this number; nil for 0 and for one that is not there.
    func startRoutine(_ number: UInt32) -> Address? {
        guard number > 0, Int(number) <= startRoutines.count else { return nil }
        return startRoutines[Int(number) - 1]
    }

    mutating func readAbandoned() {
        let operation = "read an abandoned lock of the registry"
        records(DW_AREA_ABANDONED, dw_abandoned_record.self, operation) { decoder, _, source in
            guard let object = source.object.address else { return }
            let reason: AbandonedLock.Reason
            switch dw_abandoned_reason(source.reason) {
            case DW_ABANDONED_EXIT: reason = .exit
            case DW_ABANDONED_FORK: reason = .fork
            default:
                decoder.gaps.add(decoder.subject, operation, "it is not complete")
                return
            }
            decoder.record.abandoned.append(
                AbandonedLock(
                    object: object, kind: decoder.lockKind(source.site), reason: reason,
                    site: Self.lockSite(source.site), when: source.when.nonzero,
                    thread: decoder.thread(source.tid)))
        }
        record.abandoned.sort { ($0.when ?? 0, $0.object) < ($1.when ?? 0, $1.object) }
    }

    /// The sites of locks have the return address in their low 48 bits and the lock's kind above.
    static func lockSite(_ site: UInt64) -> Address? { (site & 0xFFFF_FFFF_FFFF).address }
    func lockKind(_ site: UInt64) -> RegisteredKind { kind(UInt32(site >> 48)) ?? .mutex }

    mutating func readOrders() {
        guard layout.area(DW_AREA_ORDERS) != nil else { return }
        var orders: [LockOrder] = []
        records(DW_AREA_ORDERS, dw_order_record.self, "read a lock order of the registry") { decoder, _, source in
            // `first` is written last; of a record that is being filled nothing can be said.
            guard let first = source.first.address, let second = source.second.address else { return }
            orders.append(
                LockOrder(
                    first: first, firstKind: decoder.lockKind(source.first_site), second: second,
                    secondKind: decoder.lockKind(source.second_site), firstSite: Self.lockSite(source.first_site),
                    secondSite: Self.lockSite(source.second_site), thread: decoder.thread(source.tid),
                    when: source.when.nonzero, isInverted: source.inverted == 1))
        }
        record.lockOrders = orders.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
    }

    mutating func readModules() {
        let operation = "read a module of the registry"
        records(DW_AREA_MODULES, dw_module_record.self, operation) { decoder, _, source in
            guard source.ready == 1 else { return }
            guard source.start < source.end, source.build_id_size <= UInt32(DW_BUILD_ID_BYTES) else {
                decoder.gaps.add(decoder.subject, operation, "its addresses or its build id cannot be")
                return
            }
            let identifier = withUnsafeBytes(of: source.build_id) { Array($0.prefix(Int(source.build_id_size))) }
            decoder.record.modules.append(
                RegisteredModule(
                    path: Self.text(of: source.path), start: Address(source.start), end: Address(source.end),
                    loadBias: source.bias, buildID: BuildID(bytes: identifier)))
        }
        record.modules.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    }
}
