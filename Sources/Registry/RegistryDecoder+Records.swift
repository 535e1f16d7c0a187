import ProcessModel
import RegistryABI

/// A record whose owner brackets each change of it with a sequence.
protocol SequencedRecord {
    var sequence: UInt32 { get }
    /// It stands for something; what is free has any bytes.
    var isUsed: Bool { get }
}

extension dw_object_record: SequencedRecord { var isUsed: Bool { address != 0 } }
extension dw_pending_record: SequencedRecord { var isUsed: Bool { id != 0 } }
extension dw_declaration_record: SequencedRecord { var isUsed: Bool { UInt32(kind) != DW_DECLARE_NONE.rawValue } }
// The first of all failures has number 0: that something failed is said by its error.
extension dw_failure_record: SequencedRecord { var isUsed: Bool { error != 0 || when != 0 } }

/// Objects, promises, declarations, failures.
extension RegistryDecoder {
    /// Hands each used record of an area on, once it is known to be of one moment.
    private mutating func scan<Record: SequencedRecord & BitwiseCopyable>(
        _ kind: dw_area_kind, _ operation: String, _ body: (inout RegistryDecoder, Record) -> Void
    ) {
        guard let area = layout.area(kind) else { return }
        for chunk in RegistryBytes.chunks(of: area, count: readableCount(of: area, operation)) {
            let (offset, size) = (RegistryBytes.offset(of: chunk.lowerBound, in: area), chunk.count * area.recordSize)
            guard let before = bytes.read(offset, count: size) else {
                gaps.add(subject(of: chunk.lowerBound, in: area), operation, "its memory could not be read")
                continue
            }
            let used = chunk.filter {
                before.record(at: ($0 - chunk.lowerBound) * area.recordSize, as: Record.self)?.isUsed ?? false
            }
            guard !used.isEmpty else { continue }
            var (during, after) = (before, before)
            if bytes.isChanging {
                guard let second = bytes.read(offset, count: size), let third = bytes.read(offset, count: size) else {
                    gaps.add(subject(of: chunk.lowerBound, in: area), operation, "its memory could not be read")
                    continue
                }
                (during, after) = (second, third)
            }
            for index in used {
                let place = (index - chunk.lowerBound) * area.recordSize
                let found: Settled<Record>? =
                    settled((before, during, after), place) ?? again(index, area)
                switch found {
                case .record(let record): body(&self, record)
                case .free: break
                case nil:
                    gaps.add(
                        subject(of: index, in: area), operation,
                        bytes.isChanging
                            ? "torn record: it changed each time it was read"
                            : "torn record: its owner was in the middle of a change")
                }
            }
        }
    }

    private enum Settled<Record> {
        case record(Record)
        /// Given back meanwhile.
        case free
    }

    private func settled<Record: SequencedRecord & BitwiseCopyable>(
        _ copies: ([UInt8], [UInt8], [UInt8]), _ place: Int
    ) -> Settled<Record>? {
        guard let before = copies.0.record(at: place, as: Record.self),
            let during = copies.1.record(at: place, as: Record.self),
            let after = copies.2.record(at: place, as: Record.self), during.sequence & 1 == 0,
            before.sequence == during.sequence, during.sequence == after.sequence
        else { return nil }
        return during.isUsed ? .record(during) : .free
    }

    /// A record that changed while it was read, once more.
    private func again<Record: SequencedRecord & BitwiseCopyable>(_ index: Int, _ area: RegistryArea) -> Settled<
        Record
    >? {
        guard bytes.isChanging else { return nil }
        let (offset, size) = (RegistryBytes.offset(of: index, in: area), MemoryLayout<Record>.size)
        for _ in 0..<RegistryReader.attempts {
            guard let before = bytes.read(offset, count: size), let during = bytes.read(offset, count: size),
                let after = bytes.read(offset, count: size)
            else { return nil }
            if let found: Settled<Record> = settled((before, during, after), 0) { return found }
        }
        return nil
    }

