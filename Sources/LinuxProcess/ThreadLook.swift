import CLinux
import Glibc
import ProcessModel

/// One look at one thread through its /proc files.
///
/// Holds nothing of its own, so that two threads may look at different records at the same time.
struct ThreadLook {
    /// The descriptor of /proc/PID/task; borrowed.
    private let directory: Int32
    /// Job control or a tracer has stopped the process.
    private let areStopped: Bool
    private let process: ProcessID

    init(tasks: borrowing TaskDirectory, areStopped: Bool) {
        directory = tasks.descriptor
        process = tasks.process
        self.areStopped = areStopped
    }

    /// Counters, registers, name and state. Counters before registers: an unchanged run count at the second look then
    /// speaks for all that lies between.
    ///
    /// `told` is what taskstats has said of the thread just before, where it was asked.
    func first(_ record: inout ThreadRecord, told: TaskStatistics.Record? = nil, budget: inout Int) {
        record.outcome = .running
        record.image.stackEnd = nil
        record.image.thread.registers = RegisterSet()
        record.image.thread.systemCall = nil
        record.image.thread.kernelWaitChannel = nil
        record.image.thread.counters = told?.counters ?? counters(&record, budget: &budget)
        var code: Int32 = 0
        let look: TaskSystemCall? = TaskDirectory.read("syscall", of: record.id, in: directory, code: &code) {
            TaskSystemCall($0)
        }
        let start = monotonicNanoseconds()
        record.image.thread.instant = Instant(start: start, end: start, proof: .none)
        guard readState(&record, look, name: told?.name) else { return }
        switch look {
        case .running:
            record.image.thread.state = .running
        case .blocked(let call, let stackPointer, let programCounter):
            record.outcome = .moved
            record.image.thread.registers = RegisterSet(
                blockedIn: call, stackPointer: stackPointer, programCounter: programCounter)
            // A futex call says all itself.
            if call?.number != SystemCallNumber.futex {
                record.image.thread.kernelWaitChannel = TaskDirectory.waitChannel(of: record.id, in: directory)
            }
            record.image.thread.systemCall = call.map {
                RestartedCall.resolve($0, waitChannel: record.image.thread.kernelWaitChannel)
            }
        case nil where code == ESRCH:
            record.outcome = .gone
        case nil where code == ENOENT:
            // The thread was there a moment later: the kernel has no such file, and only a stop tells.
            break
        case nil:
            record.outcome = .unreadable(
                reason: code == 0 ? "its syscall file does not have the known form" : LinuxProcessError.text(of: code))
        }
    }

    /// The second look: a thread that was seen blocked and whose run count is what it was has not run in between.
    func second(_ record: inout ThreadRecord, told: TaskStatistics.Record? = nil, budget: inout Int) {
        guard record.outcome == .moved, hasNotRun(&record, told, budget: &budget) else { return }
        record.outcome = .captured
        record.image.thread.instant.end = monotonicNanoseconds()
        record.image.thread.instant.proof = .runCountUnchanged
    }

    /// A look at a thread that had not run at the second one: whether it still has not.
    func extend(_ record: inout ThreadRecord, told: TaskStatistics.Record? = nil, budget: inout Int) {
        guard record.outcome == .captured, record.image.thread.instant.proof == .runCountUnchanged,
            record.image.thread.stoppedNanoseconds == nil, hasNotRun(&record, told, budget: &budget)
        else { return }
        record.image.thread.instant.end = monotonicNanoseconds()
    }

    /// Not since the first look.
    ///
    /// taskstats finds a thread by its number: the time on a CPU, in nanoseconds, tells it from another thread that has
    /// got the number since.
    private func hasNotRun(_ record: inout ThreadRecord, _ told: TaskStatistics.Record?, budget: inout Int) -> Bool {
        guard let first = record.image.thread.counters else { return false }
        if let told { return first.runs == told.counters.runs && first.cpuNanoseconds == told.counters.cpuNanoseconds }
        return counters(&record, budget: &budget).map { first.runs == $0.runs } ?? false
    }

    /// Name and state. False when the thread is gone.
    ///
    /// `stat` has both but takes three times as long as `comm`; it is not needed for a futex, in which a thread can
    /// only sleep interruptibly, unless the whole process was stopped.
    private func readState(_ record: inout ThreadRecord, _ look: TaskSystemCall?, name: String?) -> Bool {
        if !areStopped, case .blocked(let call?, _, _) = look, call.number == SystemCallNumber.futex {
            let name =
                name
                ?? TaskDirectory.read("comm", of: record.id, in: directory) { bytes in
                    // The kernel ends it with a newline; others are the name's own.
                    String(decoding: bytes.last == .newline ? bytes.dropLast() : bytes[...], as: UTF8.self)
                }
            guard let name else {
                record.outcome = .gone
                return false
            }
            record.wasSeen = true
            record.image.thread.name = name
            record.image.thread.state = .sleeping
            return true
        }
        guard let stat = TaskDirectory.read("stat", of: record.id, in: directory, { TaskStat($0) }) else {
            record.outcome = .gone
            return false
        }
        record.wasSeen = true
        record.image.thread.name = stat.name
        record.image.thread.state = stat.state
        if stat.state == .zombie || stat.state == .dead {
            // The first thread of a process stays as a zombie until the others have ended.
            record.outcome = record.id.rawValue == process.rawValue ? .ended : .gone
            return false
        }
        return true
    }

    /// From the open `schedstat`, which is opened when it is not and `budget` allows it.
    func counters(_ record: inout ThreadRecord, budget: inout Int) -> SchedulerCounters? {
        if record.descriptor < 0 {
            guard budget > 0 else {
                return TaskDirectory.read("schedstat", of: record.id, in: directory) {
                    SchedulerCounters(schedstat: $0)
                }
            }
            let descriptor = clinux_task_open(directory, record.id.rawValue, "schedstat")
            if descriptor == -EMFILE || descriptor == -ENFILE { budget = 0 }
            guard descriptor >= 0 else { return nil }
            record.descriptor = descriptor
            budget -= 1
        }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
            let count = pread(record.descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return nil }
            return SchedulerCounters(schedstat: UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
