import Glibc

/// Two parts of a program believe that a buffer is theirs to free.
struct DoubleFreeCrash: Scenario {
    let name = "crash-double-free"
    let kind = ScenarioKind.crash
    let summary = "SIGABRT by libc: a sink frees a buffer when it fails, and so does its owner"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        stage.ready("An application exports rows into a sink that is full.")
        let exporter = try ApplicationThread("exporter") { Export().run() }
        exporter.join()
        try database.close()
    }
}

private struct Export {
    @inline(never) func run() {
        guard let buffer = malloc(200) else { return }
        memset(buffer, 0, 200)
        if !write(buffer, 200) { cleanUp(buffer) }
    }

    /// Takes what fits; whether that was all.
    @inline(never) private func write(_ buffer: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        let room = 100
        if count > room {
            free(buffer)
            return false
        }
        return true
    }

    @inline(never) private func cleanUp(_ buffer: UnsafeMutableRawPointer) { free(buffer) }
}
