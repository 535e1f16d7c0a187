import SignalMapABI

/// One search: the nearest first.
struct ReachSearch {
    let set: SignalMapSet
    let options: Reachability.Options
    var cells: SharedCells
    let classes: SharedClasses
    let creations: CoveredCreations
    /// Functions, by number, that were entered with a start routine that the call does not tell.
    private var openlyEntered: Set<Int> = []
    /// Creations of functions that were not, until they are: operations of the map by the number.
    private var heldBack: [Int: [Int]] = [:]
    private(set) var reach: Reach
    /// By number, and behind those by root: level, then hops.
    private var keys: [UInt64]
    private var heap = NumberHeap()
    /// By map and list of targets the level at which it was followed.
    private var lists: [[UInt32: UInt8]]
    private var isDone: [Bool]
    /// By map and variant, its number.
    private var variants: [VariantPlace: Int] = [:]

    private struct VariantPlace: Hashable {
        var map: Int
        var variant: UInt32
    }

    /// The weakest edge that is followed of the call at hand.
    private var limit: UInt32

    init(
        _ set: SignalMapSet, _ options: Reachability.Options, _ cells: SharedCells, _ classes: SharedClasses,
        _ creations: CoveredCreations
    ) {
        self.creations = creations
        self.set = set
        self.options = options
        self.cells = cells
        self.classes = classes
        let count = set.functionCount
        reach = Reach(
            steps: [Reachability.Step?](repeating: nil, count: count), levels: [UInt8](repeating: 255, count: count))
        keys = [UInt64](repeating: .max, count: count)
        limit = options.weakest
        isDone = [Bool](repeating: false, count: count)
        lists = Array(repeating: [:], count: set.maps.count)
    }

    mutating func run(_ roots: [Reachability.Root]) {
        var parts: [CodeAhead] = []
        for root in roots {
            switch root {
            case .function(let function):
                guard function.map < set.maps.count, function.index < set.maps[function.map].functions.count else {
                    reach.unknownRoots.append(root)
                    continue
                }
                let ahead = CodeAhead(whole: function, set.maps[function.map])
                reach.mayReturn = reach.mayReturn || ahead.mayReturn
                start(set.number(function))
            case .returnAddress(let map, let address):
                guard map < set.maps.count,
                    let ahead = CodeAhead(returningTo: address, map: map, set.maps[map])
                else {
                    reach.unknownRoots.append(root)
                    continue
                }
                reach.mayReturn = reach.mayReturn || ahead.mayReturn
                if ahead.isWhole {
                    start(set.number(ahead.function))
                } else {
                    parts.append(ahead)
                }
            }
        }
        for ahead in parts { _ = add(ahead) }
        for (place, ahead) in parts.enumerated() { expand(ahead, number: set.functionCount + place, key: 0) }
        while let (key, number) = heap.pop() {
            if isDone[number] { continue }
            isDone[number] = true
            guard number < set.functionCount else {
                let part = reach.roots[number - set.functionCount]
                reach.rootLevels[number - set.functionCount] = UInt8(truncatingIfNeeded: key >> 32)
                // All of the function is done: nearer, and with all that the variant calls.
                if !isDone[set.number(part.function)] { expand(part, number: number, key: key) }
                continue
            }
            reach.levels[number] = UInt8(truncatingIfNeeded: key >> 32)
            reach.functions.append(number)
            let function = set.function(numbered: number)
            expand(CodeAhead(whole: function, set.maps[function.map]), number: number, key: key)
        }
    }

    /// A part of a function gets a number behind the functions'.
    private mutating func add(_ ahead: CodeAhead) -> Int {
        reach.roots.append(ahead)
        reach.rootLevels.append(0)
        reach.steps.append(nil)
        keys.append(.max)
        isDone.append(false)
        return set.functionCount + reach.roots.count - 1
    }

    private mutating func start(_ number: Int) {
        keys[number] = 0
        reach.starts.insert(number)
        reach.steps[number] = nil
        heap.push(0, number)
    }

