import Glibc

/// What deadwait says of the stops that it made, read from the snapshot that it saves.
struct Stops {
    var threads: Int
    var longestMilliseconds: Double
    var totalMicroseconds: Double

    /// The median of five captures.
    init(_ bench: Bench, _ process: pid_t, _ options: [String]) throws(BenchmarkError) {
        let file = "\(bench.targets.scratch)/stops.json"
        var longest: [Double] = []
        var total: [Double] = []
        var count: [Double] = []
        for _ in 0..<5 {
            try ChildProcess.run(bench.product.stacks(process, ["--names-only", "--save", file] + options))
            let text = try Files.text(file)
            longest.append(try Self.number("longestStopNanoseconds", in: text, of: file))
            total.append(try Self.number("totalStopNanoseconds", in: text, of: file))
            count.append(try Self.number("stoppedThreads", in: text, of: file))
        }
        unlink(file)
        threads = Int(median(count))
        longestMilliseconds = median(longest) / 1e6
        totalMicroseconds = median(total) / 1e3
    }

    /// The number after `"key":`. The file can be of hundreds of megabytes, and three numbers of it are wanted.
    static func number(_ key: String, in text: String, of file: String) throws(BenchmarkError) -> Double {
        let bytes = Array(text.utf8)
        let pattern = Array("\"\(key)\"".utf8)
        let found = bytes.indices.first { start in
            bytes[start] == pattern[0] && bytes[start...].starts(with: pattern)
        }
        guard let found else { throw .unreadable(path: file, reason: "has no \(key)") }
        let rest = bytes[(found + pattern.count)...].drop { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: " ") }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let value = Double(String(decoding: digits, as: UTF8.self)) else {
            throw .unreadable(path: file, reason: "\(key) is not a number")
        }
        return value
    }
}
