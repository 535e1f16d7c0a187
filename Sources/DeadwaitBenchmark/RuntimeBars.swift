/// The limits of what the runtime library may cost.
extension Bar {
    static let runtime: [Bar] = [
        Bar(claim: "libdeadwait.so: hooks of pthread_mutex_lock and unlock", limit: 0, unit: "") {
            $0.figures["runtime/mutex hooks"]
        },
        operation("mutex-pair", "default: lock and unlock, 1.00 of the plain time", 1.01),
        operation("condition-ping-pong", "default: condition ping-pong, two processors, wall time", 1.03, "/wall"),
        operation("condition-ping-pong-1", "default: condition ping-pong, one processor", 1.03),
        operation("create-join", "default: create and join", 1.08),
        operation("create-join-1", "default: create and join, one processor", 1.08),
        Bar(
            claim: "locks: lock and unlock, more than plain", limit: 4, unit: "ns",
            value: { difference("mutex-pair", "locks", $0) }, control: { difference("mutex-pair", "again", $0) }),
        Bar(
            claim: "locks: two threads on two mutexes, each more than plain", limit: 4, unit: "ns",
            value: { difference("mutex-separate", "locks", $0) },
            control: { difference("mutex-separate", "again", $0) }),
        Bar(
            claim: "locks: two threads to one thread, of the same without the library", limit: 1.05, unit: "",
            value: { scaling("locks", $0) }, control: { scaling("again", $0) }),
        engine("wiredtiger", "default: WiredTiger, processor time"),
        Bar(
            claim: "default: WiredTiger, instructions", limit: 1.02, unit: "",
            value: { ratio("runtime-instructions/wiredtiger", "default", $0) },
            control: { ratio("runtime-instructions/wiredtiger", "again", $0) }),
        engine("redis", "default: redis, processor time"),
        engine("mariadb", "default: MariaDB, processor time"),
        memory("default/thread", "default: resident a live thread", 300, "bytes"),
        memory("default/virtual", "default: registry, virtual", 16, "MB"),
    ]

    private static func operation(_ name: String, _ claim: String, _ limit: Double, _ kind: String = "") -> Bar {
        Bar(
            claim: claim, limit: limit, unit: "", value: { ratio("runtime/\(name)", "default", $0, kind) },
            control: { ratio("runtime/\(name)", "again", $0, kind) })
    }

    private static func engine(_ name: String, _ claim: String) -> Bar {
        Bar(
            claim: claim, limit: 1.02, unit: "", value: { $0.figures["runtime-\(name)/default"] },
            control: { results in
                guard let again = results.figures["runtime-\(name)/again"],
                    let width = results.figures["runtime-\(name)/default/noise"]
                else { return nil }
                return 1 + max((again - 1).magnitude, width)
            })
    }

    private static func memory(_ name: String, _ claim: String, _ limit: Double, _ unit: String) -> Bar {
        Bar(claim: claim, limit: limit, unit: unit) { $0.figures["runtime-memory/\(name)"] }
    }

    private static func ratio(_ name: String, _ setting: String, _ results: Results, _ kind: String = "") -> Double? {
        guard let own = results.figures["\(name)/\(setting)\(kind)"],
            let plain = results.figures["\(name)/plain\(kind)"], plain > 0
        else { return nil }
        return own / plain
    }

    private static func difference(_ operation: String, _ setting: String, _ results: Results) -> Double? {
        guard let own = results.figures["runtime/\(operation)/\(setting)"],
            let plain = results.figures["runtime/\(operation)/plain"]
        else { return nil }
        return own - plain
    }

    /// How much more two threads on two mutexes take than one on one, as a ratio to the same without the library.
    private static func scaling(_ setting: String, _ results: Results) -> Double? {
        guard let two = ratio("runtime/mutex-separate", setting, results),
            let one = ratio("runtime/mutex-pair", setting, results), one > 0
        else { return nil }
        return two / one
    }
}
