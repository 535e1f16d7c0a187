/// A queue by key, the smallest first.
struct NumberHeap {
    private var items: [(key: UInt64, number: Int)] = []

    mutating func push(_ key: UInt64, _ number: Int) {
        items.append((key, number))
        var child = items.count - 1
        while child > 0, items[child].key < items[(child - 1) / 2].key {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> (key: UInt64, number: Int)? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return first }
        items[0] = last
        var parent = 0
        while true {
            var child = parent * 2 + 1
            guard child < items.count else { break }
            if child + 1 < items.count, items[child + 1].key < items[child].key { child += 1 }
            guard items[child].key < items[parent].key else { break }
            items.swapAt(child, parent)
            parent = child
        }
        return first
    }
}
