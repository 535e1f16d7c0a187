import SignalMapABI

/// What changed in who waits and who signals between two builds, by names.
package struct SignalMapDiff: Sendable {
    package struct Change: Sendable {
        package var name: String
        package var kind: UInt8
        /// Functions that signal it, by name, sorted: before and now.
        package var before: [String]
        package var now: [String]
        /// Nobody signals it in the new build, as far as objects are known.
        package var hasNoSignaller: Bool
        /// And there is no signal of an unknown object that might be meant.
        package var isNeverSignalled = false
    }

    /// Conditions that only the new build waits on, and that only the old one did.
    package var added: [Change] = []
    package var gone: [Change] = []
    /// Conditions of both whose signallers are others now.
    package var changed: [Change] = []

    /// New conditions that nobody signals, and old ones that have lost their last signaller.
    package var withoutSignaller: [Change] {
        added.filter(\.hasNoSignaller) + changed.filter { $0.hasNoSignaller && !$0.before.isEmpty }
    }

    package init(from old: SignalMapSet, to new: SignalMapSet) {
        let before = Self.signallers(old)
        let now = Self.signallers(new)
        for (key, value) in now.sorted(by: { $0.key < $1.key }) {
            let was = before[key]
            let change = Change(
                name: key.name, kind: key.kind, before: was?.names ?? [], now: value.names,
                hasNoSignaller: value.hasNone, isNeverSignalled: value.isSure)
            if was == nil {
                added.append(change)
            } else if was?.names != value.names {
                changed.append(change)
            }
        }
        for (key, value) in before.sorted(by: { $0.key < $1.key }) where now[key] == nil {
            gone.append(Change(name: key.name, kind: key.kind, before: value.names, now: [], hasNoSignaller: false))
        }
    }

    private struct Key: Hashable, Comparable {
        var name: String
        var kind: UInt8

        static func < (a: Self, b: Self) -> Bool { (a.name, a.kind) < (b.name, b.kind) }
    }

    private static func signallers(_ set: SignalMapSet) -> [Key: (names: [String], hasNone: Bool, isSure: Bool)] {
        var found: [Key: (names: [String], hasNone: Bool, isSure: Bool)] = [:]
        for condition in set.conditions() where condition.isDecided {
            let names = Set(condition.signals.compactMap { set.function(of: $0) }.map { set.name(of: $0) })
            found[Key(name: condition.name, kind: condition.kind)] = (
                names.sorted(), condition.hasNoSignaller, condition.isNeverSignalled
            )
        }
        return found
    }
}
