import CLinux
import Glibc
import ProcessModel

/// All threads in one instant.
extension LiveCapture {
    /// Stops every thread, reads registers, stacks and objects, and lets all go again.
    ///
    /// A thread in a call that a stop would end with EINTR is left asleep (unless allowed) and read without a stop
    /// within the same window, and so is one in uninterruptible sleep: neither runs in it, as its run count shows. What
    /// can be done before the window is: lists, looks, memory touched.
    func stopAllThreads() throws(LinuxProcessError) {
        var begin = monotonicNanoseconds()
        var spared: [Int] = []
        var wanted: [Int] = []
        lookFirstAtAll(copyingStacks: false)
        for index in records.indices {
            if records[index].outcome != .moved && records[index].outcome != .running { continue }
            if mayBeHeld(index) { wanted.append(index) } else { spared.append(index) }
        }
        step("first look", since: begin)
        begin = monotonicNanoseconds()
        // About half of a small stack is zeros.
        memory.prefault(wanted.count * 4096 + (64 << 10))
        for copier in copiers { copier.prefault() }
        step("prefault", since: begin)
        try ThreadTracer.withTracerThread(isUrgent: true) { holdAll(wanted, spared: &spared) }
        memory.trim()
        // Names of the threads that came into being meanwhile are read when nothing is held any more.
        for index in records.indices where records[index].image.thread.name == nil {
            records[index].image.thread.name = tasks.stat(of: records[index].id)?.name
        }
        try readMappings()
    }

    /// Whether a look says that the thread may be stopped; a gap is noted when not.
    private func mayBeHeld(_ index: Int) -> Bool {
        let thread = records[index].image.thread
        if thread.state == .diskSleep {
            noteUninterruptible(index)
            return false
        }
        guard !options.allowInterruptingCalls, let call = thread.systemCall,
            case .interrupted(let name) = InterruptibleCall.answer(for: call, of: process)
        else { return true }
        noteInterruptible(index, name: name)
        return false
    }

    /// A thread that the tracer has seized.
    private struct Seized {
        /// Among the records.
        var index: Int
        /// Before it was seized: a signal may have stopped it from then on.
        var at: UInt64
        /// When it was interrupted.
        var began: UInt64 = 0
    }

    /// The window, and what comes before and after it on the tracer's thread.
    private func holdAll(_ wanted: [Int], spared: inout [Int]) {
        var begin = monotonicNanoseconds()
        var seized: [Seized] = []
        seized.reserveCapacity(records.count)
        for index in wanted { seize(index, into: &seized, spared: &spared) }
        step("seize", since: begin)
        var interrupted: [Seized] = []
        var held: [(index: Int, held: ThreadTracer.Held)] = []
        interrupted.reserveCapacity(wanted.count)
        held.reserveCapacity(wanted.count)
        let window = monotonicNanoseconds()
        begin = window
        for thread in seized { interrupt(thread, into: &interrupted, spared: &spared) }
        step("interrupt", since: begin)
        begin = monotonicNanoseconds()
        waitForAll(&interrupted, into: &held)
        step("wait", since: begin)
        begin = monotonicNanoseconds()
        holdNewThreads(&interrupted, into: &held, spared: &spared)
        step("new threads", since: begin)
        begin = monotonicNanoseconds()
        readSpared(spared)
        let start = monotonicNanoseconds()
        for (index, held) in held { readRegisters(index, held) }
        step("registers", since: begin)
        begin = monotonicNanoseconds()
        let indexes = held.map(\.index).filter { records[$0].outcome == .moved }
        copyHeldStacks(of: indexes)
        copyObjects(of: indexes + spared)
        lookAgain(spared)
        step("copy", since: begin)
        begin = monotonicNanoseconds()
        for index in indexes {
            records[index].outcome = .captured
            records[index].image.thread.instant = Instant(start: start, end: begin, proof: .stopped)
        }
        for (index, held) in held {
            let nanoseconds = ThreadTracer.release(held)
            records[index].image.thread.stoppedNanoseconds = nanoseconds
            timing.longestStopNanoseconds = max(timing.longestStopNanoseconds, nanoseconds)
        }
        step("release", since: begin)
        timing.stoppedThreads = held.count
        let first = held.map(\.held.began).min().map { min($0, window) }
        timing.totalStopNanoseconds = first.map { monotonicNanoseconds() - $0 } ?? 0
    }

    /// Seizing does not stop a thread, so that it is done before the window; but a signal that comes from now on does.
    private func seize(_ index: Int, into seized: inout [Seized], spared: inout [Int]) {
        let thread = Seized(index: index, at: monotonicNanoseconds())
        do throws(ThreadTracer.Failure) {
            try ThreadTracer.seize(records[index].id)
            seized.append(thread)
        } catch {
            note(error, of: index)
            if records[index].outcome == .moved { spared.append(index) }
        }
    }

