import SignalMapABI

/// How sure it is that a site works on the object that was asked for.
package enum SiteCertainty: UInt8, Comparable, Sendable, CaseIterable {
    /// Its identity is the one that was named.
    case named
    /// The same kind of object, reached in another way.
    case sameType
    /// What is known does not rule it out.
    case possible
    /// Nothing is known of its object.
    case unknown

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Sites that work on an object, or may.
package struct SiteAnswer: Sendable {
    package struct Found: Sendable {
        package var site: SignalMapSet.Site
        package var certainty: SiteCertainty
    }

    /// The names of the identities that the question meant, each once, sorted; empty: nothing is called that.
    package var identities: [String]
    /// By certainty, then in the order of maps and functions.
    package var found: [Found]

    package func sites(_ certainty: SiteCertainty) -> [SignalMapSet.Site] {
        found.filter { $0.certainty == certainty }.map(\.site)
    }
}

extension SignalMapSet {
    /// Who does `action` to the object that `pattern` names.
    package func sites(_ action: dwm_action, on pattern: IdentityPattern) -> SiteAnswer {
        // Identities that some operation works on: the others are parts of the analysis only.
        let named = maps.map { Set(pattern.identities(among: Self.identitiesOfOperations(of: $0), in: $0)) }
        var names: Set<String> = []
        var subjects: [(map: Int, identity: UInt32)] = []
        // A descriptor is no condition, whatever is not known of it.
        var kinds: Set<UInt8> = []
        var isNamed = maps.map { [Bool](repeating: false, count: $0.identities.count) }
        for (place, map) in maps.enumerated() {
            names.formUnion(named[place].map { IdentityText(map).name($0) })
            subjects += named[place].sorted().map { (place, $0) }
            for identity in named[place] { isNamed[place][Int(identity)] = true }
            for operation in map.operations
            where operation.identity < isNamed[place].count && isNamed[place][Int(operation.identity)] {
                kinds.insert(operation.object)
            }
        }
        if subjects.isEmpty { return SiteAnswer(identities: [], found: []) }
        let comparison = IdentityComparison(self)
        var found: [SiteAnswer.Found] = []
        var known: [Int: [UInt32: SiteCertainty?]] = [:]
        for site in ownSites(action) {
            let identity = record(site).identity
            if identity < isNamed[site.map].count, isNamed[site.map][Int(identity)] {
                found.append(.init(site: site, certainty: isHandedOn(site) ? .possible : .named))
                continue
            }
            guard kinds.contains(record(site).object) else { continue }
            let certainty: SiteCertainty?
            if let answer = known[site.map]?[identity] {
                certainty = answer
            } else {
                certainty = Self.certainty(
                    of: subjects.map { comparison.compare($0.identity, in: $0.map, with: identity, in: site.map) }
                        .min(),
                    isDecided: IdentityText(maps[site.map]).isDecided(identity))
                known[site.map, default: [:]][identity] = .some(certainty)
            }
            if let certainty {
                found.append(.init(site: site, certainty: isHandedOn(site) ? max(certainty, .possible) : certainty))
            }
        }
        let shown = Set(
            SiteCertainty.allCases.flatMap { certainty in
                withoutCallers(found.filter { $0.certainty == certainty }.map(\.site))
            })
        found.removeAll { !shown.contains($0.site) }
        found.sort { ($0.certainty, $0.site) < ($1.certainty, $1.site) }
        return SiteAnswer(identities: names.sorted(), found: found)
    }

    /// In rising order. What a damaged record names besides is none.
    private static func identitiesOfOperations(of map: SignalMapFile) -> [UInt32] {
        var isUsed = [Bool](repeating: false, count: map.identities.count)
        for operation in map.operations where operation.identity < isUsed.count {
            isUsed[Int(operation.identity)] = true
        }
        return isUsed.indices.filter { isUsed[$0] }.map { UInt32($0) }
    }

    private static func certainty(of answer: IdentityComparison.Answer?, isDecided: Bool) -> SiteCertainty? {
        switch answer {
        case .same?, .member?: .named
        case .type?: .sameType
        case .possible?: isDecided ? .possible : .unknown
        case .no?, nil: nil
        }
    }
}
