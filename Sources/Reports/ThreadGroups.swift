import ProcessModel

/// Threads that would print alike: the same stack, state and kind of wait.
struct ThreadGroup {
    /// Positions among the snapshot's threads, in their order. Never empty.
    var members: [Int]

    /// The groups in the order of their first members; each thread alone when `folds` is false.
    static func all(of snapshot: Snapshot, folds: Bool) -> [ThreadGroup] {
        guard folds else { return snapshot.threads.indices.map { ThreadGroup(members: [$0]) } }
        var groups: [ThreadGroup] = []
        var numbers: [Key: Int] = [:]
        for (position, thread) in snapshot.threads.enumerated() {
            // Threads without a stack have nothing to be equal by.
            guard let stack = thread.stack else {
                groups.append(ThreadGroup(members: [position]))
                continue
            }
            let key = Key(stack: stack, state: thread.state, kind: thread.wait?.kind, progress: thread.progress)
            if let number = numbers[key] {
                groups[number].members.append(position)
            } else {
                numbers[key] = groups.count
                groups.append(ThreadGroup(members: [position]))
            }
        }
        return groups
    }

    private struct Key: Hashable {
        var stack: Int
        var state: ThreadState
        var kind: WaitKind?
        var progress: Progress?
    }
}
