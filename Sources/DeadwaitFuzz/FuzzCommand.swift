import ArgumentParser
import Glibc

/// Fuzzes one parser for a time.
@main
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadwait-fuzz",
        abstract: "Feeds a parser with damaged input; a trap or a hang ends this program.",
        discussion: FuzzEntry.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

    @Argument(help: "The parser; without one, all are listed.")
    var name: String?

    @Option(help: "How long, in seconds.")
    var seconds = 60

    @Option(help: "The number that the mutations come from; the same number gives the same ones.")
    var seed: UInt64 = 1

    @Option(help: "A directory of files to begin with. New inputs are added to it when libFuzzer is in this build.")
    var corpus: String?

    @Option(help: "Keep the input that took longest in this file.")
    var slowest: String?

    @Option(help: "Parse this one file and end: any file, or the .input that a crash left.")
    var replay: String?

    func validate() throws {
        guard let name, !FuzzEntry.all.contains(where: { $0.name == name }) else { return }
        throw ValidationError("There is no parser \"\(name)\".")
    }

    func run() throws {
        guard let name, let entry = FuzzEntry.all.first(where: { $0.name == name }) else {
            for entry in FuzzEntry.all { print("\(entry.name): \(entry.summary)") }
            return
        }
        if let replay {
            var bytes = try Self.read(replay)
            // A record begins with its size.
            if replay.hasSuffix(".input"), bytes.count >= 8 {
                let size = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                bytes = Array(bytes.dropFirst(8).prefix(Int(min(size, UInt64(bytes.count)))))
            }
            bytes.withUnsafeBytes { entry.parse($0) }
            print("\(name): \(bytes.count) bytes parsed")
            return
        }
        if let driver = CoverageDriver() {
            throw ExitCode(try fuzz(entry, with: driver))
        }
        let files = try corpus.map { try Self.files(in: $0) } ?? []
        let record = "deadwait-fuzz.\(name).input"
        let loop = MutationLoop(
            entry: entry, corpus: entry.seeds() + files, seed: seed, recordPath: record)
        guard var loop else { throw ValidationError("Could not make \(record): \(String(cString: strerror(errno)))") }
        let count = loop.run(seconds: seconds)
        unlink(record)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        print(
            "\(name): \(count) inputs in \(seconds) s, seed \(seed): clean; the slowest took "
                + "\(loop.slowest.milliseconds) ms of CPU; \(usage.ru_maxrss / 1024) MB at most")
        if let slowest { try Self.write(loop.slowest.input, to: slowest) }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw ValidationError("Could not write \(path): \(String(cString: strerror(errno)))")
        }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// libFuzzer takes its seeds from a directory.
    private func fuzz(_ entry: FuzzEntry, with driver: CoverageDriver) throws -> Int32 {
        let directory = corpus ?? "deadwait-fuzz.\(entry.name).corpus"
        mkdir(directory, 0o755)
        for (index, seed) in entry.seeds().enumerated() {
            let path = "\(directory)/seed-\(index)"
            try Self.write(seed, to: path)
        }
        return driver.fuzz(
            entry,
            arguments: [
                "-max_total_time=\(seconds)", "-seed=\(UInt32(truncatingIfNeeded: seed))", "-timeout=20",
                "-rss_limit_mb=2048", "-print_final_stats=1", directory,
            ])
    }

    private static func files(in directory: String) throws -> [[UInt8]] {
        guard let handle = opendir(directory) else {
            throw ValidationError("Could not read \(directory): \(String(cString: strerror(errno)))")
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { place in
                place.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return try names.sorted().map { try read("\(directory)/\($0)") }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else {
            throw ValidationError("Could not read \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