    private func interrupt(_ thread: Seized, into interrupted: inout [Seized], spared: inout [Int]) {
        let index = thread.index
        // It may have entered a call that must be left alone since the look. It is then let go at the tracer's end,
        // without having been stopped.
        let runs = counters(of: index)?.runs
        if records[index].outcome == .running || runs == nil || runs != records[index].image.thread.counters?.runs {
            look(at: index)
            guard records[index].outcome == .moved || records[index].outcome == .running else { return }
            if !mayBeHeld(index) {
                spared.append(index)
                return
            }
        }
        var thread = thread
        thread.began = monotonicNanoseconds()
        if clinux_ptrace_interrupt(records[index].id.rawValue) < 0 {
            note(.gone, of: index)
        } else {
            interrupted.append(thread)
        }
    }

    private func waitForAll(
        _ interrupted: inout [Seized], into held: inout [(index: Int, held: ThreadTracer.Held)]
    ) {
        // One limit for all: what is late has had the time of all the others.
        for thread in interrupted {
            let id = records[thread.index].id
            do throws(ThreadTracer.Failure) {
                var stop = try ThreadTracer.wait(for: id, began: thread.began, limit: Self.stopLimit) {
                    let state = tasks.stat(of: id)?.state
                    return state == .diskSleep || state == .zombie || state == nil
                }
                if stop.signal != 0 { stop.began = thread.at }
                held.append((thread.index, stop))
            } catch {
                note(error, of: thread.index)
            }
        }
        interrupted = []
    }

    /// Threads that running ones had made before they were stopped. Each round stops all it finds; when a round finds
    /// none, nobody is left to make another.
    private func holdNewThreads(
        _ interrupted: inout [Seized], into held: inout [(index: Int, held: ThreadTracer.Held)], spared: inout [Int]
    ) {
        // As many as there are in the process: nobody else is left who could make another.
        if spared.isEmpty, let one = held.first?.index, tasks.stat(of: records[one].id)?.threadCount == held.count {
            return
        }
        var known = Set(records.map(\.id))
        for _ in 0..<32 {
            let now: [ThreadID]
            do throws(LinuxProcessError) {
                now = try tasks.threads()
            } catch {
                gaps.append(
                    Gap(.process, operation: "look for new threads", reason: error.clause, help: error.help))
                return
            }
            let fresh = now.filter { !known.contains($0) }
            if fresh.isEmpty { return }
            var seized: [Seized] = []
            for id in fresh {
                known.insert(id)
                records.append(ThreadRecord(id: id))
                let index = records.count - 1
                records[index].wasSeen = true
                look(at: index)
                guard records[index].outcome == .moved || records[index].outcome == .running else { continue }
                if mayBeHeld(index) {
                    seize(index, into: &seized, spared: &spared)
                } else {
                    spared.append(index)
                }
            }
            for thread in seized { interrupt(thread, into: &interrupted, spared: &spared) }
            waitForAll(&interrupted, into: &held)
        }
        gaps.append(
            Gap(.process, operation: "stop all threads", reason: "new ones appeared faster than they were stopped"))
    }

    /// A second first look within the window at the threads that are not held.
    private func readSpared(_ spared: [Int]) {
        for index in spared { look(at: index) }
        copyStacks(of: spared, areHeld: true)
    }

    /// The stacks of many threads, from two threads: what is held waits for nothing else in this time.
    private func copyHeldStacks(of indexes: [Int]) {
        let copiers = copiers
        records.withUnsafeMutableBufferPointer { records in
            let stretches = indexes.compactMap { index in
                records[index].image.thread.registers.stackPointer.map {
                    StackCopier.Stretch(index: index, range: heldRange($0))
                }
            }
            memory.fillBoth { main, side in
                HelperThread.share(stretches.count) { range, worker in
                    if worker == 0 {
                        copiers[0].copy(Array(stretches[range]), of: records, into: &main)
                    } else {
                        copiers[1].copy(Array(stretches[range]), of: records, into: &side)
                    }
                }
            }
        }
    }

    private func readRegisters(_ index: Int, _ held: ThreadTracer.Held) {
        guard let registers = ThreadTracer.registers(of: held), registers.runs64BitCode else {
            records[index].outcome = .unreadable(reason: "it runs code that is not 64-bit x86-64")
            return
        }
        note(registers, of: index, isGroupStop: held.isGroupStop)
        setRegisters(index, registers, isGroupStop: held.isGroupStop)
        records[index].outcome = .moved
    }
}
