import SignalMapABI

/// Names like one that nothing is called: what a person may have meant who mistyped.
package struct NearNames {
    private let wanted: [UInt8]
    private let most: Int
    /// The best so far, by how far off they are, then by name.
    private var best: [(distance: Int, name: String)] = []
    /// Longer names are compared by what they contain only.
    private static let longest = 64

    /// - Parameter most: how many names are kept.
    package init(to wanted: String, most: Int = 3) {
        self.wanted = Self.plain(wanted)
        self.most = most
    }

    /// The names, the nearest first.
    package var names: [String] { best.map(\.name) }

    package mutating func add(_ name: String) {
        guard let distance = distance(to: name), !best.contains(where: { $0.name == name }) else { return }
        best.append((distance, name))
        best.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
        if best.count > most { best.removeLast() }
    }

    /// As people remember names: without case, and without what only separates words.
    private static func plain(_ name: String) -> [UInt8] {
        name.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "_"), UInt8(ascii: " "): nil
            default: byte
            }
        }
    }

    /// Letters that are changed, missing, too many or swapped with their neighbour; nil where it is another name
    /// altogether. One that contains the other counts as near.
    private func distance(to name: String) -> Int? {
        guard !wanted.isEmpty, name.utf8.count <= 4096 else { return nil }
        let found = Self.plain(name)
        guard !found.isEmpty else { return nil }
        let limit = max(1, min(wanted.count, found.count) / 4)
        if wanted.count <= Self.longest, abs(found.count - wanted.count) <= limit,
            let distance = edits(found, limit: limit)
        {
            return distance
        }
        if wanted.count >= 4, Self.contains(found, wanted) { return 100 + found.count - wanted.count }
        if found.count >= 4, Self.contains(wanted, found) { return 200 + wanted.count - found.count }
        return nil
    }

    private static func contains(_ long: [UInt8], _ short: [UInt8]) -> Bool {
        guard short.count <= long.count else { return false }
        return (0...long.count - short.count).contains { start in
            long[start] == short[0] && long[start..<start + short.count].elementsEqual(short)
        }
    }

    /// The distance of Damerau and Levenshtein in which no letter moves twice; nil beyond `limit`.
    private func edits(_ found: [UInt8], limit: Int) -> Int? {
        var before = [Int](repeating: 0, count: found.count + 1)
        var last = Array(0...found.count)
        var row = last
        for (place, letter) in wanted.enumerated() {
            row[0] = place + 1
            var least = row[0]
            for (other, candidate) in found.enumerated() {
                var cost = min(last[other + 1], row[other]) + 1
                cost = min(cost, last[other] + (letter == candidate ? 0 : 1))
                if place > 0, other > 0, letter == found[other - 1], wanted[place - 1] == candidate {
                    cost = min(cost, before[other - 1] + 1)
                }
                row[other + 1] = cost
                least = min(least, cost)
            }
            if least > limit { return nil }
            (before, last, row) = (last, row, before)
        }
        return last[found.count] <= limit ? last[found.count] : nil
    }
}

extension SignalMapSet {
    /// Names of functions like `name`, the nearest first.
    package func functions(near name: String) -> [String] {
        var near = NearNames(to: name)
        for map in maps {
            let text = IdentityText(map)
            for index in map.functions.indices where map.functions[index].name != DWM_NONE {
                near.add(text.functionName(UInt32(index)))
            }
        }
        return near.names
    }

    /// Names of what is waited on, signalled or otherwise worked on, like `name`, the nearest first.
    package func objects(near name: String) -> [String] {
        var near = NearNames(to: name)
        for map in maps {
            let text = IdentityText(map)
            for identity in Set(map.operations.map(\.identity)).sorted() where text.isDecided(identity) {
                // People leave out what the last pointer leads to, and so may answers.
                let name = text.name(identity)
                near.add(String(name.prefix(upTo: Self.arrow(in: name))))
            }
        }
        return near.names
    }

    /// Where the first "->" stands, else the end.
    private static func arrow(in name: String) -> String.Index {
        name.indices.first { name[$0...].hasPrefix("->") } ?? name.endIndex
    }
}
