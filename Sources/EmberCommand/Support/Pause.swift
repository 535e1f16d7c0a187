import Glibc

/// Waiting for time to pass, in clock_nanosleep(2).
enum Pause {
    static func seconds(_ count: Int) { until(.now + .seconds(count)) }

    /// Goes on where a signal has interrupted it.
    static func until(_ end: ContinuousClock.Instant) {
        while true {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return }
            let (seconds, attoseconds) = left.components
            var time = timespec()
            time.tv_sec = Int(seconds)
            time.tv_nsec = Int(attoseconds / 1_000_000_000)
            // An error other than a signal cannot be: the clock exists and the time is valid.
            _ = clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nil)
        }
    }
}
