import ProcessModel

/// Collects what could not be read, the same reason of many records in one gap: a hostile registry must not make a
/// report of a million lines.
struct RegistryGaps {
    private struct Key: Hashable {
        var operation: String
        var reason: String
    }

    /// So many gaps of one reason name their subjects.
    private static let named = 8

    private var gaps: [Gap] = []
    private var counts: [Key: Int] = [:]
    private var order: [Key] = []

    mutating func add(_ subject: Gap.Subject, _ operation: String, _ reason: String, help: String? = nil) {
        let key = Key(operation: operation, reason: reason)
        if counts[key] == nil { order.append(key) }
        counts[key, default: 0] += 1
        if counts[key, default: 0] <= Self.named {
            gaps.append(Gap(subject, operation: operation, reason: reason, help: help))
        }
    }

    /// All of them, each reason that stands for more with the number of the others behind it.
    func all(_ registry: Gap.Subject) -> [Gap] {
        gaps
            + order.compactMap { key in
                let more = (counts[key] ?? 0) - Self.named
                guard more > 0 else { return nil }
                return Gap(
                    registry, operation: key.operation,
                    reason: "of \(more) more \(more == 1 ? "record" : "records") the same is true: \(key.reason)")
            }
    }
}
