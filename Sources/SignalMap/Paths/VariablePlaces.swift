/// Where the variables of one function live, by register and by stack slot. Made anew for each function.
struct VariablePlaces {
    private struct Stretch {
        var low: UInt64
        var high: UInt64
        var type: TypeID
    }
    private struct Slot {
        var offset: Int64
        var low: UInt64
        var high: UInt64
        var type: TypeID
    }
    /// More stretches of one register are of no compiler's making; those beyond are not looked at.
    private static let limit = 4096

    /// For each register disjoint stretches by address.
    private var registers = [[Stretch]](repeating: [], count: 16)
    private var slots: [Slot] = []
    /// Relative to rsp and to rbp.
    private var relative: [(register: UInt8, slot: Slot)] = []
    private(set) var objects = StackObjects()
    /// Debug information knows of variables here.
    private(set) var isEmpty = true

    mutating func reset(_ places: [BinaryTypes.Place], _ view: borrowing TypeView) {
        if !isEmpty {
            for index in registers.indices { registers[index].removeAll(keepingCapacity: true) }
            slots.removeAll(keepingCapacity: true)
            relative.removeAll(keepingCapacity: true)
            objects.removeAll()
        }
        isEmpty = places.isEmpty
        if places.isEmpty { return }
        for place in places where place.low < place.high {
            switch place.location {
            case .register(let register) where register < 16:
                // Only pointers: a structure's half says nothing.
                guard view.pointee(place.type).isKnown, registers[Int(register)].count < Self.limit else { continue }
                registers[Int(register)].append(Stretch(low: place.low, high: place.high, type: place.type))
            case .register: break
            case .stack(let offset):
                guard offset > -AbstractState.reach, offset < AbstractState.reach else { continue }
                if view.pointee(place.type).isKnown {
                    slots.append(Slot(offset: offset, low: place.low, high: place.high, type: place.type))
                } else {
                    objects.add(Self.object(place, at: offset, view), register: nil)
                }
            case .base(let register, let offset):
                guard register == 4 || register == 5, relative.count < Self.limit else { continue }
                if view.pointee(place.type).isKnown {
                    relative.append(
                        (register, Slot(offset: offset, low: place.low, high: place.high, type: place.type)))
                } else {
                    objects.add(Self.object(place, at: offset, view), register: register)
                }
            }
        }
        for index in registers.indices where registers[index].count > 1 {
            registers[index] = Self.disjoint(registers[index], view)
        }
        slots.sort { $0.offset < $1.offset }
        objects.sort()
    }

    private static func object(
        _ place: BinaryTypes.Place, at offset: Int64, _ view: borrowing TypeView
    ) -> StackObjects.Object {
        StackObjects.Object(
            offset: offset, size: view.size(place.type), type: place.type, low: place.low, high: place.high)
    }

    /// Where several hold, one that points to a structure counts; of two structures of which one begins with the other,
    /// as of an object and what it is derived from in C, the larger; else the one that holds for the least code: that is
    /// the innermost.
    private static func disjoint(_ stretches: [Stretch], _ view: borrowing TypeView) -> [Stretch] {
        var edges: [UInt64] = []
        for stretch in stretches {
            edges.append(stretch.low)
            edges.append(stretch.high)
        }
        edges.sort()
        let sorted = stretches.sorted { $0.low < $1.low }
        var open: [Stretch] = []
        var next = 0
        var result: [Stretch] = []
        for (index, low) in edges.enumerated() where index + 1 < edges.count && edges[index + 1] > low {
            let high = edges[index + 1]
            open.removeAll { $0.high <= low }
            while next < sorted.count, sorted[next].low <= low {
                if sorted[next].high > low { open.append(sorted[next]) }
                next += 1
            }
            var best: Stretch?
            for stretch in open {
                guard let other = best else {
                    best = stretch
                    continue
                }
                let isBetter = view.isPointerToStructure(stretch.type)
                let wasGood = view.isPointerToStructure(other.type)
                let shorter = isBetter && wasGood ? view.common(stretch.type, other.type) : .unknown
                if shorter.isKnown, stretch.type != other.type {
                    if shorter == other.type { best = stretch }
                } else if isBetter != wasGood ? isBetter : stretch.high - stretch.low < other.high - other.low {
                    best = stretch
                }
            }
            if let best {
                if let last = result.last, last.high == low, last.type == best.type {
                    result[result.count - 1].high = high
                } else {
                    result.append(Stretch(low: low, high: high, type: best.type))
                }
            }
        }
        return result
    }

    /// The type of the variable that lives in a register.
    func type(inRegister register: Int, at address: UInt64) -> TypeID {
        let stretches = registers[register]
        let low = stretches.partition { $0.low <= address }
        guard low > 0, address < stretches[low - 1].high else { return .unknown }
        return stretches[low - 1].type
    }

    func hasVariables(inRegister register: Int) -> Bool { !registers[register].isEmpty }

    /// The type of the variable that lives in a stack slot.
    func type(
        inSlot offset: Int64, at address: UInt64, _ frame: StackObjects.Frame, _ view: borrowing TypeView
    ) -> TypeID {
        if isEmpty { return .unknown }
        var best = TypeID.unknown
        for slot in slots[slots.partition { $0.offset < offset }...] {
            if slot.offset != offset { break }
            guard address >= slot.low, address < slot.high else { continue }
            if !best.isKnown || view.isPointerToStructure(slot.type) { best = slot.type }
        }
        if best.isKnown || relative.isEmpty { return best }
        for (register, slot) in relative where address >= slot.low && address < slot.high {
            guard let base = frame.base(register), base &+ slot.offset == offset else { continue }
            if !best.isKnown || view.isPointerToStructure(slot.type) { best = slot.type }
        }
        return best
    }

    /// Where the next variable above an offset begins.
    func nextVariable(above offset: Int64, _ frame: StackObjects.Frame) -> Int64? {
        let slot = slots.first { $0.offset > offset }?.offset
        return [slot, objects.next(above: offset, frame)].compactMap { $0 }.min()
    }
}
