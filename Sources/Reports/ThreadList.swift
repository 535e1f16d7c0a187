import ProcessModel

/// Many thread ids in few words.
enum ThreadList {
    /// So many ranges tell a reader enough.
    private static let most = 12

    /// "4243-4300, 4305": runs of neighbours as ranges, sorted; of very many the first.
    static func ranges(_ ids: [ThreadID]) -> String {
        let numbers = ids.map(\.rawValue).sorted()
        var parts: [String] = []
        var position = 0
        while position < numbers.count {
            let first = numbers[position]
            var last = first
            while position + 1 < numbers.count, Int64(numbers[position + 1]) <= Int64(last) + 1 {
                position += 1
                last = numbers[position]
            }
            parts.append(
                last == first ? "\(first)" : Int64(last) - Int64(first) == 1 ? "\(first), \(last)" : "\(first)-\(last)")
            position += 1
        }
        guard parts.count > most else { return parts.joined(separator: ", ") }
        return parts.prefix(most - 1).joined(separator: ", ") + " and so on"
    }
}
