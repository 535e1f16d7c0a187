/// Makes what the maps say of a process's waits when it is first asked for: what earlier rules found is known by then.
final class SignalBox {
    private let maps: ProcessMaps
    private var made: SignalWaits?

    init(_ maps: ProcessMaps) { self.maps = maps }

    func waits(in context: RuleContext) -> SignalWaits {
        if let made { return made }
        let held = context.heldForGood.compactMap { context.index.position(of: $0) }
        let waits = SignalWaits(maps, context.index, context.graph, context.facts, held: Set(held))
        made = waits
        return waits
    }
}
