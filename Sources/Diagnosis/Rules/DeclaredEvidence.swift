import ProcessModel

/// The facts and assumptions that findings about declared waits have in common.
struct DeclaredEvidence {
    let context: RuleContext
    let waits: DeclaredWaits
    private var facts: EngineFacts { waits.facts }
    private var wording: Wording { context.wording }

    init(_ waits: DeclaredWaits, in context: RuleContext) {
        self.context = context
        self.waits = waits
    }

    /// The waiters, those first to whom an answer is owed for longest, then by id.
    func ordered(_ items: [DeclaredWaits.Item]) -> [DeclaredWaits.Item] {
        items.sorted { left, right in
            let (first, second) = (owed(left.thread), owed(right.thread))
            return first == second ? left.thread < right.thread : (first ?? .max) < (second ?? .max)
        }
    }

    private func owed(_ id: ThreadID) -> UInt64? { facts.calls(of: id).compactMap(\.since).min() }

    /// "condition "async flush" (0x5600)".
    func object(_ address: Address) -> String { wording.objectWithAddress(SyncObjectID(address), kind: .condition) }

    /// What is known of the waits themselves.
    func waiting(_ items: [DeclaredWaits.Item]) -> [Evidence] {
        items.prefix(3).flatMap { item -> [Evidence] in
            var evidence: [Evidence] = []
            let name = wording.thread(item.thread)
            if let call = facts.calls(of: item.thread).first, case .call(let words, _, _) = call.statement {
                let age = call.since.map { " for \(facts.words.age(of: $0))" } ?? ""
                evidence.append(
                    Evidence(
                        "The application has been waiting for its call \"\(words)\"\(age): thread \(name) is in it.",
                        thread: item.thread))
            }
            let place = wording.place(item.thread)
            var text = "Thread \(name) waits for \(wording.object(SyncObjectID(item.wait.object), kind: .condition))"
            text += place.map { " in \($0.words)" } ?? ""
            if let timeout = item.wait.timeout {
                text += ", \(Wording.timeout(timeout)) at a time; \(item.wait.timeoutsInARow) "
                text += "\(item.wait.timeoutsInARow == 1 ? "time" : "times") in a row the time ran out and it went back"
            } else if let since = item.wait.since {
                text += ", without a timeout, for \(facts.words.age(of: since))"
            }
            evidence.append(
                Evidence(
                    text + ".", thread: item.thread, frame: place?.frame, object: SyncObjectID(item.wait.object)))
            return evidence
        }
    }

    /// Who has signalled the object so far.
    func signals(_ address: Address) -> Evidence? {
        guard let object = facts.object(address) else { return nil }
        let id = SyncObjectID(address)
        let name = wording.object(id, kind: .condition).capitalizedFirst
        guard object.signals > 0 || object.broadcasts > 0 else {
            return Evidence("\(name) was never signalled, as far as the registry saw.", object: id)
        }
        let count = object.signals &+ object.broadcasts
        let last = object.lastSignal.map { ", the last time \(facts.words.ago($0))" } ?? ""
        let who = object.lastSignaller.map { " by thread \(facts.words.thread($0))" } ?? ""
        return Evidence("\(name) was signalled \(count) \(count == 1 ? "time" : "times")\(last)\(who).", object: id)
    }

    /// What the memory says of the predicate that the waiter waits for.
    func predicates(_ address: Address) -> [Evidence] {
        facts.predicates(of: address).prefix(2).compactMap { predicate in
            guard case .predicate(let place, let mask, let value, let bytes) = predicate.statement else { return nil }
            let masked = mask == (bytes >= 8 ? .max : (1 << (UInt64(bytes) * 8)) - 1) || mask == .max
            let word = "the \(bytes)-byte word at \(place)\(masked ? "" : " under the mask \(Address(mask))")"
            guard let held = predicate.word else {
                return Evidence("The wait is for \(word) to be \(value); it could not be read.")
            }
            let now = masked ? held : held & mask
            return Evidence("The wait is for \(word) to be \(value & mask); it is \(now).")
        }
    }

    /// What became of the threads of a role: how many were wanted, made, ended, failed.
    func history(_ role: EngineFacts.Role) -> [Evidence] {
        var evidence: [Evidence] = []
        if let expected = role.expected, let wanted = role.wanted {
            let place = facts.words.chain(expected.stack, limit: 2).map { ", declared \($0)" } ?? ""
            evidence.append(
                Evidence(
                    "Role \(role.name): \(wanted) wanted\(place); \(role.created) created, \(role.live.count) alive."))
        } else if role.created > 0 {
            evidence.append(Evidence("Role \(role.name): \(role.created) created, \(role.live.count) alive."))
        }
        let isTold = !role.failures.isEmpty
        for failure in facts.likelyFailures(of: role).suffix(2) {
            evidence.append(self.failure(failure, of: isTold ? role.name : nil))
        }
        for thread in role.ended.suffix(3) {
            let name = thread.id.map { facts.words.thread($0, serial: thread.serial) } ?? "of that role"
            let when = thread.exited.map { " \(facts.words.ago($0))" } ?? ""
            let how =
                switch thread.end {
                case .returned: "returned from its start routine"
                case .pthreadExit: "ended with pthread_exit"
                case .cancelled: "was cancelled"
                case .unknown, nil: "ended"
                }
            evidence.append(Evidence("Thread \(name) \(how)\(when)."))
        }
        return evidence
    }

