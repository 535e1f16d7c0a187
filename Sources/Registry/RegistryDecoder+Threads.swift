import ProcessModel
import RegistryABI

/// Records of consecutive threads as they were at three times: what stands between two equal even sequences is right.
private struct ThreadLook {
    /// The same bytes three times where nothing changes.
    struct Copies {
        var before: [UInt8]
        var during: [UInt8]
        var after: [UInt8]
    }

    var threads: Copies
    /// Nil where there is no such area, or it could not be read.
    var activities: Copies?
    var held: [UInt8]?
}

extension RegistryDecoder {
    private static let operation = "read a thread of the registry"

    /// Reads the thread records that were ever used, each with its activity and its held locks.
    mutating func readThreads() {
        guard let area = layout.area(DW_AREA_THREADS) else { return }
        var used = Int(layout.header.threads_used)
        if used > Self.threadLimit {
            gaps.add(subject, Self.operation, "there are more than \(Self.threadLimit); the others are left out")
            used = Self.threadLimit
        }
        for chunk in RegistryBytes.chunks(of: area, count: used) {
            guard let look = look(at: chunk, area) else {
                gaps.add(subject(of: chunk.lowerBound, in: area), Self.operation, "its memory could not be read")
                continue
            }
            for index in chunk { readThread(index, area, look, position: index - chunk.lowerBound) }
        }
        record.threads.sort { $0.serial < $1.serial }
        let count = record.threads.count
        var last: UInt64?
        record.threads.removeAll { thread in
            defer { last = thread.serial }
            return thread.serial == last
        }
        if record.threads.count < count {
            gaps.add(subject, Self.operation, "another one has the same serial number")
        }
    }

    /// Copies the records in an order in which each is enclosed by two looks at its sequence: an activity belongs to the
    /// thread whose record was the same before and after it.
    private func look(at range: Range<Int>, _ area: RegistryArea) -> ThreadLook? {
        func records(_ area: RegistryArea?) -> [UInt8]? {
            guard let area, range.upperBound <= area.capacity else { return nil }
            return bytes.read(
                RegistryBytes.offset(of: range.lowerBound, in: area), count: range.count * area.recordSize)
        }
        let activityArea = layout.area(DW_AREA_ACTIVITIES)
        let heldArea = layout.area(DW_AREA_HELD)
        guard let before = records(area) else { return nil }
        guard bytes.isChanging else {
            return ThreadLook(
                threads: .init(before: before, during: before, after: before),
                activities: records(activityArea).map { .init(before: $0, during: $0, after: $0) },
                held: records(heldArea))
        }
        guard let during = records(area) else { return nil }
        var activities: ThreadLook.Copies?
        if let before = records(activityArea), let during = records(activityArea), let after = records(activityArea) {
            activities = .init(before: before, during: during, after: after)
        }
        let held = records(heldArea)
        guard let after = records(area) else { return nil }
        return ThreadLook(
            threads: .init(before: before, during: during, after: after), activities: activities, held: held)
    }

    private mutating func readThread(_ index: Int, _ area: RegistryArea, _ first: ThreadLook, position: Int) {
        var look = first
        var position = position
        for attempt in 0..<(bytes.isChanging ? RegistryReader.attempts : 1) {
            if attempt > 0 {
                guard let again = self.look(at: index..<index + 1, area) else { break }
                (look, position) = (again, 0)
            }
            let thread = settled(look.threads, position * area.recordSize, dw_thread_record.self, \.sequence)
            guard let thread else { continue }
            if thread.state == DW_THREAD_FREE.rawValue { return }
            let isLast = attempt == RegistryReader.attempts - 1 || !bytes.isChanging
            let activity = activity(look, position)
            if activity == nil, look.activities != nil, !isLast { continue }
            append(thread, activity: activity, held: held(look, position), hasActivities: look.activities != nil)
            return
        }
        let offset = position * area.recordSize
        let torn = look.threads.during.record(at: offset, as: dw_thread_record.self)
        // A record that was never used is not worth a gap, even if its sequence is damaged.
        guard torn?.serial != 0 || torn?.state != 0 else { return }
        let isOdd = (torn?.sequence ?? 1) & 1 == 1
        gaps.add(
            subject(of: index, in: area), Self.operation,
            isOdd
                ? "torn record: its owner was in the middle of a change"
                : "torn record: it changed each time it was read")
    }

