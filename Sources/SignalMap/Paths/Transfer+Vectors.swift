import CCapstone

/// Compilers move pointers in pairs through vector registers.
extension Interpreter {
    private func half(_ register: UInt8, _ upper: Int) -> Int? {
        let number = Int(register) - Int(DWI_VECTOR)
        return number >= 0 && number < AbstractState.vectors ? 16 + number * 2 + upper : nil
    }

    private func read(_ register: UInt8, half upper: Int) -> Value {
        half(register, upper).map { state.registers[$0] } ?? .unknown
    }

    private func write(_ value: Value, _ register: UInt8, half upper: Int) {
        if let place = half(register, upper) { state.registers[place] = value }
    }

    mutating func moveVector(_ instruction: Instruction) {
        let target = instruction.destination
        let source = instruction.source
        switch instruction.does {
        case .vectorLoad:
            let place = place(of: instruction)
            let null = Value(path: table.number(0), type: .unknown)
            write(loadHalf(place, 0, instruction), target, half: 0)
            write(instruction.width >= 16 ? loadHalf(place, 8, instruction) : null, target, half: 1)
        case .vectorLoadHigh:
            let place = place(of: instruction)
            write(loadHalf(place, 0, instruction), target, half: 1)
        case .vectorStore: storeVector(instruction)
        case .vectorStoreHigh:
            let place = place(of: instruction)
            store(read(source, half: 1), to: place, width: 8, instruction)
        case .vectorFrom:
            write(read(source, at: instruction.address), target, half: 0)
            write(Value(path: table.number(0), type: .unknown), target, half: 1)
        case .vectorTo: setRegister(target, read(source, half: 0), instruction)
        case .vectorMove:
            write(read(source, half: 0), target, half: 0)
            write(read(source, half: 1), target, half: 1)
        case .vectorInsert:
            if instruction.immediate == 0 || instruction.immediate == 1 {
                write(read(source, at: instruction.address), target, half: Int(instruction.immediate))
            }
        case .vectorUnpackLow: write(read(source, half: 0), target, half: 1)
        default:
            // Some of these set flags (ucomisd).
            state.flags.isKnown = false
            let isZero = source == target
            let value = isZero ? Value(path: table.number(0), type: .unknown) : .unknown
            write(value, target, half: 0)
            write(value, target, half: 1)
        }
    }

    private mutating func loadHalf(_ place: Place, _ offset: Int64, _ instruction: Instruction) -> Value {
        let place = shifted(place, offset)
        return load(place, width: min(Int(instruction.width), 8), isSigned: false, instruction)
    }

    private mutating func shifted(_ place: Place, _ offset: Int64) -> Place {
        if offset == 0 { return place }
        return plus(Value(path: place.path, type: view.pointer(to: place.pointee)), offset)
    }

    private mutating func storeVector(_ instruction: Instruction) {
        let place = place(of: instruction)
        let width = Int64(min(instruction.width, 64))
        if width < 8 {
            store(read(instruction.source, half: 0), to: place, width: Int(width), instruction)
            return
        }
        for half in 0..<width / 8 {
            let target = shifted(place, half &* 8)
            // Of wider registers only the lower two halves are known, or that all of it is 0.
            let lower = read(instruction.source, half: 0)
            let value: Value =
                half < 2
                ? read(instruction.source, half: Int(half))
                : isNull(lower) && isNull(read(instruction.source, half: 1)) ? lower : .unknown
            store(value, to: target, width: 8, instruction)
        }
    }

    private func isNull(_ value: Value) -> Bool {
        let node = table[value.path]
        return node.kind == .number && node.value == 0
    }
}
