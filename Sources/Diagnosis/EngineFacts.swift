import ProcessModel

/// What an engine declared of itself, and what the registry saw of its threads: what rules about waits without an owner
/// ask for.
///
/// A declaration says what the engine means, not what is.
public struct EngineFacts: Sendable {
    /// A declared quorum: so many arrivals of a role.
    struct Quorum {
        var role: String
        var count: Int
        /// Nil where the engine names no word, or it could not be read.
        var arrived: Int?
        var declaration: EngineDeclaration
    }

    /// What is known of the threads of one role.
    struct Role {
        var name: String
        /// Registered threads that have not ended.
        var live: [RegisteredThread] = []
        /// Those that ended, as far as they are kept.
        var ended: [RegisteredThread] = []
        /// Creations of its start routines that failed.
        var failures: [CreationFailure] = []
        /// How many ought to be there, if the engine says so.
        var expected: EngineDeclaration?

        var wanted: Int? {
            guard case .expected(_, let count)? = expected?.statement, count > 0 else { return nil }
            return Int(count)
        }
        var created: Int { live.count + ended.count }
        /// Nobody has ever been of this role, and nobody is said to be wanted: a name for threads that the engine does
        /// not make, such as "application".
        var isOpen: Bool { created == 0 && failures.isEmpty && wanted == nil }
    }

    public let words: RegistryWords
    private let positions: [ThreadID: Int]
    private let signallers: [Address: [EngineDeclaration]]
    private let predicates: [Address: [EngineDeclaration]]
    private let quorums: [Address: [EngineDeclaration]]
    private let calls: [ThreadID: [EngineDeclaration]]
    private let roles: [String: Role]
    /// Failed creations of start routines of which no thread has ever said its role.
    private let failuresWithoutRole: [CreationFailure]

    var record: RegistryRecord { words.record }

    /// Nil for a snapshot without a registry.
    init?(_ snapshot: Snapshot) {
        guard let record = snapshot.registry else { return nil }
        words = RegistryWords(record, modules: snapshot.modules)
        var positions: [ThreadID: Int] = [:]
        var roles: [String: Role] = [:]
        for (position, thread) in record.threads.enumerated() {
            if let id = thread.snapshotThread { positions[id] = position }
            guard let role = thread.role else { continue }
            let isLive = thread.state != .exited && thread.presence != .goneWithoutNotice
            if isLive {
                roles[role, default: Role(name: role)].live.append(thread)
            } else {
                roles[role, default: Role(name: role)].ended.append(thread)
            }
        }
        var signallers: [Address: [EngineDeclaration]] = [:]
        var predicates: [Address: [EngineDeclaration]] = [:]
        var quorums: [Address: [EngineDeclaration]] = [:]
        var calls: [ThreadID: [EngineDeclaration]] = [:]
        let serials = Dictionary(
            record.threads.compactMap { thread in thread.snapshotThread.map { (thread.serial, $0) } },
            uniquingKeysWith: { first, _ in first })
        for declaration in record.declarations {
            switch declaration.statement {
            case .expected(let role, _): roles[role, default: Role(name: role)].expected = declaration
            case .call(_, _, let serial):
                if let id = serials[serial] { calls[id, default: []].append(declaration) }
            case .signaller(let role):
                roles[role, default: Role(name: role)] = roles[role] ?? Role(name: role)
                if let object = declaration.object { signallers[object, default: []].append(declaration) }
            case .predicate: if let object = declaration.object { predicates[object, default: []].append(declaration) }
            case .quorum: if let object = declaration.object { quorums[object, default: []].append(declaration) }
            }
        }
        let routines = Dictionary(
            record.starts.map { ($0.address, $0.role) }, uniquingKeysWith: { first, _ in first })
        var unattributed: [CreationFailure] = []
        for failure in record.failures {
            guard let role = failure.startRoutine.flatMap({ routines[$0] ?? nil }) else {
                unattributed.append(failure)
                continue
            }
            roles[role, default: Role(name: role)].failures.append(failure)
        }
        self.positions = positions
        self.roles = roles
        self.signallers = signallers
        self.predicates = predicates
        self.quorums = quorums
        self.calls = calls.mapValues { $0.sorted { ($0.since ?? 0) < ($1.since ?? 0) } }
        failuresWithoutRole = unattributed
    }

    /// Nil for a thread that is not registered.
    func registered(_ id: ThreadID) -> RegisteredThread? { positions[id].map { record.threads[$0] } }

    /// The roles whose threads signal an object, in the order of the registry; empty where nothing is declared.
    func signallingRoles(of object: Address) -> [String] {
        (signallers[object] ?? []).compactMap { declaration in
            if case .signaller(let role) = declaration.statement { role } else { nil }
        }
    }

    func predicates(of object: Address) -> [EngineDeclaration] { predicates[object] ?? [] }

    func quorums(of object: Address) -> [Quorum] {
        (quorums[object] ?? []).compactMap { declaration in
            guard case .quorum(let role, let count, _, _) = declaration.statement, count > 0 else { return nil }
            return Quorum(
                role: role, count: Int(count), arrived: declaration.word.map { Int(clamping: $0) },
                declaration: declaration)
        }
    }

    /// Calls of the application that a thread is in, the outermost first.
    func calls(of id: ThreadID) -> [EngineDeclaration] { calls[id] ?? [] }

    /// Failed creations that can only be of this role: their start routine has none yet, and no other role is wanted of
    /// which there has never been a thread.
    func likelyFailures(of role: Role) -> [CreationFailure] {
        guard role.created == 0, role.failures.isEmpty, role.wanted != nil,
            roles.values.count(where: { $0.wanted != nil && $0.created == 0 }) == 1
        else { return role.failures }
        return failuresWithoutRole
    }

    func role(_ name: String) -> Role { roles[name] ?? Role(name: name) }

    /// What was recorded of an object, whatever kind it was taken for; the one with waits first.
    func object(_ address: Address) -> RegisteredObject? {
        var low = 0
        var high = record.objects.count
        while low < high {
            let middle = (low + high) / 2
            if record.objects[middle].address < address { low = middle + 1 } else { high = middle }
        }
        return record.objects[low...].prefix { $0.address == address }.max { $0.waits < $1.waits }
    }
}