    mutating func readObjects() {
        scan(DW_AREA_OBJECTS, "read an object of the registry") { (decoder, source: dw_object_record) in
            var object = RegisteredObject(
                address: Address(source.address), kind: decoder.kind(UInt32(source.kind)) ?? .unknown)
            let flags = UInt32(source.flags)
            object.name = decoder.text(UInt32(source.name))
            object.initialisationSeen = flags & DW_OBJECT_INIT_SEEN.rawValue != 0
            object.isShared = flags & DW_OBJECT_SHARED.rawValue != 0
            object.engineWakes = flags & DW_OBJECT_ENGINE_WAKES.rawValue != 0
            object.initialisationStack = decoder.stack(source.init_stack)
            object.since = source.since.nonzero
            object.waiting = source.waiting
            object.waits = source.waits
            object.timeouts = source.timeouts
            object.signals = source.signals
            object.broadcasts = source.broadcasts
            object.unheard = source.unheard
            object.lastSignal = source.last_signal.nonzero
            object.lastSignaller = decoder.thread(source.last_signaller)
            object.owner = decoder.thread(source.owner)
            object.acquisitionStack = decoder.stack(source.acquire_stack)
            object.sitesRecorded = source.sites_recorded
            object.sites = decoder.sites(source)
            decoder.record.objects.append(object)
        }
        record.objects.sort { ($0.address, $0.kind.rawValue) < ($1.address, $1.kind.rawValue) }
    }

    /// In the order of their recording, oldest first.
    private mutating func sites(_ source: dw_object_record) -> [SignallingSite] {
        let slots = UInt32(DW_SITES)
        let all = withUnsafeBytes(of: source.sites) { raw in
            (0..<Int(slots)).map {
                raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<dw_site>.size, as: dw_site.self)
            }
        }
        let count = min(source.sites_recorded, slots)
        var sites: [SignallingSite] = []
        for back in stride(from: count, to: 0, by: -1) {
            let site = all[Int((source.sites_recorded &- back) % slots)]
            guard site.stack != 0 || site.start != 0 else { continue }
            sites.append(SignallingSite(stack: stack(site.stack), startRoutine: startRoutine(site.start)))
        }
        return sites
    }

    mutating func readPending() {
        scan(DW_AREA_PENDING, "read a promise of the registry") { (decoder, source: dw_pending_record) in
            var promise = PendingCompletion(id: source.id, kind: decoder.kind(UInt32(source.kind)) ?? .unknown)
            promise.text = decoder.text(UInt32(source.text))
            promise.since = source.since.nonzero
            promise.thread = decoder.thread(source.tid)
            promise.threadSerial = source.serial.nonzero
            promise.stack = decoder.stack(source.stack)
            promise.context = source.context.nonzero
            promise.dropped = source.dropped.nonzero
            decoder.record.pending.append(promise)
        }
        record.pending.sort { ($0.since ?? 0, $0.id) < ($1.since ?? 0, $1.id) }
    }

    mutating func readDeclarations() {
        let operation = "read a declaration of the registry"
        scan(DW_AREA_DECLARATIONS, operation) { (decoder, source: dw_declaration_record) in
            guard let statement = decoder.statement(source) else {
                decoder.gaps.add(decoder.subject, operation, "its kind, text or thread is not known")
                return
            }
            decoder.record.declarations.append(
                EngineDeclaration(
                    statement, object: source.object.address, since: source.since.nonzero,
                    stack: decoder.stack(source.stack)))
        }
    }

    private mutating func statement(_ source: dw_declaration_record) -> EngineDeclaration.Statement? {
        let kind = dw_declaration_kind(UInt32(source.kind))
        if kind == DW_DECLARE_PREDICATE {
            return .predicate(address: Address(source.a), mask: source.b, value: source.c, bytes: source.count)
        }
        guard let text = text(UInt32(source.text)) else { return nil }
        switch kind {
        case DW_DECLARE_SIGNALLER: return .signaller(role: text)
        case DW_DECLARE_QUORUM:
            return .quorum(
                role: text, count: source.count, arrived: source.a.address, bytes: UInt32(truncatingIfNeeded: source.b))
        case DW_DECLARE_EXPECTED: return .expected(role: text, count: source.count)
        case DW_DECLARE_API:
            guard let tid = UInt32(exactly: source.a), let thread = thread(tid) else { return nil }
            return .call(name: text, thread: thread, serial: source.b)
        default: return nil
        }
    }

    mutating func readFailures() {
        scan(DW_AREA_FAILURES, "read a failed creation of the registry") { (decoder, source: dw_failure_record) in
            var failure = CreationFailure(number: source.number, error: source.error, when: source.when)
            failure.startRoutine = source.start_routine.address
            failure.argument = source.argument.nonzero
            failure.creator = decoder.thread(source.creator_tid)
            failure.creatorSerial = source.creator_serial.nonzero
            failure.stack = decoder.stack(source.stack)
            decoder.record.failures.append(failure)
        }
        record.failures.sort { $0.number < $1.number }
    }
}
