import Ember
import Glibc

/// Nobody asks for anything.
struct Idle: Scenario {
    let name = "idle"
    let kind = ScenarioKind.healthy
    let summary = "an open database, with threads of the application that wait for requests which do not come"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 1000)
        let requests = RequestQueue<Int>()
        let readers = try (0..<4).map { number in
            let session = try database.openSession()
            return try ApplicationThread("request-\(number)") {
                while let row = requests.next() {
                    do { _ = try session.get(Application.table, Application.key(row)) } catch {
                        Output.complain("\(error)")
                    }
                }
            }
        }
        stage.ready("An application has its database open and waits for requests.")
        Pause.seconds(stage.seconds)
        requests.close()
        for reader in readers { reader.join() }
        try database.close()
    }
}
