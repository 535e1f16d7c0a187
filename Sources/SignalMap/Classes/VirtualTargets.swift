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
    /// Without repetitions; tables' own order.
    var targets: [Target]
    /// Tables that were left out because nothing in the binaries ever uses them.
    var excluded = 0
    /// Some class lies in a binary that was not looked at: there may be more targets.
    var isIncomplete = false
}
