import CLinux
import Glibc
import ProcessModel

/// The looks at threads that need no stop.
extension LiveCapture {
    /// First looks, stacks, objects, second looks; then once more, in smaller and smaller groups, those that had moved.
    func lookAtAll() {
        var begin = monotonicNanoseconds()
        lookFirstAtAll(copyingStacks: true)
        step("first look", since: begin)
        begin = monotonicNanoseconds()
        copyObjects(of: Array(records.indices))
        step("objects", since: begin)
        begin = monotonicNanoseconds()
        lookAgain(Array(records.indices))
        step("second look", since: begin)
        begin = monotonicNanoseconds()
        // A thread that wakes every millisecond is asleep for most of the time: a shorter look catches it.
        var hasRetried = false
        for round in 0..<4 {
            let restless = records.indices.filter { records[$0].outcome == .moved || records[$0].outcome == .running }
            if restless.isEmpty || isPastDeadline { break }
            if round > 0 { usleep(100 << UInt32(round)) }
            hasRetried = true
            memory.forget(Set(restless.map { records[$0].id }))
            for index in restless {
                look(at: index)
                copyStacks(of: [index])
                copyObjects(of: [index])
                lookAgain([index])
            }
        }
        if hasRetried { extendInstants() }
        step("retries", since: begin)
    }

    /// Reads counters, registers, name and state of each thread and, if wanted, copies the stacks of those that are
    /// blocked: from two threads when there are many, since nearly all of the time is spent in the kernel.
    func lookFirstAtAll(copyingStacks: Bool) {
        let look = ThreadLook(tasks: tasks, areStopped: areStopped)
        if statistics.isEmpty { FileDescriptorLimit.makeRoom(for: min(records.count, descriptorBudget)) }
        shareRecords { records, range, told, copier, part, budget in
            var stretches: [StackCopier.Stretch] = []
            for (index, told) in zip(range, told) {
                look.first(&records[index], told: told, budget: &budget)
                guard copyingStacks, records[index].outcome == .moved,
                    let range = records[index].image.thread.registers.stackPointer.flatMap(stackRange)
                else { continue }
                stretches.append(StackCopier.Stretch(index: index, range: range))
            }
            copier.copy(stretches, of: records, into: &part)
        }
        if copyingStacks {
            // Stacks that were mapped after the list was read.
            copyStacks(
                of: records.indices.filter { records[$0].outcome == .moved && records[$0].image.stackEnd == nil })
        }
    }

    /// Shares all records out among this thread and a second one, a few dozen at a time: each gets what taskstats says of
    /// them now, its own copier, part of the memory and share of the descriptors that may still be opened. What `body`
    /// does must be free of everything else that changes.
    func shareRecords(
        _ body: (
            _ records: UnsafeMutableBufferPointer<ThreadRecord>, _ range: Range<Int>,
            _ told: [TaskStatistics.Record?], _ copier: StackCopier, _ part: inout CapturedPart, _ budget: inout Int
        ) -> Void
    ) {
        let copiers = copiers
        let statistics = statistics.count == 2 ? statistics : []
        let half = descriptorBudget / 2
        // A process with few threads is not shared.
        var budgets = records.count > HelperThread.fewest ? (descriptorBudget - half, half) : (descriptorBudget, 0)
        records.withUnsafeMutableBufferPointer { records in
            memory.fillBoth { main, side in
                HelperThread.share(records.count) { range, worker in
                    let told =
                        statistics.isEmpty
                        ? Array(repeating: nil, count: range.count)
                        : statistics[worker].read(records[range].map(\.id))
                    if worker == 0 {
                        body(records, range, told, copiers[0], &main, &budgets.0)
                    } else {
                        body(records, range, told, copiers[1], &side, &budgets.1)
                    }
                }
            }
        }
        descriptorBudget = budgets.0 + budgets.1
    }

    func look(at index: Int) {
        ThreadLook(tasks: tasks, areStopped: areStopped).first(&records[index], budget: &descriptorBudget)
    }

    func counters(of index: Int) -> SchedulerCounters? {
        ThreadLook(tasks: tasks, areStopped: areStopped).counters(&records[index], budget: &descriptorBudget)
    }

