import ProcessModel

/// Waits on the kernel: descriptors, time, signals, children, System V objects.
extension SyncDecoder {
    typealias Call = SystemCallNumber

    /// A blocked call other than futex(2).
    func kernelWait(_ call: SystemCall, thread: Thread) -> Wait? {
        let arguments = CallArguments(call)
        var wait: Wait
        switch call.number {
        case Call.poll, Call.ppoll: wait = pollWait(arguments)
        case Call.select, Call.pselect6: wait = selectWait(arguments)
        case Call.epollWait, Call.epollPwait, Call.epollPwait2:
            wait = descriptorWait(.epoll, arguments)
            setTimeout(&wait, milliseconds: call.number == Call.epollPwait2 ? nil : arguments[3], arguments, index: 3)
        case Call.read, Call.readv, Call.pread64, Call.preadv, Call.preadv2, Call.splice, Call.tee:
            wait = descriptorWait(.read, arguments)
            if wait.descriptors.first?.target == "anon_inode:inotify" { wait.kind = .inotify }
        case Call.write, Call.writev, Call.pwrite64, Call.pwritev, Call.pwritev2, Call.vmsplice, Call.sendfile:
            wait = descriptorWait(.write, arguments)
        case Call.accept, Call.accept4: wait = descriptorWait(.accept, arguments)
        case Call.connect: wait = descriptorWait(.connect, arguments)
        case Call.recvfrom, Call.recvmsg, Call.recvmmsg: wait = descriptorWait(.receive, arguments)
        case Call.sendto, Call.sendmsg, Call.sendmmsg: wait = descriptorWait(.send, arguments)
        case Call.flock: wait = lockWait(arguments, request: flockRequest(arguments))
        case Call.fcntl: wait = lockWait(arguments, request: fcntlRequest(arguments))
        case Call.fsync, Call.fdatasync, Call.syncfs, Call.syncFileRange, Call.copyFileRange:
            wait = descriptorWait(.disk, arguments)
        case Call.ioctl: wait = descriptorWait(.otherSystemCall, arguments)
        case Call.open, Call.openat, Call.close, Call.sync:
            wait = Wait(kind: .otherSystemCall, summary: arguments.text, sources: [systemCallSource])
        case Call.semop, Call.semtimedop: wait = semaphoreSetWait(arguments)
        case Call.msgrcv, Call.msgsnd:
            wait = Wait(
                kind: .messageQueue, isTimed: false, summary: "\(arguments.name)(queue \(arguments.int(0)))",
                sources: [systemCallSource])
        case Call.mqTimedreceive, Call.mqTimedsend:
            wait = descriptorWait(.messageQueue, arguments)
            wait.isTimed = arguments[4] != 0
            wait.timeoutNanoseconds = arguments.pointer(4).flatMap(timespec)
                .flatMap { timeLeft(until: $0, realtime: true, thread: thread) }
        case Call.nanosleep, Call.clockNanosleep: wait = sleepWait(arguments, thread: thread)
        case Call.pause, Call.rtSigsuspend:
            wait = Wait(kind: .signal, isTimed: false, summary: "\(arguments.name)()", sources: [systemCallSource])
        case Call.rtSigtimedwait:
            wait = Wait(
                kind: .signal, isTimed: arguments[2] != 0, timeoutNanoseconds: arguments.pointer(2).flatMap(timespec),
                summary: "rt_sigtimedwait(\(signalSet(arguments)))", sources: [systemCallSource])
        case Call.wait4, Call.waitid, Call.vfork: wait = childWait(arguments)
        case Call.ioUringEnter, Call.ioGetevents, Call.ioPgetevents:
            wait = Wait(kind: .otherSystemCall, summary: arguments.text, sources: [systemCallSource])
            if call.number == Call.ioUringEnter { wait.descriptors = [target(arguments.int(0))] }
            if call.number != Call.ioUringEnter { wait.isTimed = arguments[4] != 0 }
        case Call.futexWaitv:
            wait = Wait(
                kind: .futex, isTimed: arguments[3] != 0, summary: "futex_waitv(\(arguments[1] & 0xffff) words)",
                sources: [systemCallSource])
        default:
            wait = Wait(kind: .otherSystemCall, summary: arguments.text, sources: [systemCallSource])
        }
        noteUninterruptible(&wait, thread: thread)
        return wait
    }

    /// A thread that sleeps without being in a system call: a page fault, or a call whose number the kernel does not
    /// tell.
    func waitOutsideCall(_ thread: Thread) -> Wait? {
        guard thread.state == .diskSleep || (thread.systemCall != nil && thread.state == .sleeping) else { return nil }
        var wait = Wait(kind: .pageFault, summary: "not in a system call", sources: [.procfs])
        if thread.systemCall == nil { wait = Wait(kind: .disk, summary: "uninterruptible", sources: [.procfs]) }
        if let channel = thread.kernelWaitChannel { wait.summary += ", in \(channel)" }
        return wait
    }

