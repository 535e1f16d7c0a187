import Diagnosis
import ProcessModel

/// What the registry knows of each thread of a snapshot.
struct RegistryLookup {
    let words: RegistryWords
    private let positions: [ThreadID: Int]

    /// Nil for a snapshot without a registry.
    init?(_ snapshot: Snapshot) {
        guard let record = snapshot.registry else { return nil }
        words = RegistryWords(record, modules: snapshot.modules)
        var positions: [ThreadID: Int] = [:]
        for (position, thread) in record.threads.enumerated() {
            if let id = thread.snapshotThread { positions[id] = position }
        }
        self.positions = positions
    }

    /// Nil for a thread that is not registered.
    subscript(id: ThreadID) -> RegisteredThread? { positions[id].map { words.record.threads[$0] } }

    /// What it adds to the picture of one thread, as sentences without a full stop.
    func sentences(_ id: ThreadID) -> [String] {
        guard let thread = self[id] else { return [] }
        var sentences: [String] = []
        if let wait = thread.currentWait, let facts = words.facts(of: wait) {
            sentences.append("has waited " + facts)
        }
        if let role = thread.role { sentences.append("role \(role)") }
        if let creation = words.creation(thread) { sentences.append(creation) }
        return sentences
    }

    /// The same of threads that are shown as one, in few words: nil where nothing is known.
    func summary(_ ids: [ThreadID]) -> String? {
        let threads = ids.compactMap { self[$0] }
        guard !threads.isEmpty else { return nil }
        var parts: [String] = []
        var roles: [String: Int] = [:]
        for role in threads.compactMap(\.role) { roles[role, default: 0] += 1 }
        for (role, count) in roles.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(4) {
            parts.append("\(count) of role \(role)")
        }
        if let first = threads.compactMap({ $0.currentWait?.since }).min() {
            parts.append("the longest has waited for \(words.age(of: first))")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
