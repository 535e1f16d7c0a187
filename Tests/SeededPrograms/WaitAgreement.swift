import ProcessModel

/// Whether what was seen of a thread goes with what its truth declares.
enum WaitAgreement: Equatable {
    case agrees
    case contradicts(String)
    case unknown(String)
}

extension TruthKind {
    /// The calls in which a thread in such a wait is blocked; empty for what has none, nil where any will do.
    private var systemCalls: [Int]? {
        typealias Number = SystemCallNumber
        return switch self {
        case .condition, .mutex, .rwlockRead, .rwlockWrite, .barrier, .once, .join, .futex, .queue:
            [Number.futex, Number.futexWaitv, Number.futexWait]
        case .semaphore: [Number.futex, Number.semop, Number.semtimedop]
        case .sleep: [Number.nanosleep, Number.clockNanosleep]
        case .poll: [Number.poll, Number.ppoll, Number.select, Number.pselect6]
        case .epoll: [Number.epollWait, Number.epollPwait, Number.epollPwait2]
        case .read:
            [
                Number.read, Number.pread64, Number.readv, Number.preadv, Number.preadv2, Number.recvfrom,
                Number.recvmsg, Number.recvmmsg, Number.msgrcv, Number.mqTimedreceive,
            ]
        case .write:
            [
                Number.write, Number.pwrite64, Number.writev, Number.pwritev, Number.pwritev2, Number.sendto,
                Number.sendmsg, Number.sendmmsg, Number.msgsnd, Number.mqTimedsend,
            ]
        case .pause: [Number.pause, Number.rtSigsuspend]
        case .sigwait: [Number.rtSigtimedwait, Number.rtSigsuspend]
        case .flock: [Number.flock, Number.fcntl]
        case .spin, .running: []
        case .continuation, .other: nil
        }
    }

    /// What the decoder of the product may call such a wait; nil where it has no word for it.
    private var decoded: Set<WaitKind>? {
        switch self {
        case .condition: [.condition]
        case .mutex: [.mutex, .stdioLock]
        case .rwlockRead: [.rwlockRead]
        case .rwlockWrite: [.rwlockWrite]
        case .semaphore: [.semaphore, .semaphoreSet]
        case .barrier: [.barrier]
        case .once: [.once]
        case .join: [.join]
        case .futex: [.futex, .future, .latch, .atomicWait, .park, .conditionDestroy]
        case .queue: [.dispatchSync, .dispatchGroup]
        case .sleep: [.sleep]
        case .poll: [.poll, .select]
        case .epoll: [.epoll]
        case .read: [.read, .receive, .messageQueue, .inotify]
        case .write: [.write, .send, .messageQueue]
        case .pause, .sigwait: [.signal]
        case .flock: [.fileLock]
        case .spin, .running, .continuation, .other: nil
        }
    }

    /// What the kernel says.
    func agreement(with look: TaskLook) -> WaitAgreement {
        guard let calls = systemCalls else { return .unknown("no system call tells a wait of kind \(rawValue)") }
        if calls.isEmpty {
            return look.state == "R" ? .agrees : .unknown("it did not run at this look")
        }
        guard let call = look.systemCall else {
            return .contradicts("is in no system call, state \(look.state), where \(rawValue) is declared")
        }
        // A sleep or poll that a stop has interrupted: which one the kernel does not say.
        if call == SystemCallNumber.restartSyscall { return .unknown("its call was interrupted and restarted") }
        return calls.contains(call)
            ? .agrees
            : .contradicts(
                "is in \(SystemCallNumber.name(call) ?? "system call \(call)"), where \(rawValue) is declared")
    }

    /// What the decoder says. Of a futex of which it knows no more, nothing follows.
    func agreement(with wait: Wait?) -> WaitAgreement {
        guard let decoded else { return .unknown("the decoder has no word for \(rawValue)") }
        guard let wait else { return .unknown("its wait was not decoded") }
        if decoded.contains(wait.kind) { return .agrees }
        if wait.kind == .futex, systemCalls?.contains(SystemCallNumber.futex) == true {
            return .unknown("of its futex nothing more was decoded")
        }
        return .contradicts("waits by the decoder in \(wait.kind.rawValue), where \(rawValue) is declared")
    }
}

extension TruthTiming {
    /// Whether a wait has a timeout, as the decoder says. A loop round waits may be of either kind.
    func agreement(with wait: Wait?) -> WaitAgreement {
        guard let isTimed = wait?.isTimed else { return .unknown("whether its wait has a timeout was not decoded") }
        switch (self, isTimed) {
        case (.timed, false): return .contradicts("waits without a timeout, where \(rawValue) is declared")
        case (.untimed, true): return .contradicts("waits with a timeout, where \(rawValue) is declared")
        default: return .agrees
        }
    }
}