    /// Whether nothing is known of a call that is not weaker than asked for. All records of an instruction stand in a row.
    private func isOnlyAnswer(_ index: Int, _ calls: Range<Int>, _ place: Int) -> Bool {
        guard options.followsTheOnlyAnswer else { return false }
        let map = set.maps[place]
        let address = map.calls[index].address
        var first = index
        while first > calls.lowerBound, map.calls[first - 1].address == address { first -= 1 }
        for other in first..<calls.upperBound {
            let call = map.calls[other]
            if call.address != address { break }
            switch dwm_call_kind(rawValue: UInt32(call.kind)) {
            case DWM_CALL_FUNCTION, DWM_CALL_SYMBOL, DWM_CALL_SYSTEM: return false
            case DWM_CALL_TARGETS:
                guard let record = map.targetSet(call.target) else { continue }
                // A cell that nobody was seen to write says nothing.
                if UInt32(max(call.level, record.level)) <= options.weakest, !map.targets(ofSet: call.target).isEmpty {
                    return false
                }
            default: break
            }
        }
        return true
    }

    /// Follows the calls that lie ahead.
    private mutating func expand(_ ahead: CodeAhead, number: Int, key: UInt64) {
        let place = ahead.function.map
        let map = set.maps[place]
        let calls = map.calls(ofFunction: ahead.function.index)
        let constants = VariantCalls(ahead, map)
        for index in calls {
            let call = map.calls[index]
            guard ahead.holds(block: call.block, address: call.address) else { continue }
            limit = isOnlyAnswer(index, calls, place) ? DWM_ANY.rawValue : options.weakest
            if UInt32(call.level) > limit { continue }
            let step = Reachability.Step(from: number, call: UInt32(index), level: call.level, isCreation: false)
            switch dwm_call_kind(rawValue: UInt32(call.kind)) {
            case DWM_CALL_FUNCTION:
                let callee = SignalMapSet.Function(map: place, index: call.target)
                if let variant = constants.variant(ofCall: UInt32(index)) {
                    follow(variant: variant, of: callee, step, key)
                } else {
                    follow(callee, step, key)
                }
            case DWM_CALL_SYMBOL: follow(symbol: call.target, place, step, key)
            case DWM_CALL_TARGETS: follow(set: call.target, place, step, key)
            case DWM_CALL_SYSTEM: break
            default: reach.openCalls.append((place, UInt32(index)))
            }
        }
        guard options.followsCreations else { return }
        for index in map.operations(ofFunction: ahead.function.index) {
            let operation = map.operations[index]
            guard operation.action == UInt8(truncatingIfNeeded: DWM_CREATE.rawValue) else { continue }
            if let call = map.call(operation.call), !ahead.holds(block: call.block, address: call.address) { continue }
            // A thread that stands in the function was handed something.
            let isEntered = number < set.functionCount || ahead.isVariant
            if isEntered, CoveredCreations.hangsOnParameters(operation), !openlyEntered.contains(number),
                !reach.starts.contains(number)
            {
                heldBack[number, default: []].append(index)
            } else {
                create(index, place, number, key)
            }
        }
    }

    /// Follows what the thread runs that an operation creates.
    private mutating func create(_ index: Int, _ place: Int, _ number: Int, _ key: UInt64) {
        let operation = set.maps[place].operations[index]
        let level = set.maps[place].targetSet(operation.targets)?.level ?? 0
        limit = options.followsTheOnlyAnswer ? DWM_ANY.rawValue : options.weakest
        follow(
            set: operation.targets, place,
            Reachability.Step(from: number, call: operation.call, level: level, isCreation: true), key)
    }

    /// A wrapper of a creation is entered: what it creates counts unless the call tells it.
    private mutating func enter(
        _ function: SignalMapSet.Function, _ number: Int, _ step: Reachability.Step, _ key: UInt64
    ) {
        guard options.followsCreations, creations.isWrapper(function) else { return }
        let from =
            step.from < set.functionCount
            ? set.function(numbered: step.from).map : reach.roots[step.from - set.functionCount].function.map
        if !step.isCreation, creations.covers(step.call, of: from, entering: function) { return }
        guard openlyEntered.insert(number).inserted, let held = heldBack.removeValue(forKey: number) else { return }
        let level = max(key >> 32, UInt64(step.level))
        let outer = limit
        for index in held { create(index, function.map, number, level << 32 | (key & 0xffff_ffff) &+ 1) }
        limit = outer
    }

