import CEmberCommand
import Ember
import Glibc

/// A child is forked while another thread opens a table, and uses the database.
struct ForkedWriter: Scenario {
    let name = "fork-with-lock"
    let kind = ScenarioKind.hang
    let summary = "a forked child's first put waits for a lock that a thread of its parent held at the fork"

    func run(_ stage: Stage) throws {
        let gate = Gate()
        var configuration = Application.configuration()
        configuration.defects = .forkUnnoticed
        try Application.open(stage, rows: 200).close()
        configuration.hooks.at(.tableOpening) { gate.pass() }
        let database = try Application.open(stage, configuration)
        let session = try database.openSession()
        let loader = try ApplicationThread("load-table") {
            do {
                _ = try database.openSession().get(Application.table, Application.key(7))
            } catch {
                Output.complain("load-table: \(error)")
            }
        }
        guard gate.waitForArrivals(1) else { throw ToolError.notReached(what: "a table that is opened") }
        let parent = getpid()
        let child = cembercommand_fork()
        guard child >= 0 else { throw ToolError.system(call: "fork", subject: "a writer", errno: errno) }
        if child == 0 { Self.write(session, parent: parent) }
        gate.open()
        loader.join()
        stage.ready("An application forks a child, which puts a row into the database.", process: child)
        let status = ChildProcess.wait(for: child)
        guard status == 0 else { throw ToolError.notReached(what: "the child's end with status 0") }
        try database.close()
    }

    /// What the child does.
    private static func write(_ session: Session, parent: pid_t) -> Never {
        guard cembercommand_die_with(parent) == 0 else { _exit(1) }
        do {
            try session.put(Application.table, Application.key(7), [1])
        } catch {
            _exit(1)
        }
        _exit(0)
    }
}
