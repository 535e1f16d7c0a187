import ArgumentParser
import Ember

/// A workload to measure, or to look at.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Reads and writes random rows on several threads and says how fast that was.",
        discussion: "Each write is a transaction that is durable when it returns.")

    @Option(help: "Where the database is made; must exist or be creatable, and stays. By default a fresh folder.")
    var folder: String?

    @Option(help: "How long.")
    var seconds = 10

    @Option(help: "Threads that read and write.")
    var threads = 4

    @Option(help: "Rows of the table, which are written before the time begins.")
    var rows = 10_000

    @Option(help: "Bytes of a value.")
    var valueBytes = 100

    @Option(help: "How many of a hundred operations read.")
    var readPercent = 50

    @Option(help: "Megabytes of the cache.")
    var cache = 64

    @Flag(help: "A thread more enqueues operations for the workers and flushes, and another one scans.")
    var workers = false

    func validate() throws {
        guard (1...86_400).contains(seconds) else { throw ValidationError("--seconds is 1 to 86400.") }
        guard (1...10_000).contains(threads) else { throw ValidationError("--threads is 1 to 10000.") }
        guard (1...100_000_000).contains(rows) else { throw ValidationError("--rows is 1 to 100000000.") }
        guard (0...1 << 20).contains(valueBytes) else { throw ValidationError("--value-bytes is 0 to 1048576.") }
        guard (0...100).contains(readPercent) else { throw ValidationError("--read-percent is 0 to 100.") }
        guard (1...1 << 20).contains(cache) else { throw ValidationError("--cache is 1 to 1048576.") }
    }

    func run() throws {
        try Complaint.reporting {
            let folder = try WorkFolder(given: folder)
            defer { folder.remove() }
            var configuration = Application.configuration()
            configuration.cacheBytes = cache << 20
            configuration.sessions = threads + 64
            configuration.checkpointInterval = .seconds(5)
            let stage = Stage(folder: folder.path, seconds: seconds)
            let database = try Application.open(stage, configuration, rows: rows, bytes: valueBytes)
            var load = Load(database, table: Application.table, rows: rows, valueBytes: valueBytes)
            load.readPercent = readPercent
            load.usesWorkers = workers
            stage.ready("An application reads and writes \(rows) rows on \(threads) threads.")
            let figures = try load.run(threads: threads, for: .seconds(seconds))
            Output.say(figures.text(seconds: Double(seconds)))
            try database.close()
        }
    }
}
