/// Something that an application does with Ember, and what becomes of it. One conformer a file; `Scenarios.all` is the
/// only list.
protocol Scenario: Sendable {
    /// What `--scenario` calls it: short, in kebab case.
    var name: String { get }

    /// How it ends.
    var kind: ScenarioKind { get }

    /// One line for `--list`: what goes wrong, or why it only looks wrong.
    var summary: String { get }

    /// Does it, on the calling thread, which is the process's first. Returns when it has ended well; a hang never
    /// returns, a crash ends the process. Calls `stage.ready` once.
    func run(_ stage: Stage) throws
}

/// How a scenario ends.
enum ScenarioKind: String, CaseIterable, Sendable {
    /// Never: some of its threads can never go on.
    case hang
    /// By a signal that the process brings upon itself.
    case crash
    /// By itself, with status 0, soon after the time given with `--seconds`.
    case healthy
}
