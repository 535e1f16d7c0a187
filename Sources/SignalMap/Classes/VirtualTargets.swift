/// What a call through a slot of a table may reach, in the binaries that were looked at.
struct VirtualTargets: Hashable, Sendable {
    /// What the answer rests on.
    enum Level: UInt8, Sendable {
        /// Tables of the class and of those derived from it.
        case byClass
        /// All tables that have a slot there.
        case all
    }

    struct Target: Hashable, Sendable {
        /// Which of the binaries, by position.
        var binary: Int32
        /// The callee's indices are that binary's.
        var callee: ClassTables.Callee
    }

    var level: Level
    /// Without repetitions, in the order of the binaries and their tables. None is `.pure`.
    var targets: [Target] = []
    /// Tables whose slot there is no function.
    var pure = 0
    /// Tables that were left out because no object of their class can exist.
    var excluded = 0
    /// Tables that are in although their bases lie in binaries that were not looked at, or they have no class.
    var unsure = 0
}
