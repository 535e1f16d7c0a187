/// A statistic is kept in too small a number.
struct TrapCrash: Scenario {
    let name = "crash-trap"
    let kind = ScenarioKind.crash
    let summary = "a Swift runtime failure: the sum of the sizes of rows does not fit its type"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        let sizes = [UInt32](repeating: 0x0800_0000, count: 64)
        stage.ready("An application adds up the sizes of its rows for a statistic.")
        let statistics = try ApplicationThread("statistics") { Statistics().report(sizes) }
        statistics.join()
        try database.close()
    }
}

private struct Statistics {
    @inline(never) func report(_ sizes: [UInt32]) { Output.say("\(total(sizes)) bytes") }

    private func total(_ sizes: [UInt32]) -> UInt32 { sizes.reduce(0) { $0 + $1 } }
}
