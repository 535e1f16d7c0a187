public import ProcessModel

/// Which bytes to copy together with a blocked thread's stack, so that the object it waits on is of the same instant.
public enum SyncWindow {
    /// At most this many bytes of an array that a call points to (descriptors of poll, operations of semop).
    static let arrayLimit = 1024
    private static let page: UInt64 = 4096

    /// The ranges for one blocked call, at most five, at most 2 KiB together; empty for calls that name no memory.
    ///
    /// `memory` is asked for little: the queue behind a Dispatch sync wait, and whether the page before or behind the
    /// object can be read at all when the range crosses into it.
    public static func ranges(for call: SystemCall, memory: any MemorySource) -> [(start: Address, count: Int)] {
        if let futex = FutexCall(call) ?? FutexCall(restarted: call) { return ranges(for: futex, memory: memory) }
        let arguments = call.arguments
        func argument(_ index: Int) -> UInt64 { index < arguments.count ? arguments[index] : 0 }
        var wanted: [(UInt64, UInt64)] = []
        func want(_ index: Int, _ count: UInt64) {
            if argument(index) != 0 { wanted.append((argument(index), min(count, UInt64(arrayLimit)))) }
        }
        switch call.number {
        case SystemCallNumber.poll, SystemCallNumber.ppoll:
            want(0, min(argument(1), UInt64(arrayLimit)) &* 8)
            if call.number == SystemCallNumber.ppoll { want(2, 16) }
        case SystemCallNumber.select, SystemCallNumber.pselect6:
            let bytes = (min(argument(0), 1024) &+ 63) / 64 * 8
            for index in 1...3 { want(index, bytes) }
            want(4, 16)
        case SystemCallNumber.semop, SystemCallNumber.semtimedop:
            want(1, min(argument(2), UInt64(arrayLimit)) &* 6)
            if call.number == SystemCallNumber.semtimedop { want(3, 16) }
        case SystemCallNumber.fcntl: want(2, 32)
        case SystemCallNumber.nanosleep: want(0, 16)
        case SystemCallNumber.clockNanosleep, SystemCallNumber.rtSigtimedwait: want(2, 16)
        case SystemCallNumber.epollPwait2: want(3, 16)
        case SystemCallNumber.mqTimedsend, SystemCallNumber.mqTimedreceive: want(4, 16)
        default: break
        }
        return wanted.compactMap { clipped($0.0, $0.1, around: $0.0, memory) }
    }

    private static func ranges(
        for futex: FutexCall, memory: any MemorySource
    ) -> [(start: Address, count: Int)] {
        let word = futex.address.rawValue
        var ranges = [clipped(word &- 64, 192, around: word, memory)]
        if !futex.isPrivate, futex.operation == .waitBitset {
            // pthread_join waits inside a struct pthread; its self pointers, at the start, prove that.
            ranges.append(clipped(word &- 1024, 960, around: word &- 65, memory))
        }
        if futex.operation == .wait, futex.value == .max,
            let queue = memory.load(Address(word &- UInt64(DispatchLayout.queueBelowEvent)), as: UInt64.self),
            queue != 0
        {
            ranges.append(clipped(queue, 128, around: queue, memory))
        }
        if let timeout = futex.timeout { ranges.append((timeout, 16)) }
        return ranges.compactMap(\.self)
    }

    /// The part of [start, start + count) that is readable without a hole around the byte `anchor`. One unreadable byte
    /// makes process_vm_readv(2) fail for a range as a whole. Nil when empty or wrapped around.
    private static func clipped(
        _ start: UInt64, _ count: UInt64, around anchor: UInt64, _ memory: any MemorySource
    ) -> (start: Address, count: Int)? {
        guard count > 0, start <= anchor, start &+ count > anchor else { return nil }
        var low = start
        var high = start &+ count
        let anchorPage = anchor & ~(page - 1)
        if low < anchorPage, memory.load(Address(low), as: UInt8.self) == nil { low = anchorPage }
        if high - 1 > anchorPage | (page - 1), memory.load(Address(high - 1), as: UInt8.self) == nil {
            high = (anchorPage | (page - 1)) &+ 1
        }
        return low < high ? (Address(low), Int(high - low)) : nil
    }
}
