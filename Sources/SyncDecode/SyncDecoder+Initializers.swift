import ProcessModel

/// Owners that no field names: the thread that runs a once initializer is told by its stack.
extension SyncDecoder {
    /// How much of an initializer's frame is searched for the address of its once object.
    private static let frameLimit: UInt64 = 1024

    mutating func findInitializers(_ inputs: [(thread: Thread, stack: [SyncFrame])], _ waits: inout [Wait?]) {
        var wanted: [SyncObjectID: [Int]] = [:]
        for (index, wait) in waits.enumerated() {
            guard let wait, wait.kind == .once, wait.owner == nil, let object = wait.object else { continue }
            wanted[object, default: []].append(index)
        }
        if wanted.isEmpty { return }
        let runners = runners(inputs, waits)
        for (object, waiters) in wanted.sorted(by: { $0.key < $1.key }) {
            let owner =
                known(object.rawValue)?.type == "guard variable"
                ? guardOwner(inputs, waiting: waiters) : onceOwner(object, inputs, runners: runners)
            guard let owner else { continue }
            for waiter in waiters {
                waits[waiter]?.owner = owner
                waits[waiter]?.sources.insert(.unwind, at: 0)
            }
            update(object) { $0.owners = [owner] }
        }
    }

    /// Threads with a frame that runs an initializer, and that frame.
    private mutating func runners(
        _ inputs: [(thread: Thread, stack: [SyncFrame])], _ waits: [Wait?]
    ) -> [(input: Int, frame: Int)] {
        var runners: [(Int, Int)] = []
        for (index, input) in inputs.enumerated() {
            let waitsInOnce = waits[index]?.kind == .once
            let own = waitsInOnce ? search.find(input.stack)?.frame : nil
            for (frame, content) in input.stack.enumerated() where frame > (own ?? 0) {
                if search.isOnce(content) { runners.append((index, frame)) }
            }
        }
        return runners
    }

    /// glibc's pthread_once registers a cleanup handler with the object's address, Rust's Once keeps a guard that points
    /// to it: either way the address stands in the frame that runs the initializer.
    private func onceOwner(
        _ object: SyncObjectID, _ inputs: [(thread: Thread, stack: [SyncFrame])],
        runners: [(input: Int, frame: Int)]
    ) -> ThreadID? {
        var found: ThreadID?
        for runner in runners {
            let stack = inputs[runner.input].stack
            guard let low = stack[runner.frame].stackPointer else { continue }
            let next = runner.frame + 1 < stack.count ? stack[runner.frame + 1].stackPointer : nil
            let size = next.map { min($0.distance(above: low), Self.frameLimit) } ?? Self.frameLimit
            guard StackWindow(memory, low, Int(size)).contains(object.rawValue.rawValue) else { continue }
            let thread = inputs[runner.input].thread.id
            if let found, found != thread { return nil }
            found = thread
        }
        return found
    }

    /// The initializer of a function's static variable runs inside that function, so its thread has the function on its
    /// stack, as the waiters have. One such thread, and only one, is the owner.
    private mutating func guardOwner(
        _ inputs: [(thread: Thread, stack: [SyncFrame])], waiting: [Int]
    ) -> ThreadID? {
        guard let first = waiting.first, let function = guardedFunction(inputs[first].stack) else { return nil }
        var found: ThreadID?
        for (index, input) in inputs.enumerated() where !waiting.contains(index) {
            guard input.stack.contains(where: { $0.functions.last == function }) else { continue }
            if guardedFunction(input.stack) == function { continue }
            if found != nil { return nil }
            found = input.thread.id
        }
        return found
    }

    /// The function that called __cxa_guard_acquire, by name; nil when the thread is not blocked there.
    private mutating func guardedFunction(_ stack: [SyncFrame]) -> String? {
        guard let found = search.find(stack), found.primitive == .guardVariable, found.frame + 1 < stack.count else {
            return nil
        }
        return stack[found.frame + 1].functions.last
    }
}
