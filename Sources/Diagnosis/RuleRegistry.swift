/// The rules in the order in which they run; a later one may build on what an earlier one found.
public enum RuleRegistry {
    /// What `Assessment` runs unless it is given others.
    public static let all: [any Rule] = [
        SelfDeadlockRule(),
        InterruptedLibraryRule(),
        DeadlockCycleRule(),
        ForkChildLockRule(),
        OrphanedLockRule(),
        LostWakeupRule(),
        QuorumShortRule(),
        DeadWaitRule(),
        UnreachedSignalRule(),
        UnnamedReadersRule(),
        UnattendedWaitRule(),
        JoinStuckRule(),
        HolderBlockedRule(),
        BlockedOutsideRule(),
        SlowButAliveRule(),
        CrashRule(),
    ]
}
