import CEmberCommand

/// A rate of nothing.
struct DivisionCrash: Scenario {
    let name = "crash-divide"
    let kind = ScenarioKind.crash
    let summary = "SIGFPE: a cache's hit rate is printed before its first lookup"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        let counters = CacheCounters()
        stage.ready("An application prints its cache's hit rate.")
        let monitor = try ApplicationThread("monitor") { counters.report() }
        monitor.join()
        try database.close()
    }
}

private final class CacheCounters: Sendable {
    private let hits: UInt32 = 0
    private let lookups: UInt32 = 0

    @inline(never) func report() { Output.say("\(cembercommand_hit_percent(hits, lookups)) of 100 were hits") }
}
