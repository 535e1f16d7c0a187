/// Values, each once, known by their places.
struct InternTable<Value: Hashable> {
    private(set) var values: [Value] = []
    private var places: [Value: UInt32] = [:]

    init() {}

    mutating func intern(_ value: Value) -> UInt32 {
        if let place = places[value] { return place }
        let place = UInt32(values.count)
        values.append(value)
        places[value] = place
        return place
    }
}