    private mutating func follow(_ function: SignalMapSet.Function, _ step: Reachability.Step, _ key: UInt64) {
        guard function.index < set.maps[function.map].functions.count else { return }
        let number = set.number(function)
        let level = max(key >> 32, UInt64(step.level))
        let next = level << 32 | (key & 0xffff_ffff) &+ 1
        enter(function, number, step, key)
        push(number, next, step)
    }

    private mutating func push(_ number: Int, _ key: UInt64, _ step: Reachability.Step) {
        guard key < keys[number] else { return }
        keys[number] = key
        reach.steps[number] = step
        heap.push(key, number)
    }

    /// A variant of another function than the call's is damage: all of the callee counts.
    private mutating func follow(
        variant: UInt32, of function: SignalMapSet.Function, _ step: Reachability.Step, _ key: UInt64
    ) {
        let place = VariantPlace(map: function.map, variant: variant)
        guard let part = variants[place] ?? newPart(place), reach.roots[part - set.functionCount].function == function
        else {
            follow(function, step, key)
            return
        }
        let level = max(key >> 32, UInt64(step.level))
        enter(function, part, step, key)
        push(part, level << 32 | (key & 0xffff_ffff) &+ 1, step)
    }

    private mutating func newPart(_ place: VariantPlace) -> Int? {
        guard let ahead = CodeAhead(variant: place.variant, map: place.map, set.maps[place.map]) else { return nil }
        let number = add(ahead)
        variants[place] = number
        return number
    }

    private mutating func follow(symbol: UInt32, _ map: Int, _ step: Reachability.Step, _ key: UInt64) {
        if let definition = set.definition(symbol: symbol, in: map) {
            if let targets = definition.targets {
                // A list is followed once at a level: a damaged map whose choices lead to each other ends, too.
                follow(set: targets, definition.function.map, step, key)
            } else {
                follow(definition.function, step, key)
            }
        } else if let name = set.maps[map].string(symbol) {
            let level = UInt8(truncatingIfNeeded: max(key >> 32, UInt64(step.level)))
            reach.outside[name] = min(level, reach.outside[name] ?? .max)
        }
    }

    /// Whether a set may lack some of its targets.
    private func isOpen(_ place: UInt32, _ record: dwm_target_set, _ map: Int) -> Bool {
        guard record.is_open == UInt8(DWM_OPEN_TO_BINARIES.rawValue) else { return record.is_open != 0 }
        if options.knowsAllBinaries { return false }
        return record.slot_offset != DWM_NONE || set.mayBeWrittenElsewhere(cellsOf: place, in: map)
    }

    private mutating func follow(set place: UInt32, _ map: Int, _ step: Reachability.Step, _ key: UInt64) {
        guard let record = set.maps[map].targetSet(place) else {
            reach.openCalls.append((map, step.call))
            return
        }
        if isOpen(place, record, map) { reach.openCalls.append((map, step.call)) }
        if record.cell_count > 0 {
            for holding in cells.holdings(of: place, in: map, set.maps) {
                var step = step
                step.level = max(step.level, UInt8(truncatingIfNeeded: DWM_TABLE.rawValue))
                follow(list: holding.set, holding.map, step, key)
            }
        }
        var step = step
        step.level = max(step.level, record.level)
        if record.slot_offset != DWM_NONE {
            for target in classes.targets(ofSet: place, in: map) {
                follow(target: target.target, target.map, step, key)
            }
        }
        follow(list: place, map, step, key)
    }

    /// The targets of a set, unless the nearest of its calls was seen already.
    private mutating func follow(list place: UInt32, _ map: Int, _ step: Reachability.Step, _ key: UInt64) {
        guard UInt32(step.level) <= limit, let record = set.maps[map].targetSet(place) else { return }
        let level = UInt8(truncatingIfNeeded: max(key >> 32, UInt64(step.level)))
        if let known = lists[map][record.list], known <= level { return }
        lists[map][record.list] = level
        for target in set.maps[map].targets(ofSet: place) { follow(target: target, map, step, key) }
    }

    private mutating func follow(target: UInt32, _ map: Int, _ step: Reachability.Step, _ key: UInt64) {
        if target & DWM_IMPORTED != 0 {
            follow(symbol: target & ~DWM_IMPORTED, map, step, key)
        } else {
            follow(SignalMapSet.Function(map: map, index: target), step, key)
        }
    }
}