    private func failure(_ failure: CreationFailure, of role: String?) -> Evidence {
        var text = "A thread"
        text += role.map { " of role \($0)" } ?? " of a start routine whose role nobody has said yet"
        text += " could not be created (\(RegistryWords.error(failure.error)))"
        if let creator = failure.creator {
            text += " by thread \(facts.words.thread(creator, serial: failure.creatorSerial))"
        }
        if let chain = facts.words.chain(failure.stack) { text += " \(chain)" }
        return Evidence(text + ", \(facts.words.ago(failure.when)).")
    }

    /// One line for those that the engine does not name as signallers.
    func others(than roles: [String], waiters: [DeclaredWaits.Item]) -> Evidence? {
        let waiting = Set(waiters.map(\.thread))
        var names: [String] = []
        var count = 0
        for thread in context.index.snapshot.threads where !waiting.contains(thread.id) {
            guard let registered = facts.registered(thread.id), !roles.contains(registered.role ?? "") else { continue }
            count += 1
            let name = registered.role ?? "no role"
            if !names.contains(name) { names.append(name) }
        }
        guard count > 0 else { return nil }
        return Evidence(
            count == 1
                ? "The other live thread is of \(names[0] == "no role" ? "" : "role ")\(names[0]), which is not said to signal it."
                : "The \(count) other live threads are of \(wording.list(names)), which are not said to signal it.")
    }

    // MARK: Confidence

    /// What is taken for granted of the releasers of a role that are missing, and how sure that leaves the finding.
    func weigh(_ role: EngineFacts.Role, object: Address, _ items: [DeclaredWaits.Item], _ certainty: inout Certainty) {
        let missing = role.wanted.map { $0 - role.live.count } ?? 0
        if role.wanted == nil, role.live.isEmpty || role.isOpen {
            certainty.lower(
                to: .suspected,
                because:
                    "How many threads of role \(role.name) there ought to be is not said, so more of them may come.")
        } else if missing > 0 {
            if let creator = liveCreator(of: role) {
                certainty.lower(
                    to: .suspected,
                    because:
                        "Thread \(wording.thread(creator)) has created threads of role \(role.name) before and may do "
                        + "so again.")
            } else if facts.likelyFailures(of: role).isEmpty, role.ended.isEmpty, !isLeft(to: items, role) {
                certainty.lower(
                    to: .suspected,
                    because:
                        "No thread of role \(role.name) was ever created, and nothing shows that none is about to be.")
            } else {
                certainty.assume(
                    "No live thread is about to create a thread of role \(role.name): whether its code could is not known "
                        + "without a map of it.")
            }
        }
        certainty.assume(
            "The engine is believed that \(who(facts.signallingRoles(of: object))) alone signal "
                + "\(wording.object(SyncObjectID(object), kind: .condition)).")
    }

    /// What lowers any finding that rests on declarations.
    func weighRecord(_ items: [DeclaredWaits.Item], _ certainty: inout Certainty) {
        let counters = facts.record.counters
        if counters.threadsDropped > 0 || counters.declarationsDropped > 0 {
            certainty.lower(
                to: .suspected,
                because: "The registry had no room for \(counters.threadsDropped) threads and "
                    + "\(counters.declarationsDropped) declarations: who may signal is not known in full.")
        }
        if context.index.snapshot.gaps.contains(where: { $0.subject == .process }) {
            certainty.lower(to: .suspected, because: "The list of threads is not complete.")
        }
        if let item = items.first(where: { $0.wait.timeout != nil && $0.wait.timeoutsInARow < 2 }) {
            certainty.lower(
                to: .suspected,
                because:
                    "The wait of thread \(wording.thread(item.thread)) has timed out only once; it may not come back a "
                    + "second time.")
        } else if items.contains(where: { $0.wait.timeout != nil }) {
            certainty.assume("A timeout leads back to the same wait, as it has done each time so far.")
        }
    }

    /// One that can go on and has made threads of the role, or has tried to.
    private func liveCreator(of role: EngineFacts.Role) -> ThreadID? {
        let creators = Set(
            (role.live + role.ended).compactMap(\.creatorSerial) + role.failures.compactMap(\.creatorSerial))
        return context.index.snapshot.threads.indices.first { position in
            guard !waits.stuck.contains(position),
                let registered = facts.registered(context.index.snapshot.threads[position].id)
            else { return false }
            return creators.contains(registered.serial)
        }.map { context.index.snapshot.threads[$0].id }
    }

    /// Whether the call in which the threads were said to be wanted is still under way in one of the waiters, which has
    /// left the place where it would have created them: the call's return address is on both stacks.
    private func isLeft(to items: [DeclaredWaits.Item], _ role: EngineFacts.Role) -> Bool {
        guard let declared = facts.record.stack(role.expected?.stack)?.addresses, declared.count > 1 else {
            return false
        }
        return items.contains { item in
            guard let thread = context.index.thread(item.thread) else { return false }
            let frames = context.index.snapshot.frames(of: thread).compactMap { $0.isReturnAddress ? $0.pc : nil }
            // Not the outermost frames alone, which every call of a thread shares: the innermost common one decides.
            guard let place = declared.dropFirst().first(where: { frames.contains($0) }),
                let frame = frames.firstIndex(of: place)
            else { return false }
            return frame < frames.count - Self.outermostFrames
        }
    }

    /// main, and libc's two below it.
    private static let outermostFrames = 3

    /// "threads of role a", "threads of the roles a and b".
    func who(_ roles: [String]) -> String {
        roles.count == 1 ? "threads of role \(roles[0])" : "threads of the roles \(wording.list(roles))"
    }
}