    private func noteUninterruptible(_ wait: inout Wait, thread: Thread) {
        guard thread.state == .diskSleep else { return }
        if wait.kind == .otherSystemCall { wait.kind = .disk }
        wait.summary += ", uninterruptible"
        if let channel = thread.kernelWaitChannel { wait.summary += " in \(channel)" }
    }

    // MARK: Descriptors

    func target(_ descriptor: Int32) -> FileDescriptorTarget {
        kernel?.descriptor(descriptor) ?? FileDescriptorTarget(descriptor: descriptor)
    }

    private func descriptorWait(_ kind: WaitKind, _ arguments: CallArguments) -> Wait {
        let target = target(arguments.int(0))
        return Wait(
            kind: kind, descriptors: [target], summary: "\(arguments.name)(\(describe(target)))",
            sources: [systemCallSource])
    }

    private func describe(_ target: FileDescriptorTarget) -> String {
        let number = String(target.descriptor)
        guard let name = target.detail ?? target.target else { return number }
        return "\(number): \(name)"
    }

    /// `milliseconds` is poll's kind of timeout, -1 for none; without it argument `index` points to a struct timespec.
    private func setTimeout(_ wait: inout Wait, milliseconds: UInt64?, _ arguments: CallArguments, index: Int) {
        if let milliseconds {
            let value = Int32(truncatingIfNeeded: milliseconds)
            wait.isTimed = value >= 0
            wait.timeoutNanoseconds = value >= 0 ? UInt64(value) * 1_000_000 : nil
        } else {
            wait.isTimed = arguments[index] != 0
            wait.timeoutNanoseconds = arguments.pointer(index).flatMap(timespec)
        }
    }

    /// struct pollfd: descriptor, events, result; 8 bytes (poll(2)).
    private func pollWait(_ arguments: CallArguments) -> Wait {
        let count = Int(min(arguments[1], 128))
        let bytes = arguments.pointer(0).flatMap { memory.bytes($0, count: count * 8) }.map(Words.init)
        var descriptors: [FileDescriptorTarget] = []
        for index in 0..<count {
            guard let descriptor = bytes.map({ Int32(bitPattern: $0[UInt64(index) * 8]) }), descriptor >= 0 else {
                continue
            }
            descriptors.append(target(descriptor))
        }
        let shown = descriptors.prefix(4).map(describe).joined(separator: ", ")
        let more = arguments[1] > 4 ? ", … \(arguments[1]) in all" : ""
        var wait = Wait(
            kind: .poll, descriptors: descriptors,
            summary: bytes == nil
                ? "\(arguments.name)(\(arguments[1]) descriptors)" : "\(arguments.name)(\(shown)\(more))",
            sources: [systemCallSource])
        setTimeout(
            &wait, milliseconds: arguments.call.number == Call.poll ? arguments[2] : nil, arguments, index: 2)
        return wait
    }

    /// fd_set: one bit a descriptor (select(2)).
    private func selectWait(_ arguments: CallArguments) -> Wait {
        let limit = Int(min(arguments[0], 1024))
        var bits = Set<Int32>()
        var isComplete = true
        for set in 1...3 {
            guard let address = arguments.pointer(set) else { continue }
            guard let bytes = memory.bytes(address, count: (limit + 63) / 64 * 8) else {
                isComplete = false
                continue
            }
            for descriptor in 0..<limit where bytes[descriptor / 8] & (1 << UInt8(descriptor % 8)) != 0 {
                bits.insert(Int32(descriptor))
            }
        }
        let descriptors = bits.sorted().map(target)
        var summary = "\(arguments.name)(\(descriptors.prefix(4).map(describe).joined(separator: ", "))"
        if descriptors.count > 4 { summary += ", … \(descriptors.count) in all" }
        var wait = Wait(
            kind: .select, descriptors: descriptors, summary: summary + (isComplete ? ")" : ", not all readable)"),
            sources: [systemCallSource])
        wait.isTimed = arguments[4] != 0
        wait.timeoutNanoseconds = arguments.pointer(4)
            .flatMap { arguments.call.number == Call.select ? timeval($0) : timespec($0) }
        return wait
    }

    // MARK: Locks on files

    private func lockWait(_ arguments: CallArguments, request: FileLockRequest?) -> Wait {
        guard let request else { return descriptorWait(.otherSystemCall, arguments) }
        var wait = descriptorWait(.fileLock, arguments)
        wait.isTimed = false
        guard let holders = kernel?.lockHolders(arguments.int(0), request: request), !holders.isEmpty else {
            return wait
        }
        let pids = holders.map(\.description).joined(separator: ", ")
        wait.descriptors[0].peers = holders
        wait.descriptors[0].detail = "lock held by pid \(pids)"
        wait.summary += ", held by pid \(pids)"
        return wait
    }

    /// LOCK_SH 1, LOCK_EX 2 (flock(2)).
    private func flockRequest(_ arguments: CallArguments) -> FileLockRequest? {
        FileLockRequest(family: .flock, isExclusive: arguments[1] & 2 != 0)
    }

