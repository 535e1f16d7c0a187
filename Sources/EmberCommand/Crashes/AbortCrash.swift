import Glibc

/// A check of what must be true fails, and the process gives itself up.
struct AbortCrash: Scenario {
    let name = "crash-abort"
    let kind = ScenarioKind.crash
    let summary = "SIGABRT: an assertion about a page's checksum fails while it is verified"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        stage.ready("An application verifies the pages of a backup.")
        let verifier = try ApplicationThread("verify") { Backup().verify() }
        verifier.join()
        try database.close()
    }
}

private struct Backup {
    private let pages: [[UInt8]] = (0..<8).map { number in [UInt8](repeating: number, count: 512) }
    private let sums: [UInt32] = [0, 512, 1024, 1536, 2049, 2560, 3072, 3584]

    @inline(never) func verify() {
        for (page, expected) in zip(pages, sums) {
            let sum = page.reduce(0 as UInt32) { $0 &+ UInt32($1) }
            Panic.demand(sum == expected, "page checksum \(sum), expected \(expected)")
        }
    }
}

/// What C engines do where they cannot go on.
private enum Panic {
    static func demand(_ condition: Bool, _ words: @autoclosure () -> String) {
        if condition { return }
        Output.complain("panic: \(words())")
        abort()
    }
}
