import SignalMapABI

/// Something that threads wait on, with who waits and who signals. One name may stand for several objects.
package struct ConditionSummary: Sendable {
    package var name: String
    /// As `Primitive.Kind` numbers them.
    package var kind: UInt8
    package var isDecided: Bool
    package var waits: [SignalMapSet.Site]
    /// Those of certainty `named`.
    package var signals: [SignalMapSet.Site]
    /// How many further sites may signal it: the same kind of object, or one that is not known.
    package var sameType: Int
    package var possible: Int
    package var unknown: Int

    /// The kernel or a library ends such waits by itself, too: that nothing signals the object says nothing.
    package var isReleasedElsewhere: Bool { Primitive.Kind(rawValue: kind)?.isReleasedElsewhere ?? true }
    /// Nobody in the maps signals it, as far as objects are known.
    package var hasNoSignaller: Bool { signals.isEmpty && sameType == 0 && possible == 0 && !isReleasedElsewhere }
    /// And no site of unknown object is left that might.
    package var isNeverSignalled: Bool { hasNoSignaller && unknown == 0 }
}

extension SignalMapSet {
    /// So many pairs of identities are compared; a file that nobody may believe could have many more, and those count
    /// as possible.
    private static let comparisonLimit = 30_000_000

    /// What the waits of the maps wait on, by name.
    package func conditions() -> [ConditionSummary] {
        struct Key: Hashable {
            var name: String
            var kind: UInt8
        }
        let comparison = IdentityComparison(self)
        var left = Self.comparisonLimit
        let signals = ownSites(DWM_SIGNAL)
        var order: [Key] = []
        var groups: [Key: (waits: [Site], subjects: Set<Subject>)] = [:]
        for site in ownSites(DWM_WAIT) {
            let operation = record(site)
            let key = Key(name: IdentityText(maps[site.map]).name(operation.identity), kind: operation.object)
            if groups[key] == nil { order.append(key) }
            groups[key, default: ([], [])].waits.append(site)
            groups[key, default: ([], [])].subjects.insert(Subject(map: site.map, identity: operation.identity))
        }
        // Sites of one identity and kind are alike.
        struct Signal: Hashable {
            var subject: Subject
            var kind: UInt8
            var isHandedOn: Bool
        }
        let kinds = Dictionary(grouping: signals) {
            Signal(
                subject: Subject(map: $0.map, identity: record($0).identity), kind: record($0).object,
                isHandedOn: isHandedOn($0))
        }
        let isDecided = Dictionary(
            uniqueKeysWithValues: kinds.keys.map {
                ($0, IdentityText(maps[$0.subject.map]).isDecided($0.subject.identity))
            })
        return order.sorted { ($0.name, $0.kind) < ($1.name, $1.kind) }.map { key in
            let group = groups[key] ?? ([], [])
            let isKnown = group.subjects.allSatisfy { IdentityText(maps[$0.map]).isDecided($0.identity) }
            var summary = ConditionSummary(
                name: key.name, kind: key.kind, isDecided: isKnown, waits: group.waits, signals: [], sameType: 0,
                possible: 0, unknown: 0)
            for (signal, sites) in kinds where signal.kind == key.kind {
                left -= group.subjects.count
                let answer =
                    left < 0
                    ? .possible
                    : group.subjects.map {
                        comparison.compare(
                            $0.identity, in: $0.map, with: signal.subject.identity, in: signal.subject.map)
                    }.min()
                switch answer {
                case .same? where signal.isHandedOn, .member? where signal.isHandedOn,
                    .type? where signal.isHandedOn:
                    summary.possible += sites.count
                case .same?, .member?: summary.signals += sites
                // The whole name in common: told apart from the waits' object by nothing that has a name.
                case .type? where IdentityText(maps[signal.subject.map]).name(signal.subject.identity) == key.name:
                    summary.signals += sites
                case .type?: summary.sameType += sites.count
                case .possible? where isKnown && isDecided[signal] == true: summary.possible += sites.count
                case .possible?: summary.unknown += sites.count
                case .no?, nil: break
                }
            }
            summary.signals = withoutCallers(summary.signals.sorted())
            summary.waits = withoutCallers(summary.waits)
            return summary
        }
    }

    private struct Subject: Hashable {
        var map: Int
        var identity: UInt32
    }
}