    /// The record of the middle copy if its sequence says that all of it is of one moment.
    private func settled<Record: BitwiseCopyable>(
        _ copies: ThreadLook.Copies, _ offset: Int, _ type: Record.Type, _ sequence: KeyPath<Record, UInt32>
    ) -> Record? {
        guard let record = copies.during.record(at: offset, as: type), record[keyPath: sequence] & 1 == 0,
            !bytes.isChanging
                || copies.before.record(at: offset, as: UInt32.self) == record[keyPath: sequence]
                    && copies.after.record(at: offset, as: UInt32.self) == record[keyPath: sequence]
        else { return nil }
        return record
    }

    private struct Activity {
        var record: dw_activity_record
        var events: [RegisteredEvent]
    }

    private mutating func activity(_ look: ThreadLook, _ position: Int) -> Activity? {
        guard let copies = look.activities, let area = layout.area(DW_AREA_ACTIVITIES) else { return nil }
        let offset = position * area.recordSize
        guard let record = settled(copies, offset, dw_activity_record.self, \.sequence),
            let before = copies.before.record(at: offset, as: dw_activity_record.self)?.event_count,
            let after = copies.after.record(at: offset, as: dw_activity_record.self)?.event_count
        else { return nil }
        let events = events(copies.during, offset + MemoryLayout<dw_activity_record>.size, before, after)
        return Activity(record: record, events: events)
    }

    /// The events that stood in the ring from before to after it was copied: the slot that is written next may be half
    /// written, and so may those of the events that came meanwhile.
    private func events(_ copy: [UInt8], _ offset: Int, _ before: UInt32, _ after: UInt32) -> [RegisteredEvent] {
        let slots = layout.header.events
        let came = after &- before
        guard slots > 1, came < slots - 1 else { return [] }
        let count = min(slots - 1 - came, before)
        var events: [RegisteredEvent] = []
        events.reserveCapacity(Int(count))
        for back in stride(from: count, to: 0, by: -1) {
            let slot = Int((before &- back) % slots)
            guard let event = copy.record(at: offset + slot * MemoryLayout<dw_event>.size, as: dw_event.self),
                event.when != 0
            else { continue }
            events.append(self.event(event))
        }
        return events
    }

    private func event(_ event: dw_event) -> RegisteredEvent {
        let number = UInt32(event.when & 0xFF)
        let action: RegisteredEvent.Action
        var hasKind = true
        switch dw_event_kind(number & 0xF0) {
        case DW_EVENT_WAIT: action = .waitBegan
        case DW_EVENT_WAKE: action = .waitEnded
        case DW_EVENT_SIGNAL: action = .signalled
        case DW_EVENT_BROADCAST: action = .broadcast
        case DW_EVENT_ACQUIRE: action = .acquired
        case DW_EVENT_RELEASE: action = .released
        case DW_EVENT_CREATE:
            hasKind = false
            action =
                number == DW_EVENT_CREATE.rawValue
                ? .created : number == DW_EVENT_EXIT.rawValue ? .exited : .unknown
        default:
            hasKind = false
            action = .unknown
        }
        // How a thread ended stands in its record, too.
        let error = action == .exited ? 0 : UInt16(truncatingIfNeeded: event.what)
        return RegisteredEvent(
            time: layout.header.start_monotonic &+ (event.when >> 8), action: action,
            kind: hasKind ? kind(number & 0x0F) : nil, object: (event.what >> 16).address,
            error: error == 0 ? nil : error)
    }

