/// A limit that a figure must not pass.
struct Bar: Sendable {
    var claim: String
    var limit: Double
    var unit: String
    var value: @Sendable (Results) -> Double?
    /// The same ratio of processor time, which other work on the machine disturbs less. For ratios of wall time.
    var cpu: (@Sendable (Results) -> Double?)?
    /// The same figure of the peer against itself: how far off the machine is today. A bar is missed only by more.
    var control: (@Sendable (Results) -> Double?)?

    private static func time(_ scenario: String, _ own: String, _ peer: String, _ claim: String, _ limit: Double) -> Bar
    {
        Bar(
            claim: claim, limit: limit, unit: "",
            value: { $0.ratio("\(scenario)/\(own)", to: "\(scenario)/\(peer)") },
            cpu: { $0.ratio("\(scenario)/\(own)", to: "\(scenario)/\(peer)", by: \.cpu) })
    }

    private static func figure(_ name: String, _ claim: String, _ limit: Double, _ unit: String) -> Bar {
        Bar(claim: claim, limit: limit, unit: unit) { $0.figures[name] }
    }

    static let all: [Bar] =
        [
            time("threads-1000", "deadwait", "gdb", "1,000 threads, inlines and lines: of gdb's time", 0.03),
            time(
                "threads-1000", "deadwait", "eu-stack -i -s -v", "1,000 threads, inlines and lines: of eu-stack's time",
                0.03),
            time("threads-1000", "deadwait --names-only", "eu-stack", "1,000 threads, names: of eu-stack's time", 0.06),
            time("threads-10000", "deadwait", "gdb", "10,000 threads: of gdb's time", 0.015),
            time("threads-10000", "deadwait", "eu-stack -i -s -v", "10,000 threads: of eu-stack's time", 0.015),
            Bar(claim: "10,000 threads: times the time of 1,000", limit: 10, unit: "") {
                $0.ratio("threads-10000/deadwait", to: "threads-1000/deadwait")
            },
            figure("threads-10000/memory", "10,000 threads: memory", 120, "MB"),
            figure("threads-10000/longest stop", "10,000 threads, default mode: longest stop of a thread", 1, "ms"),
            figure("threads-1000/longest stop", "1,000 threads, default mode: longest stop of a thread", 1, "ms"),
            figure("threads-10000/window", "10,000 threads, --stop-all: window a thread", 30, "us"),
            figure("threads-1000/window", "1,000 threads, --stop-all: window a thread", 30, "us"),
            time("big-100", "deadwait", "lldb", "300 MB of DWARF, 100 threads: of lldb's time", 0.05),
            time("big-100", "deadwait", "gdb", "300 MB of DWARF, 100 threads: of gdb's time", 0.008),
            Bar(claim: "300 MB of DWARF: of lldb's memory", limit: 0.5, unit: "") { results in
                guard let own = results.figures["big-100/memory"], let peer = results.measured["big-100/lldb"] else {
                    return nil
                }
                return own / peer.peak
            },
            figure("big-100/cached", "300 MB of DWARF: second run, with the cache", 100, "ms"),
            time("core-5000", "deadwait", "gdb", "core of 5,000 threads: of gdb's time", 0.01),
            time(
                "core-5000", "deadwait", "eu-stack",
                "core of 5,000 threads: of eu-stack's time, which gives names only",
                0.005),
            Bar(claim: "core of 5,000 threads: memory of the largest process", limit: 150, unit: "MB") {
                $0.measured["core-5000/deadwait"]?.peak
            },
            figure("start/milliseconds", "start of the command line tool", 10, "ms"),
        ] + runtime + map

    /// Prints each bar with what was measured. Returns whether none is missed.
    static func report(_ results: Results) -> Bool {
        var met = true
        print(
            "bar".padded(to: 76) + "limit".padded(to: 10, left: true) + "measured".padded(to: 12, left: true)
                + "by CPU".padded(to: 10, left: true) + "A/A".padded(to: 10, left: true))
        for bar in all {
            let value = bar.value(results)
            let verdict = bar.verdict(results)
            if verdict == .missed { met = false }
            let decimals = bar.limit < 1 && bar.limit > 0 ? 3 : bar.control != nil ? 2 : 0
            let limit = "\(bar.limit.text(decimals: decimals))\(bar.unit.isEmpty ? "" : " \(bar.unit)")"
            let measured = value.map { $0.text(decimals: decimals == 0 ? 1 : decimals + 1) } ?? "-"
            let cpu = bar.cpu?(results).map { $0.text(decimals: 4) } ?? ""
            let control = bar.control?(results).map { $0.text(decimals: 3) } ?? ""
            print(
                bar.claim.padded(to: 76) + limit.padded(to: 10, left: true) + measured.padded(to: 12, left: true)
                    + cpu.padded(to: 10, left: true) + control.padded(to: 10, left: true) + "  " + verdict.rawValue)
        }
        return met
    }

    private enum Verdict: String {
        case met
        case missed = "MISSED"
        /// What is over the limit, or the room below it, is less than two runs of one thing differ by.
        case withinNoise = "within the noise"
        case notMeasured = "not measured"
    }

    private func verdict(_ results: Results) -> Verdict {
        guard let value = value(results) else { return .notMeasured }
        // Ratios are told apart from one, differences from zero.
        let noise = control?(results).map { ($0 - (unit.isEmpty ? 1 : 0)).magnitude } ?? 0
        if value <= limit { return value <= limit - noise || noise <= limit / 50 ? .met : .withinNoise }
        return value > limit + noise ? .missed : .withinNoise
    }
}
