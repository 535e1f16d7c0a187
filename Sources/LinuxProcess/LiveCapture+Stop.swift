import CLinux
import Glibc
import ProcessModel

/// Stops of single threads: those that run, and those whose stack needs a register that only a stop shows.
extension LiveCapture {
    /// How long a thread may take to answer an interrupt: a runnable one on a machine with many runnable others.
    static let stopLimit: UInt64 = 250_000_000

    /// Stops, one by one, the threads that could not be captured without.
    func stopRestless() throws(LinuxProcessError) {
        let restless = records.indices.filter { records[$0].outcome == .moved || records[$0].outcome == .running }
        if restless.isEmpty || isForeign { return }
        let begin = monotonicNanoseconds()
        try ThreadTracer.withTracerThread(isUrgent: false) {
            for index in restless {
                if isPastDeadline {
                    gaps.append(
                        Gap(
                            .thread(records[index].id), operation: "stop the thread",
                            reason: "the time for the capture was over"))
                    continue
                }
                stop(index, keepingStack: false)
            }
        }
        step("stops", since: begin)
        extendInstants()
    }

    /// Gets all registers of `threads`, whose stack walk missed one: each is stopped for some 50 microseconds.
    ///
    /// A thread that has not run since its stack was copied keeps it, and its instant; of one that has, stack and
    /// system call are taken anew. Threads that cannot or must not be stopped stay as they are, with a gap. Threads
    /// that are not in `image`, or have all registers, are passed over. Does nothing in the mode `noStop`.
    public func completeRegisters(of threads: [ThreadID], in image: inout ProcessImage) {
        guard options.mode != .noStop, !isForeign, !threads.isEmpty else { return }
        let begin = monotonicNanoseconds()
        let indexes = Dictionary(records.indices.map { (records[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        let wanted = threads.compactMap { indexes[$0] }.filter {
            records[$0].image.thread.registers[X86Register.rbp] == nil
        }
        let oldGaps = gaps.count
        var moved = false
        do {
            try ThreadTracer.withTracerThread(isUrgent: false) {
                for index in wanted {
                    stop(index, keepingStack: true)
                    if records[index].image.thread.instant.proof == .stopped { moved = true }
                }
            }
        } catch {
            gaps.append(
                Gap(.process, operation: "stop threads for their registers", reason: "\(error)", help: error.help))
        }
        if moved {
            memory.seal()
            extendInstants()
        }
        step("registers", since: begin)
        for position in image.threads.indices {
            guard let index = indexes[image.threads[position].thread.id] else { continue }
            if wanted.contains(index) {
                image.threads[position] = records[index].image
            } else if moved {
                image.threads[position].thread.instant = records[index].image.thread.instant
            }
        }
        image.gaps += gaps[oldGaps...]
        image.timing = timing
    }

    /// Somebody else traces the process.
    var isForeign: Bool { (target.tracer?.rawValue ?? 0) != 0 || isRefused }

    /// Stops one thread, reads what is wanted of it, and lets it go. `keepingStack`: if it has not moved since it was
    /// looked at, only its registers are read.
    func stop(_ index: Int, keepingStack: Bool) {
        let id = records[index].id
        guard mayStop(index) else { return }
        do throws(ThreadTracer.Failure) {
            let held = try ThreadTracer.hold(id, limit: Self.stopLimit) {
                let state = tasks.stat(of: id)?.state
                return state == .diskSleep || state == .zombie || state == nil
            }
            takeOver(index, held, keepingStack: keepingStack)
            let nanoseconds = ThreadTracer.release(held)
            records[index].image.thread.stoppedNanoseconds = nanoseconds
            timing.stoppedThreads += 1
            timing.totalStopNanoseconds += nanoseconds
            timing.longestStopNanoseconds = max(timing.longestStopNanoseconds, nanoseconds)
        } catch {
            note(error, of: index)
        }
    }

    /// A last look before a stop: what the thread does now decides whether it may be stopped.
    private func mayStop(_ index: Int) -> Bool {
        let id = records[index].id
        guard let stat = tasks.stat(of: id) else {
            records[index].outcome = .gone
            return false
        }
        // The kernel refuses to trace it (ptrace_attach in kernel/ptrace.c), which would pass for a missing permission.
        if stat.state == .zombie || stat.state == .dead { return false }
        if stat.state == .diskSleep {
            noteUninterruptible(index)
            return false
        }
        guard !options.allowInterruptingCalls, case .blocked(let call?, _, _) = tasks.systemCall(of: id) else {
            return true
        }
        guard case .interrupted(let name) = InterruptibleCall.answer(for: call, of: process) else { return true }
        noteInterruptible(index, name: name)
        return false
    }

    func noteUninterruptible(_ index: Int) {
        let id = records[index].id
        records[index].image.thread.state = .diskSleep
        let channel = tasks.waitChannel(of: id) ?? "not told"
        gaps.append(
            Gap(
                .thread(id), operation: "stop the thread",
                reason: "it is in uninterruptible sleep; kernel wait channel \(channel)",
                help: "As root, `cat /proc/\(id)/stack` shows where it stands in the kernel."))
    }

    func noteInterruptible(_ index: Int, name: String) {
        gaps.append(
            Gap(
                .thread(records[index].id), operation: "stop the thread for its registers",
                reason: "a stop would make its \(name) return EINTR (signal(7))",
                help: "Use --allow-eintr if the program can take that."))
    }

    func note(_ failure: ThreadTracer.Failure, of index: Int) {
        let id = records[index].id
        switch failure {
        case .gone:
            records[index].outcome = .gone
        case .late:
            if tasks.stat(of: id)?.state == .diskSleep {
                noteUninterruptible(index)
            } else {
                gaps.append(Gap(.thread(id), operation: "stop the thread", reason: "it did not stop in time"))
            }
        case .refused(let code):
            guard !isRefused else { return }
            isRefused = true
            let status = tasks.status(of: id)
            if let tracer = status?.tracer, tracer.rawValue != 0 {
                gaps.append(tracedGap(by: tracer))
            } else {
                gaps.append(
                    Gap(
                        .process, operation: "stop threads", reason: LinuxProcessError.text(of: code),
                        help: ProcessAccess(process, status: status).advice))
            }
        }
    }

    /// Reads registers, call, stack and objects of a thread that is held.
    func takeOver(_ index: Int, _ held: ThreadTracer.Held, keepingStack: Bool) {
        guard let registers = ThreadTracer.registers(of: held), registers.runs64BitCode else {
            records[index].outcome = .unreadable(reason: "it runs code that is not 64-bit x86-64")
            return
        }
        note(registers, of: index, isGroupStop: held.isGroupStop)
        let old = records[index].image.thread
        let fresh = RegisterSet(registers)
        // Woken by us and by nobody else since the first look: it has run once, into the stop.
        let hasOnlyStopped =
            keepingStack && records[index].outcome == .captured && fresh.stackPointer == old.registers.stackPointer
            && fresh.programCounter == old.registers.programCounter
            && (registers.callBeforeStop == nil) == (old.systemCall == nil)
            && counters(of: index)?.runs == old.counters.map { $0.runs &+ 1 }
        if hasOnlyStopped {
            records[index].image.thread.registers = fresh
            records[index].image.threadPointer = Address(UInt64(registers.fs_base))
            records[index].image.thread.instant.end = held.stopped
            return
        }
        memory.forget([records[index].id])
        setRegisters(index, registers, isGroupStop: held.isGroupStop)
        records[index].outcome = .moved
        copyStacks(of: [index], areHeld: true)
        copyObjects(of: [index])
        records[index].outcome = .captured
        records[index].image.thread.instant = Instant(
            start: held.stopped, end: monotonicNanoseconds(), proof: .stopped)
    }

    func setRegisters(_ index: Int, _ registers: user_regs_struct, isGroupStop: Bool) {
        let call = registers.callBeforeStop.map {
            RestartedCall.resolve($0, waitChannel: records[index].image.thread.kernelWaitChannel)
        }
        records[index].image.thread.registers = RegisterSet(registers)
        records[index].image.threadPointer = Address(UInt64(registers.fs_base))
        records[index].image.thread.systemCall = call
        records[index].image.thread.state = isGroupStop ? .stopped : call == nil ? .running : .sleeping
        if call == nil { records[index].image.thread.kernelWaitChannel = nil }
    }

    /// A call that a running thread entered after the last look and that our stop has ended.
    func note(_ registers: user_regs_struct, of index: Int, isGroupStop: Bool) {
        guard !options.allowInterruptingCalls, !isGroupStop, let call = registers.interruptedCall,
            let name = InterruptibleCall.name(of: call.number)
        else { return }
        gaps.append(
            Gap(
                .thread(records[index].id), operation: "leave its system call undisturbed",
                reason: "it entered \(name) while it was being stopped, and the call returned EINTR",
                help: "Use --no-stop if the program cannot take that."))
    }

    /// All threads that did not run until now have not run in all the time since their first look: their instants then
    /// reach over those of the threads that were captured later.
    func extendInstants() {
        let look = ThreadLook(tasks: tasks, areStopped: areStopped)
        shareRecords { records, range, told, _, _, budget in
            for (index, told) in zip(range, told) { look.extend(&records[index], told: told, budget: &budget) }
        }
    }
}
