import ProcessModel

/// Owners that no field names: the thread that runs a once initializer is told by its stack.
extension SyncDecoder {
    /// A thread with a frame that runs an initializer, and that frame.
    private struct Runner {
        var input: Int
        var frame: Int
        var isRust: Bool
    }

    /// How much of a frame, and of all frames inside it, is searched for the address of a once object.
    private static let frameLimit: UInt64 = 1024
    private static let stackLimit: UInt64 = 16384

    mutating func findInitializers(
        _ inputs: [(thread: Thread, stack: [SyncFrame])], _ stackPointer: (_ input: Int, _ frame: Int) -> Address?,
        _ waits: inout [Wait?]
    ) {
        var wanted: [SyncObjectID: [Int]] = [:]
        for (index, wait) in waits.enumerated() {
            guard let wait, wait.kind == .once, wait.owner == nil, let object = wait.object else { continue }
            wanted[object, default: []].append(index)
        }
        if wanted.isEmpty { return }
        let runners = runners(inputs, waits)
        let words = runners.map { searchedWords(inputs[$0.input].stack.count, $0, stackPointer) }
        for (object, waiters) in wanted.sorted(by: { $0.key < $1.key }) {
            let owner: ThreadID?
            switch known(object.rawValue)?.type {
            case "guard variable": owner = guardOwner(inputs, waiting: waiters)
            case "pthread_once_t", "Rust Once":
                let isRust = known(object.rawValue)?.type == "Rust Once"
                let others = isRust ? wanted.keys.filter { $0 != object }.map(\.rawValue.rawValue) : []
                owner = onceOwner(
                    object.rawValue.rawValue, others: others,
                    zip(runners, words).filter { $0.0.isRust == isRust }.map { (inputs[$0.0.input].thread.id, $0.1) },
                    needsAll: isRust)
            default: owner = nil
            }
            guard let owner else { continue }
            for waiter in waiters {
                waits[waiter]?.owner = owner
                waits[waiter]?.sources.insert(.unwind, at: 0)
            }
            update(object) { $0.owners = [owner] }
        }
    }

    private mutating func runners(
        _ inputs: [(thread: Thread, stack: [SyncFrame])], _ waits: [Wait?]
    ) -> [Runner] {
        var runners: [Runner] = []
        for (index, input) in inputs.enumerated() {
            let waitsInOnce = waits[index]?.kind == .once
            let own = waitsInOnce ? ownOnceFrame(input.stack) : 0
            for (frame, content) in input.stack.enumerated() where frame > own {
                guard let primitive = search.once(content) else { continue }
                runners.append(Runner(input: index, frame: frame, isRust: primitive == .rustOnce))
            }
        }
        return runners
    }

    /// The outermost frame of a waiter's own once call. glibc 2.41 waits in a function that pthread_once calls, and the
    /// waiter has the object's address in both; up to 2.36 pthread_once jumps there.
    private mutating func ownOnceFrame(_ stack: [SyncFrame]) -> Int {
        guard let inner = search.find(stack)?.frame else { return 0 }
        let outer = inner + 1
        func isEntry(_ index: Int) -> Bool {
            stack[index].functions.contains { ["pthread_once", "call_once"].contains(PrimitiveNames.bareName($0)) }
        }
        return stack.indices.contains(outer) && isEntry(outer) && !isEntry(inner) ? outer : inner
    }

    /// Where a runner keeps the address of its object. glibc's pthread_once registers a cleanup handler with it in its
    /// own frame. Rust's Once keeps it in a register, which some function further in has pushed, or its caller's frame
    /// has it.
    private func searchedWords(
        _ frameCount: Int, _ runner: Runner, _ stackPointer: (_ input: Int, _ frame: Int) -> Address?
    ) -> StackWindow {
        let first = runner.isRust ? 0 : runner.frame
        let last = min(runner.frame + (runner.isRust ? 2 : 1), frameCount - 1)
        guard last > first, let low = stackPointer(runner.input, first), let high = stackPointer(runner.input, last),
            low < high
        else { return StackWindow() }
        let limit = runner.isRust ? Self.stackLimit : Self.frameLimit
        return StackWindow(memory, low, Int(min(high.distance(above: low), limit)))
    }

    /// The one thread whose words hold the object's address; two decide nothing. With `needsAll` a further thread that
    /// holds neither this nor another awaited object's address could be the one, and decides nothing either.
    private func onceOwner(
        _ object: UInt64, others: [UInt64], _ runners: [(thread: ThreadID, words: StackWindow)], needsAll: Bool
    ) -> ThreadID? {
        var found: ThreadID?
        for runner in runners {
            if runner.words.contains(object) {
                if let found, found != runner.thread { return nil }
                found = runner.thread
            } else if needsAll, !others.contains(where: { runner.words.contains($0) }) {
                return nil
            }
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