    /// The stretch to copy of a stack: from the red zone below the stack pointer (System V ABI AMD64 supplement,
    /// 3.2.2) to the end of the mapping, at most `maximumStackBytes`. Nil when the stack pointer points nowhere.
    func stackRange(_ stackPointer: Address) -> MemoryRange? {
        guard let mapping = mappings.mapping(holding: stackPointer), mapping.permissions.contains(.read) else {
            return nil
        }
        let start = max(mapping.start.rawValue, (stackPointer.rawValue &- min(128, stackPointer.rawValue)) & ~7)
        let limit = UInt64(min(max(options.maximumStackBytes, 4096), 1 << 30))
        return MemoryRange(start: Address(start), count: Int(min(mapping.end.rawValue - start, limit)))
    }

    /// Copies the stacks of those of these threads that were seen blocked. `areHeld`: something is stopped meanwhile, so
    /// that the list of mappings is not read anew for a stack that is not in it; it is then copied as far as there is
    /// memory.
    func copyStacks(of indexes: [Int], areHeld: Bool = false) {
        var stretches: [StackCopier.Stretch] = []
        var hasReadMappings = false
        for index in indexes where records[index].outcome == .moved {
            guard let stackPointer = records[index].image.thread.registers.stackPointer else { continue }
            var range = areHeld ? heldRange(stackPointer) : stackRange(stackPointer)
            if range == nil, !hasReadMappings {
                hasReadMappings = true
                if let fresh = try? target.mappings() { mappings = fresh.mappings }
                range = stackRange(stackPointer)
            }
            if let range { stretches.append(StackCopier.Stretch(index: index, range: range)) }
        }
        records.withUnsafeMutableBufferPointer { records in
            memory.fillBoth { main, _ in copiers[0].copy(stretches, of: records, into: &main) }
        }
    }

    /// The stretch of a stack that may be in no mapping of the list, which is not read anew now.
    func heldRange(_ stackPointer: Address) -> MemoryRange {
        stackRange(stackPointer)
            ?? MemoryRange(
                start: Address(stackPointer.rawValue & ~7), count: min(max(options.maximumStackBytes, 4096), 1 << 30))
    }

    /// Copies what `objectRanges` asks for, each start once: all of these threads were seen blocked before and are
    /// looked at again afterwards, so that one copy serves all.
    func copyObjects(of indexes: [Int]) {
        var counts: [Address: Int] = [:]
        for index in indexes where records[index].outcome == .moved {
            guard let call = records[index].image.thread.systemCall else { continue }
            for (start, count) in options.objectRanges(call, live).prefix(16) where count > 0 {
                let aligned = Address(start.rawValue & ~7)
                let whole = min(count, 64 << 10) + Int(start.rawValue & 7)
                counts[aligned] = max(counts[aligned] ?? 0, whole)
            }
        }
        var ranges: [MemoryRange] = []
        var total = 0
        for (start, count) in counts.sorted(by: { $0.key < $1.key }) {
            if total + count > scratch.count {
                keepObjects(ranges)
                ranges = []
                total = 0
            }
            ranges.append(MemoryRange(start: start, count: count))
            total += count
        }
        keepObjects(ranges)
    }

    private func keepObjects(_ ranges: [MemoryRange]) {
        if ranges.isEmpty { return }
        let counts = live.gather(ranges, into: scratch)
        var offset = 0
        for (position, range) in ranges.enumerated() {
            let bytes = UnsafeRawBufferPointer(rebasing: scratch[offset..<(offset + counts[position])])
            offset += range.count
            if !bytes.isEmpty { _ = memory.append(bytes, at: range.start, owner: nil) }
        }
    }

    /// A thread whose run count is what it was has not run: all that was read of it is of one instant.
    func lookAgain(_ indexes: [Int]) {
        if indexes.count == records.count {
            let look = ThreadLook(tasks: tasks, areStopped: areStopped)
            return shareRecords { records, range, told, _, _, budget in
                for (index, told) in zip(range, told) { look.second(&records[index], told: told, budget: &budget) }
            }
        }
        for index in indexes {
            ThreadLook(tasks: tasks, areStopped: areStopped).second(&records[index], budget: &descriptorBudget)
        }
    }
}
