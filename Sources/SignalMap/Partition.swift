extension RandomAccessCollection where Index == Int {
    /// The index of the first element for which `precedes` is false; those for which it is true stand before.
    @inline(__always)
    func partition(_ precedes: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if precedes(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first element with that key; nil without one. The elements rise by their keys.
    @inline(__always)
    func first<Key: Comparable>(with key: Key, by path: (Element) -> Key) -> Element? {
        let index = partition { path($0) < key }
        return index < endIndex && path(self[index]) == key ? self[index] : nil
    }
}
