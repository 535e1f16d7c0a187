import Glibc

/// One tool in a scenario.
struct Contender {
    var name: String
    var command: [String]
    /// Of Debian, which has the tool.
    var package: String
    /// Runs once, however often the others do: it takes a minute or more.
    var isSlow: Bool

    init(_ name: String, _ command: [String], package: String = "", isSlow: Bool = false) {
        self.name = name
        self.command = command
        self.package = package
        self.isSlow = isSlow
    }
}

/// Runs contenders in turn and prints a line for each.
struct Bench {
    let product: Product
    let targets: Targets
    let runs: Int
    /// Folder of the runtime library; nil: what deadwait writes.
    let runtime: String?

    func runtimeLibrary() throws(BenchmarkError) -> RuntimeLibrary {
        try RuntimeLibrary.locate(runtime, product: product, scratch: targets.scratch)
    }

    /// One run of each contender, then the next of each, so that what else the machine does meets all of them.
    func compare(_ scenario: String, _ contenders: [Contender], on target: RunningTarget?) throws(BenchmarkError)
        -> Results
    {
        var outcomes: [String: [ChildProcess.Outcome]] = [:]
        var pauses: [String: [Double]] = [:]
        var present: [Contender] = []
        for contender in contenders {
            guard contender.package.isEmpty || Files.inPath(contender.command[0]) else {
                print(
                    "  \(contender.name): not measured, \(contender.command[0]) is not installed (\(contender.package))"
                )
                continue
            }
            present.append(contender)
        }
        for run in 0..<runs {
            for contender in present where run == 0 || !contender.isSlow {
                target?.tick.reset()
                let outcome = try ChildProcess.run(contender.command)
                guard outcome.status <= 2 else { throw .command(contender.command, status: outcome.status) }
                // The ticker writes its gap when it runs again.
                usleep(20_000)
                outcomes[contender.name, default: []].append(outcome)
                if let target { pauses[contender.name, default: []].append(target.tick.biggestGap) }
            }
        }
        var results = Results()
        print("  " + "".padded(to: 34) + "wall s   cpu s  peak MB  pause ms  runs")
        for contender in present {
            guard let all = outcomes[contender.name] else { continue }
            let measured = Measured(
                wall: median(all.map(\.wall)), cpu: median(all.map(\.cpu)), peak: median(all.map(\.peak)),
                pause: pauses[contender.name].map(median), runs: all.count)
            results.measured["\(scenario)/\(contender.name)"] = measured
            print("  " + contender.name.padded(to: 32) + measured.row)
            fflush(nil)
        }
        return results
    }
}

extension Measured {
    var row: String {
        let pause = pause.map { $0.text(decimals: 1) } ?? "-"
        return wall.text(decimals: 3).padded(to: 8, left: true) + cpu.text(decimals: 2).padded(to: 8, left: true)
            + peak.text(decimals: 0).padded(to: 9, left: true) + pause.padded(to: 10, left: true)
            + String(runs).padded(to: 6, left: true)
    }
}

extension String {
    func padded(to width: Int, left: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - count))
        return left ? blanks + self : self + blanks
    }
}

extension Double {
    func text(decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let rounded = (magnitude * scale).rounded()
        guard rounded < 1e15 else { return String(self) }
        let digits = String(Int(rounded))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = self < 0 ? "-" : ""
        return decimals == 0 ? sign + padded : sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }
}
