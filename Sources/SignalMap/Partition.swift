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
}