    private func held(_ look: ThreadLook, _ position: Int) -> (locks: [RegisteredHeldLock], dropped: UInt32)? {
        guard let copy = look.held, let area = layout.area(DW_AREA_HELD),
            let record = copy.record(at: position * area.recordSize, as: dw_held_record.self)
        else { return nil }
        let limit = UInt32(DW_HELD)
        let locks = withUnsafeBytes(of: record.locks) { raw in
            (0..<Int(min(record.depth, limit))).compactMap { number -> RegisteredHeldLock? in
                let lock = raw.loadUnaligned(
                    fromByteOffset: number * MemoryLayout<dw_held_lock>.size, as: dw_held_lock.self)
                // A release under way has emptied its entry before it lowered the depth.
                guard let object = lock.object.address else { return nil }
                return RegisteredHeldLock(object: object, kind: lockKind(lock.site), site: Self.lockSite(lock.site))
            }
        }
        return (locks, record.depth > limit ? record.depth - limit : 0)
    }

    private mutating func append(
        _ source: dw_thread_record, activity: Activity?, held: (locks: [RegisteredHeldLock], dropped: UInt32)?,
        hasActivities: Bool
    ) {
        var thread = RegisteredThread(serial: source.serial, id: self.thread(source.tid), state: state(source.state))
        let name = source.name_text == 0 ? nil : text(source.name_text)
        let short = Self.text(of: source.name)
        thread.name = name ?? (short.isEmpty ? nil : short)
        thread.role = text(source.role)
        let flags = UInt32(source.flags)
        thread.isMain = flags & DW_THREAD_MAIN.rawValue != 0
        thread.isDetached = flags & DW_THREAD_DETACHED.rawValue != 0
        thread.isLate = flags & DW_THREAD_LATE.rawValue != 0
        thread.wasCancelAsked = flags & DW_THREAD_CANCEL_ASKED.rawValue != 0
        thread.wasJoined = flags & DW_THREAD_JOINED.rawValue != 0
        thread.creator = self.thread(source.creator_tid)
        thread.creatorSerial = source.creator_serial.nonzero
        thread.handle = source.handle.address
        thread.startRoutine = source.start_routine.address
        thread.argument = source.argument.nonzero
        thread.created = source.created.nonzero
        thread.exited = source.exited.nonzero
        thread.end = end(source.end)
        thread.creationStack = stack(source.creation_stack)
        if let activity {
            let source = activity.record
            thread.waits = source.waits
            thread.timeouts = source.timeouts
            thread.eventCount = source.event_count
            thread.events = activity.events
            thread.wait = wait(source)
        } else {
            gaps.add(
                thread.id.map { .thread($0) } ?? subject, "read what a thread of the registry waits for",
                hasActivities ? "torn record: its owner was in the middle of a change" : "its memory could not be read")
        }
        thread.heldLocks = held?.locks
        thread.heldLocksDropped = held?.dropped ?? 0
        record.threads.append(thread)
    }

    private mutating func wait(_ source: dw_activity_record) -> RegisteredWait? {
        guard let kind = kind(UInt32(source.kind)) else { return nil }
        let flags = UInt32(source.flags)
        return RegisteredWait(
            kind: kind, object: Address(source.object), mutex: source.mutex.address, since: source.since.nonzero,
            timeout: flags & DW_WAIT_TIMED.rawValue != 0 ? source.timeout : nil,
            timeoutsInARow: source.timeouts_in_a_row, stack: stack(source.stack), idleReason: text(UInt32(source.idle)),
            isIdle: flags & DW_WAIT_IDLE.rawValue != 0, isNested: flags & DW_WAIT_NESTED.rawValue != 0,
            isShared: flags & DW_WAIT_SHARED.rawValue != 0)
    }

    private func state(_ number: UInt32) -> RegisteredThread.State {
        switch dw_thread_state(number) {
        case DW_THREAD_CREATED: .created
        case DW_THREAD_RUNNING: .running
        case DW_THREAD_ENDING: .ending
        case DW_THREAD_EXITED: .exited
        default: .unknown
        }
    }

    private func end(_ number: UInt16) -> RegisteredThread.End? {
        switch dw_thread_end(UInt32(number)) {
        case DW_END_NONE: nil
        case DW_END_RETURNED: .returned
        case DW_END_PTHREAD_EXIT: .pthreadExit
        case DW_END_CANCELLED: .cancelled
        default: .unknown
        }
    }
}
