import CLinux
import Glibc
import ProcessModel

/// The looks at threads that need no stop.
extension LiveCapture {
    /// First looks, stacks, objects, second looks; then once more, in smaller and smaller groups, those that had moved.
    func lookAtAll() {
        var begin = monotonicNanoseconds()
        lookFirst(Array(records.indices), groupSize: 256)
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
                lookFirst([index], groupSize: 1)
                copyObjects(of: [index])
                lookAgain([index])
            }
        }
        if hasRetried { extendInstants() }
        step("retries", since: begin)
    }

    /// Reads counters, registers, name and state of each thread and copies its stack.
    func lookFirst(_ indexes: [Int], groupSize: Int) {
        if indexes.count == records.count {
            lookInParallel()
        } else {
            for index in indexes { look(at: index) }
        }
        for start in stride(from: 0, to: indexes.count, by: groupSize) {
            copyStacks(of: indexes[start..<min(start + groupSize, indexes.count)])
        }
    }

    /// Looks at all threads, from two threads when there are many: nearly all of the time is spent in the kernel.
    func lookInParallel() {
        let look = ThreadLook(tasks: tasks, areStopped: areStopped)
        let budget = descriptorBudget
        FileDescriptorLimit.makeRoom(for: min(records.count, budget))
        descriptorBudget = records.withUnsafeMutableBufferPointer { records in
            let middle = records.count > 256 ? records.count / 2 : 0
            let shares = [budget * middle / max(records.count, 1), 0]
            var left = [shares[0], budget - shares[0]]
            left.withUnsafeMutableBufferPointer { left in
                func work(_ range: Range<Int>, _ share: Int) {
                    for index in range { look.first(&records[index], budget: &left[share]) }
                }
                let isHelped =
                    middle > 0
                    && HelperThread.run(during: { work(middle..<records.count, 1) }, { work(0..<middle, 0) })
                if !isHelped { work(0..<records.count, 1) }
            }
            return left[0] + left[1]
        }
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
    func copyStacks(of indexes: ArraySlice<Int>, areHeld: Bool = false) {
        var ranges: [MemoryRange] = []
        var owners: [Int] = []
        var total = 0
        var hasReadMappings = false
        func flush() {
            copy(ranges, owners: owners)
            ranges.removeAll(keepingCapacity: true)
            owners.removeAll(keepingCapacity: true)
            total = 0
        }
        for index in indexes where records[index].outcome == .moved {
            guard let stackPointer = records[index].image.thread.registers.stackPointer else { continue }
            var range = stackRange(stackPointer)
            if range == nil, areHeld {
                range = MemoryRange(
                    start: Address(stackPointer.rawValue & ~7),
                    count: min(max(options.maximumStackBytes, 4096), 1 << 30))
            } else if range == nil, !hasReadMappings {
                // A stack that was mapped after the list was read.
                hasReadMappings = true
                if let fresh = try? target.mappings() { mappings = fresh.mappings }
                range = stackRange(stackPointer)
            }
            guard let range else { continue }
            if total + range.count > scratch.count { flush() }
            ranges.append(range)
            owners.append(index)
            total += range.count
        }
        flush()
    }

    func copy(_ ranges: [MemoryRange], owners: [Int]) {
        if ranges.isEmpty { return }
        let counts = live.gather(ranges, into: scratch)
        var offset = 0
        for (position, range) in ranges.enumerated() {
            let bytes = UnsafeRawBufferPointer(rebasing: scratch[offset..<(offset + counts[position])])
            offset += range.count
            let index = owners[position]
            if bytes.isEmpty { continue }
            if memory.append(bytes, at: range.start, owner: records[index].id) {
                records[index].image.stackEnd = range.start + UInt64(bytes.count)
            } else {
                records[index].stackProblem = "there is no room left for copies"
            }
        }
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
        for index in indexes {
            guard records[index].outcome == .moved, let first = records[index].image.thread.counters,
                let second = counters(of: index), first.runs == second.runs
            else { continue }
            records[index].outcome = .captured
            records[index].image.thread.instant.end = monotonicNanoseconds()
            records[index].image.thread.instant.proof = .runCountUnchanged
        }
    }
}
