import ArgumentParser
import Ember
import Glibc
import SystemPackage

/// Kills a writing process again and again, and looks at what is there afterwards.
struct RecoverTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover-test",
        abstract: "Kills a writing child at random moments and checks what each recovery finds.",
        discussion: """
            The child opens the database, tells all that is in it, and writes with four threads, a checkpoint server and an \
            eviction server at work; after each commit it acknowledges the transaction. It is killed with SIGKILL at a \
            random moment: in one of four runs while it opens the database, else while it writes. What the next one finds \
            must hold every acknowledged transaction, whole transactions only, and none without those before it.

            A kill loses nothing that has reached the kernel, a loss of power does: for that, --preload takes a library that \
            notes what the child has written and not synchronized, and --after-kill the program that takes it back.

            EXIT STATUS
              0 all was as it must be   1 something was not; the folder is kept   64 wrong usage
            """)

    @Option(help: "How often the child is killed.")
    var kills = 500

    @Option(help: "Of what is left to chance; by default a new one each time, which is printed.")
    var seed: UInt64?

    @Option(help: "Where the database is made; must be empty or not there, and stays.")
    var folder: String?

    @Option(help: "How long the child writes at most before it is killed, milliseconds.")
    var milliseconds = 60

    @Option(help: "A library that is preloaded into the child (LD_PRELOAD).")
    var preload: String?

    @Option(
        help:
            "A program that is run with the folder and a number after each kill, as one that takes back what was not synchronized."
    )
    var afterKill: String?

    func validate() throws {
        guard (1...1_000_000).contains(kills) else { throw ValidationError("--kills is 1 to 1000000.") }
        guard (1...60_000).contains(milliseconds) else { throw ValidationError("--milliseconds is 1 to 60000.") }
    }

    func run() throws {
        try Complaint.reporting {
            let folder = try WorkFolder(given: folder)
            let seed = seed ?? UInt64.random(in: 0...UInt64.max)
            let trial = RecoveryTrial(
                folder: folder.path.appending("database"), seed: seed, writingMilliseconds: milliseconds,
                preload: preload, afterKill: afterKill)
            var figures = RecoveryFigures()
            let wrong = try trial.run(kills: kills, &figures)
            Output.say("seed \(seed)\n\(figures)")
            if let wrong {
                Output.complain("ember: \(wrong)\nThe folder is kept: \(folder.path)")
                throw ExitCode(1)
            }
            folder.remove()
        }
    }
}
