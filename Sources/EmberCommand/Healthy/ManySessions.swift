import Ember

/// A thread for each of thousands of users, none of whom does anything.
struct ManySessions: Scenario {
    let name = "many-sessions"
    let kind = ScenarioKind.healthy
    let summary = "two thousand sessions, each with a thread of the application that waits for its user"

    private static let users = 2000

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.sessions = Self.users + 64
        let database = try Application.open(stage, configuration, rows: 1000)
        let requests = RequestQueue<Int>()
        let users = try (0..<Self.users).map { number in
            let session = try database.openSession()
            return try ApplicationThread("user-\(number)", stackBytes: 256 << 10) {
                while let row = requests.next() {
                    do { _ = try session.get(Application.table, Application.key(row)) } catch {
                        Output.complain("\(error)")
                    }
                }
            }
        }
        for row in 0..<100 { requests.add(row) }
        stage.ready("An application has a session and a thread for each of \(Self.users) users.")
        Pause.seconds(stage.seconds)
        requests.close()
        for user in users { user.join() }
        try database.close()
    }
}
