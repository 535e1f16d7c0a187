import ProcessModel

/// Turns the timeout arguments of blocked calls into nanoseconds.
extension SyncDecoder {
    /// A struct timespec in the target, nanoseconds; nil when not readable or not normalized.
    func timespec(_ address: Address) -> UInt64? {
        guard let seconds = memory.load(address, as: Int64.self), seconds >= 0,
            let nanoseconds = memory.load(address + 8, as: Int64.self), (0..<1_000_000_000).contains(nanoseconds)
        else { return nil }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(UInt64(nanoseconds))
        return overflow || carry ? .max : sum
    }

    /// A struct timeval in the target, nanoseconds.
    func timeval(_ address: Address) -> UInt64? {
        guard let seconds = memory.load(address, as: Int64.self), seconds >= 0,
            let microseconds = memory.load(address + 8, as: Int64.self), (0..<1_000_000).contains(microseconds)
        else { return nil }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(UInt64(microseconds) * 1000)
        return overflow || carry ? .max : sum
    }

    /// The time left until an absolute time, 0 when it has passed. Nil where the time of the look is not known, as in a
    /// core.
    func timeLeft(until absolute: UInt64, realtime: Bool, thread: Thread) -> UInt64? {
        guard thread.instant.end > 0 else { return nil }
        var now = thread.instant.end
        if realtime {
            guard let offset = kernel?.realtimeOffsetNanoseconds else { return nil }
            now = UInt64(bitPattern: Int64(bitPattern: now) &+ offset)
        }
        return absolute > now ? absolute - now : 0
    }

    /// FUTEX_WAIT takes a length, all other waits an absolute time; PI locks one of CLOCK_REALTIME unless LOCK_PI2.
    func timeLeft(_ futex: FutexCall, thread: Thread) -> UInt64? {
        guard let timeout = futex.timeout, let value = timespec(timeout) else { return nil }
        switch futex.operation {
        case .wait: return value
        case .lockPI: return timeLeft(until: value, realtime: true, thread: thread)
        default: return timeLeft(until: value, realtime: futex.usesRealtimeClock, thread: thread)
        }
    }

    /// 0 is CLOCK_REALTIME, 1 CLOCK_MONOTONIC (linux/time.h); for the others the time of the look is not known.
    func timeLeft(until absolute: UInt64, clock: UInt64, thread: Thread) -> UInt64? {
        clock <= 1 ? timeLeft(until: absolute, realtime: clock == 0, thread: thread) : nil
    }
}
