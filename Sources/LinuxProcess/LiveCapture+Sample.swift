import Glibc
import ProcessModel

/// What one thread did while it was sampled.
public struct ThreadActivity: Hashable, Sendable {
    public var thread: ThreadID
    public var progress: Progress
    /// How often it was put on a CPU since the capture (since the start of the sampling, if the capture stopped it).
    public var runs: UInt64
    /// For how long it was on a CPU in that time, nanoseconds.
    public var cpuNanoseconds: UInt64
    /// How many of the looks found it on a CPU.
    public var looksRunning: Int
}

/// Progress evidence: what moved since the capture.
extension LiveCapture {
    /// Identifies a stack: equal values mean the same frames. Called with the registers of one look, and memory whose
    /// stack is of the same look. Nil: not told.
    public typealias StackFingerprint = (ThreadImage, any MemorySource) -> UInt64?

    /// Looks `count` times (1...1,000) at all threads of the capture, with `interval` nanoseconds before each look, and
    /// sets `progress` of the threads in `image`, which must be the one this object has captured.
    ///
    /// Nothing is stopped. A thread whose run count is what it was at the capture is unmoved. One that has run is held
    /// against the place where it slept at the capture, or at the first look that found it asleep: stack pointer,
    /// program counter, system call with its arguments, and the stack's fingerprint. The same at every look at which
    /// it was not on a CPU: polling. On a CPU at every look: running. Anything else: moving; so is a thread that has
    /// exited meanwhile.
    ///
    /// `fingerprint` should walk the stack and hash the return addresses. Without it, all words of the copied stack
    /// that point into code are hashed with their places; remains of earlier calls between the frames are among them,
    /// so that a thread that polls may then pass for one that moves, never the other way round.
    @discardableResult
    public func sample(
        count: Int, interval: UInt64, in image: inout ProcessImage, fingerprint: StackFingerprint? = nil
    ) -> [ThreadActivity] {
        let begin = monotonicNanoseconds()
        let code = mappings.filter { $0.permissions.contains(.execute) }.map { ($0.start.rawValue, $0.end.rawValue) }
        let fingerprint = fingerprint ?? { Self.hashOfCodeWords($0, $1, code: code) }
        let indexes = Dictionary(records.indices.map { (records[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        var observations = image.threads.map { thread in
            // A thread that was let go may still wait for a CPU to go back to sleep.
            Observation(
                thread,
                baseline: indexes[thread.thread.id].flatMap { baselineCounters(of: $0, limit: begin + 50_000_000) })
        }
        for _ in 0..<min(max(count, 1), 1000) {
            if isPastDeadline { break }
            Self.sleep(interval)
            for position in image.threads.indices {
                guard let index = indexes[image.threads[position].thread.id] else { continue }
                observe(index, image.threads[position], image.memory, &observations[position], fingerprint)
            }
        }
        var activities: [ThreadActivity] = []
        for position in image.threads.indices {
            let activity = observations[position].activity(of: image.threads[position].thread.id)
            image.threads[position].thread.progress = activity?.progress
            if let activity { activities.append(activity) }
        }
        step("samples", since: begin)
        image.timing = timing
        return activities
    }

    /// What was seen of one thread.
    private struct Observation {
        let baseline: SchedulerCounters?
        var last: SchedulerCounters?
        var looks = 0
        var looksRunning = 0
        var wasSame = false
        var wasElsewhere = false
        /// It was asleep at the last look.
        var isAsleep = false
        var place: UInt64?
        var reference: ThreadImage?

        init(_ thread: ThreadImage, baseline: SchedulerCounters?) {
            self.baseline = baseline
            last = baseline
        }

        /// Nil when the counters cannot be read, so that nothing is known.
        func activity(of thread: ThreadID) -> ThreadActivity? {
            guard looks > 0, let baseline, let last else { return nil }
            let progress: Progress =
                if looksRunning == looks { .running } else if wasElsewhere {
                    .moving
                } else if last.runs == baseline.runs { .unmoved } else if wasSame { .polling } else { .moving }
            return ThreadActivity(
                thread: thread, progress: progress, runs: last.runs &- baseline.runs,
                cpuNanoseconds: last.cpuNanoseconds &- baseline.cpuNanoseconds, looksRunning: looksRunning)
        }
    }

    /// Of the capture; for a thread that our own stop has made run, of when it is back asleep, or of `limit`.
    private func baselineCounters(of index: Int, limit: UInt64) -> SchedulerCounters? {
        let thread = records[index].image.thread
        if thread.stoppedNanoseconds == nil { return thread.counters }
        while tasks.systemCall(of: thread.id) == .running, monotonicNanoseconds() < limit { Self.sleep(500_000) }
        return counters(of: index)
    }

    private func observe(
        _ index: Int, _ captured: ThreadImage, _ memory: any MemorySource, _ observation: inout Observation,
        _ fingerprint: StackFingerprint
    ) {
        guard let baseline = observation.baseline else { return }
        observation.looks += 1
        guard let now = counters(of: index) else {
            observation.wasElsewhere = true
            return
        }
        // Not once put on a CPU: either it still sleeps, or it has been on one all the time.
        if now.runs == baseline.runs, captured.thread.instant.proof == .runCountUnchanged {
            observation.last = now
            observation.wasSame = true
            return
        }
        // Asleep since the last look: its place is known.
        if observation.isAsleep, now.runs == observation.last?.runs { return }
        observation.isAsleep = false
        // A place counts only if the thread did not run while it was read.
        for attempt in 0..<3 {
            guard let (look, before) = place(of: index) else {
                observation.wasElsewhere = true
                return
            }
            observation.last = before
            guard let look else {
                observation.looksRunning += 1
                return
            }
            let isSame = isSamePlace(look, captured, memory, &observation, fingerprint)
            guard let after = counters(of: index), after.runs != before.runs, attempt < 2 else {
                if isSame == true { observation.wasSame = true }
                if isSame == false { observation.wasElsewhere = true }
                observation.isAsleep = true
                return
            }
        }
    }

    /// Registers and call of a thread now, with the counters before; nil inside when it is on a CPU, nil when it is gone.
    private func place(of index: Int) -> (look: ThreadImage?, counters: SchedulerCounters)? {
        let id = records[index].id
        guard let before = counters(of: index), let look = tasks.systemCall(of: id) else { return nil }
        guard case .blocked(let call, let stackPointer, let programCounter) = look else { return (nil, before) }
        var thread = Thread(id: id, state: .sleeping)
        thread.registers = RegisterSet(
            blockedIn: call, stackPointer: stackPointer, programCounter: programCounter)
        thread.systemCall = call.map {
            $0.number == SystemCallNumber.restartSyscall
                ? RestartedCall.resolve($0, waitChannel: tasks.waitChannel(of: id)) : $0
        }
        return (ThreadImage(thread: thread), before)
    }

    /// Holds a look against the place where the thread slept before: at the capture, or, when it was awake then, at the
    /// first look that found it asleep, which itself tells nothing.
    private func isSamePlace(
        _ look: ThreadImage, _ captured: ThreadImage, _ memory: any MemorySource, _ observation: inout Observation,
        _ fingerprint: StackFingerprint
    ) -> Bool? {
        if observation.reference == nil, captured.thread.systemCall != nil {
            // With no more registers than a look without a stop gives, so that both walks can go equally far.
            var plain = captured
            plain.thread.registers = RegisterSet(
                blockedIn: captured.thread.systemCall,
                stackPointer: captured.thread.registers.stackPointer ?? Address(0),
                programCounter: captured.thread.registers.programCounter ?? Address(0))
            observation.reference = plain
            observation.place = fingerprint(plain, memory)
        }
        if let reference = observation.reference {
            guard look.thread.registers.stackPointer == reference.thread.registers.stackPointer,
                look.thread.registers.programCounter == reference.thread.registers.programCounter,
                Self.areSameWait(look.thread.systemCall, reference.thread.systemCall)
            else { return false }
        }
        guard let place = placeOfStack(look, fingerprint) else { return false }
        guard observation.reference != nil else {
            observation.reference = look
            observation.place = place
            return nil
        }
        return place == observation.place
    }

    private func placeOfStack(_ look: ThreadImage, _ fingerprint: StackFingerprint) -> UInt64? {
        guard let range = look.thread.registers.stackPointer.flatMap(stackRange),
            let copy = try? CapturedMemory(live: live, capacity: range.count + (64 << 10))
        else { return nil }
        let counts = live.gather([range], into: scratch)
        guard counts[0] > 0,
            copy.append(UnsafeRawBufferPointer(rebasing: scratch[..<counts[0]]), at: range.start, owner: nil)
        else { return nil }
        copy.seal()
        var look = look
        look.stackEnd = range.start + UInt64(counts[0])
        return fingerprint(look, copy)
    }

    /// Whether two calls are one and the same wait: number and arguments. Registers beyond a call's arguments hold
    /// whatever was in them; of a futex wait, the timeout's address and what follows do not count either.
    private static func areSameWait(_ left: SystemCall?, _ right: SystemCall?) -> Bool {
        guard left?.number == right?.number else { return false }
        guard let left, let right else { return true }
        let count = argumentCounts[left.number] ?? 6
        return left.arguments.prefix(count).elementsEqual(right.arguments.prefix(count))
    }

    /// How many arguments of the calls in which threads commonly sleep identify the wait (the manual pages of section
    /// 2); a timeout in a register changes from one wait to the next.
    private static let argumentCounts: [Int: Int] = [
        SystemCallNumber.futex: 2, SystemCallNumber.poll: 2, SystemCallNumber.nanosleep: 1,
        SystemCallNumber.clockNanosleep: 2, SystemCallNumber.epollWait: 3, SystemCallNumber.epollPwait: 3,
        SystemCallNumber.epollPwait2: 3, SystemCallNumber.read: 2, SystemCallNumber.accept: 1,
        SystemCallNumber.accept4: 1, SystemCallNumber.recvfrom: 2, SystemCallNumber.recvmsg: 2,
        SystemCallNumber.semop: 3, SystemCallNumber.semtimedop: 3, SystemCallNumber.rtSigtimedwait: 3,
    ]

    /// The words of the copied stack that point into code, with their distance from the stack pointer (FNV-1a).
    private static func hashOfCodeWords(
        _ thread: ThreadImage, _ memory: any MemorySource, code: [(UInt64, UInt64)]
    ) -> UInt64? {
        guard let start = thread.thread.registers.stackPointer, let end = thread.stackEnd, start < end,
            let bytes = memory.bytes(start, count: Int(min(end.distance(above: start), 1 << 30)))
        else { return nil }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        bytes.withUnsafeBytes { bytes in
            for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard code.contains(where: { $0.0 <= word && word < $0.1 }) else { continue }
                hash = (hash ^ UInt64(offset)) &* 0x100_0000_01b3
                hash = (hash ^ word) &* 0x100_0000_01b3
            }
        }
        return hash
    }

    private static func sleep(_ nanoseconds: UInt64) {
        var time = timespec(
            tv_sec: Int(min(nanoseconds / 1_000_000_000, 86_400)), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var rest = timespec()
        while nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
    }
}