    /// F_SETLKW 7, F_OFD_SETLKW 38; struct flock: type, whence, start, length (fcntl(2)). Ranges relative to the file
    /// position or the end are taken as the whole file.
    private func fcntlRequest(_ arguments: CallArguments) -> FileLockRequest? {
        let command = arguments.int(1)
        guard command == 7 || command == 38 else { return nil }
        var request = FileLockRequest(family: command == 7 ? .posix : .openFileDescription, isExclusive: true)
        guard let bytes = arguments.pointer(2).flatMap({ memory.bytes($0, count: 32) }) else { return request }
        let words = Words(bytes)
        let isRead = words[0] & 0xffff == 0
        request.isExclusive = !isRead
        if words[0] >> 16 == 0 {
            request.start = words.wide(8)
            let length = words.wide(16)
            let (end, overflow) = request.start.addingReportingOverflow(length &- 1)
            request.end = length == 0 || overflow ? .max : end
        }
        return request
    }

    // MARK: The rest

    /// struct sembuf: number, operation, flags; 6 bytes (semop(2)).
    private func semaphoreSetWait(_ arguments: CallArguments) -> Wait {
        let count = Int(min(arguments[2], 16))
        var text = "\(arguments.name)(set \(arguments.int(0))"
        if let bytes = arguments.pointer(1).flatMap({ memory.bytes($0, count: count * 6) }) {
            for index in 0..<count {
                let number = UInt16(bytes[index * 6]) | UInt16(bytes[index * 6 + 1]) << 8
                let operation = Int16(bitPattern: UInt16(bytes[index * 6 + 2]) | UInt16(bytes[index * 6 + 3]) << 8)
                text += ", semaphore \(number) by \(operation)"
            }
        }
        var wait = Wait(kind: .semaphoreSet, isTimed: false, summary: text + ")", sources: [systemCallSource])
        if arguments.call.number == Call.semtimedop { setTimeout(&wait, milliseconds: nil, arguments, index: 3) }
        return wait
    }

    /// clock_nanosleep: clock, flags (1 is TIMER_ABSTIME), request.
    private func sleepWait(_ arguments: CallArguments, thread: Thread) -> Wait {
        var wait = Wait(kind: .sleep, isTimed: true, summary: "\(arguments.name)()", sources: [systemCallSource])
        if arguments.call.number == Call.nanosleep {
            wait.timeoutNanoseconds = arguments.pointer(0).flatMap(timespec)
        } else if let value = arguments.pointer(2).flatMap(timespec) {
            wait.timeoutNanoseconds =
                arguments[1] & 1 == 0 ? value : timeLeft(until: value, clock: arguments[0], thread: thread)
        }
        return wait
    }

    /// wait4(pid), waitid(idtype, id): P_ALL 0, P_PID 1, P_PGID 2, P_PIDFD 3.
    private func childWait(_ arguments: CallArguments) -> Wait {
        var wait = Wait(kind: .child, isTimed: false, summary: "", sources: [systemCallSource])
        let who: String
        switch arguments.call.number {
        case Call.wait4:
            let pid = arguments.int(0)
            who = pid > 0 ? "pid \(pid)" : pid < -1 ? "process group \(-Int64(pid))" : "any child"
        case Call.waitid:
            switch arguments.int(0) {
            case 1: who = "pid \(arguments.int(1))"
            case 2: who = "process group \(arguments.int(1))"
            case 3:
                let target = target(arguments.int(1))
                wait.descriptors = [target]
                who = describe(target)
            default: who = "any child"
            }
        default: who = "the child just made"
        }
        wait.summary = "\(arguments.name)(\(who))"
        if let children = kernel?.children() {
            let list = children.prefix(8).map(\.description).joined(separator: ", ")
            wait.summary +=
                children.isEmpty ? ", no children" : ", children: \(list)" + (children.count > 8 ? ", …" : "")
        }
        return wait
    }

    private func signalSet(_ arguments: CallArguments) -> String {
        guard let set = arguments.pointer(0).flatMap({ memory.load($0, as: UInt64.self) }) else { return "" }
        let numbers = (0..<64).filter { set & (1 << UInt64($0)) != 0 }.map { String($0 + 1) }
        return numbers.count > 32 ? "\(numbers.count) signals" : "signals " + numbers.joined(separator: ", ")
    }
}

/// The arguments of a system call; those that are missing read as 0.
struct CallArguments {
    let call: SystemCall
    init(_ call: SystemCall) { self.call = call }

    subscript(index: Int) -> UInt64 { index < call.arguments.count ? call.arguments[index] : 0 }
    func int(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: self[index]) }
    func pointer(_ index: Int) -> Address? { self[index] == 0 ? nil : Address(self[index]) }
    var name: String { SystemCallNumber.name(call.number) ?? "system call \(call.number)" }

    /// "ioctl(0x3, 0x5401, 0x7ffd…)"
    var text: String { "\(name)(\(call.arguments.prefix(4).map(hexadecimal).joined(separator: ", ")))" }
}
