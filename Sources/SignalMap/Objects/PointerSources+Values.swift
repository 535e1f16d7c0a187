// What values may point to: equations between parameters, locals, and what functions write through parameters.
extension PointerSources {
    /// What has an equation.
    enum Node: Hashable {
        /// What the callers of a function pass.
        case parameter(ParameterWrites.Key)
        /// What stands in a word of a function's frame whose address calls were given.
        case local(ParameterWrites.Local)
        /// What a function writes through a parameter, but for what its callers know better.
        case written(ParameterWrites.Key)
    }

    /// Fresh memory that the outermost caller knows by its call.
    static let atOutermostCall = UInt64.max

    /// What a value may point to.
    func sources(of path: PathID, _ function: Int) -> Set<UInt32> {
        var equation = LeastSets.Equation()
        add(ParameterWrites.OwnValue(path: path, function: Int32(function)), to: &equation)
        return found(equation)
    }

    /// What a function stores through one of its parameters when `call` calls it.
    func written(_ key: ParameterWrites.Key, at call: Int) -> Set<UInt32> {
        var equation = LeastSets.Equation()
        add(key, at: call, to: &equation)
        return found(equation)
    }

    private func found(_ equation: LeastSets.Equation) -> Set<UInt32> {
        var found = Set(equation.elements)
        for input in equation.inputs {
            let value = sets.value(of: input.node, { self.equation(of: $0) }, { self.changed($0, $1) })
            if input.change == .none {
                found.formUnion(value)
            } else {
                for element in value { found.insert(element == 0 ? 0 : changed(element, input.change)) }
            }
        }
        return found
    }

    private func node(_ node: Node) -> Int32 { Int32(nodes.intern(node)) }

    /// Fresh memory goes by other names outside of the function that made it.
    private func changed(_ element: UInt32, _ change: LeastSets.Change) -> UInt32 {
        guard case .fresh(let outer, let inner) = source(element) else { return element }
        func isMade(by function: Int32) -> Bool {
            guard outer != 0, outer != Self.atOutermostCall, let call = analysis.call(at: outer) else { return false }
            return analysis.functionOfCall[call] == function
        }
        switch change {
        case .none: return element
        case .call(let address):
            return outer == Self.atOutermostCall ? place(of: .fresh(outer: address, inner: inner)) : element
        case .leaving(let function):
            return isMade(by: function) ? place(of: .fresh(outer: Self.atOutermostCall, inner: inner)) : element
        case .renamed(let function, let address):
            return isMade(by: function) ? place(of: .fresh(outer: address, inner: inner)) : element
        case .hidden(let function):
            return isMade(by: function) ? place(of: .fresh(outer: 0, inner: inner)) : element
        }
    }

    // MARK: Equations

    private func equation(of node: Int32) -> LeastSets.Equation {
        switch nodes.values[Int(node)] {
        case .parameter(let key): parameter(key)
        case .local(let local): self.local(local)
        case .written(let key): writtenInside(key)
        }
    }

    private func parameter(_ key: ParameterWrites.Key) -> LeastSets.Equation {
        var equation = LeastSets.Equation(isStrict: true)
        let callers = analysis.callers(of: Int(key.function))
        guard !callers.isEmpty, callers.count <= Self.maximalCallers, !analysis.names.isOpen(Int(key.function)) else {
            equation.elements = LeastSets.unknown
            return equation
        }
        for call in callers {
            let argument = analysis.argument(key.parameter, of: Int(call))
            let function = analysis.functionOfCall[Int(call)]
            add(ParameterWrites.OwnValue(path: argument.path, function: function), to: &equation)
        }
        return equation
    }

    private func writtenInside(_ key: ParameterWrites.Key) -> LeastSets.Equation {
        var equation = LeastSets.Equation()
        guard let writes = writes[key] else { return equation }
        if writes.isOpen { equation.elements.append(0) }
        for value in writes.own { add(value, to: &equation, isLeaving: value.function == key.function) }
        for allocator in writes.allocators {
            equation.elements.append(place(of: .fresh(outer: Self.atOutermostCall, inner: allocator)))
        }
        for inner in writes.inner { equation.inputs.append(LeastSets.Input(node: node(.written(inner)))) }
        return equation
    }

    /// What a call to a function that writes through a parameter stores there.
    private func add(_ key: ParameterWrites.Key, at call: Int, to equation: inout LeastSets.Equation) {
        guard let writes = writes[key] else { return }
        for path in writes.left {
            add(ParameterWrites.carried(path, of: key.function, to: call, analysis), to: &equation)
        }
        equation.inputs.append(
            LeastSets.Input(node: node(.written(key)), change: .call(analysis.facts.calls[call].address)))
    }

    /// A local whose address calls were given: what they store there.
    private func local(_ local: ParameterWrites.Local) -> LeastSets.Equation {
        var equation = LeastSets.Equation()
        for (call, index) in uses(of: local) {
            switch analysis.callees[call] {
            case .function(let callee):
                add(ParameterWrites.Key(function: callee, parameter: index), at: call, to: &equation)
            case .known(let known):
                if case .pointee(Int(index), 0) = analysis.known[Int(known)].function.allocation?.place {
                    let address = analysis.facts.calls[call].address
                    equation.elements.append(place(of: .fresh(outer: address, inner: address)))
                }
            case .indirect, .outside: equation.elements.append(0)
            case .system: break
            }
        }
        if equation.elements.isEmpty && equation.inputs.isEmpty { equation.elements = LeastSets.unknown }
        return equation
    }

    // MARK: Values

    /// `isLeaving`: the function's callers get the value.
    private func add(
        _ value: ParameterWrites.OwnValue, to equation: inout LeastSets.Equation, isLeaving: Bool = false
    ) {
        for one in analysis.returned.resolve(value.path) { add(one, value.function, isLeaving, &equation) }
    }

    private func add(
        _ path: PathID, _ function: Int32, _ isLeaving: Bool, _ equation: inout LeastSets.Equation
    ) {
        func add(_ source: Source) { equation.elements.append(place(of: source)) }
        let node = analysis.paths[path]
        switch node.kind {
        case .number: break
        case .address: add(.global(UInt64(bitPattern: node.value)))
        case .symbol:
            let name = analysis.paths.symbols[Int(node.base.index)]
            if let address = analysis.names.exportedVariables[name] {
                add(.global(address &+ UInt64(bitPattern: node.value)))
            } else {
                add(.symbol(name, node.value))
            }
        case .stack: add(.stack(function))
        case .load: addLoad(path, node, function, isLeaving, &equation)
        case .field:
            let place = analysis.place(of: path).member
            guard place.isWhole || place.isBare, let keys = place.keys else {
                add(.unknown)
                return
            }
            for set in [keys] + place.outer {
                for key in analysis.members.sets[Int(set)] { add(.inside(key)) }
            }
        case .element:
            // Somewhere in what the base points to.
            if node.type.isKnown { self.add(node.base, function, isLeaving, &equation) } else { add(.unknown) }
            let place = analysis.place(of: path).member
            if let keys = place.keys {
                for key in analysis.members.sets[Int(keys)] { add(.inside(key)) }
            }
        case .parameter:
            let key = ParameterWrites.Key(function: function, parameter: node.value)
            equation.inputs.append(LeastSets.Input(node: self.node(.parameter(key))))
        case .result:
            guard let call = analysis.call(at: UInt64(bitPattern: node.value)),
                let inner = analysis.returned.allocators[call]
            else {
                add(.unknown)
                return
            }
            let isHandedOn = analysis.returned.isHandedOn(call)
            let outer = isHandedOn ? isLeaving ? Self.atOutermostCall : 0 : UInt64(bitPattern: node.value)
            add(.fresh(outer: outer, inner: inner))
        default: add(.unknown)
        }
    }

    private func addLoad(
        _ path: PathID, _ node: AccessPath, _ function: Int32, _ isLeaving: Bool, _ equation: inout LeastSets.Equation
    ) {
        let place = analysis.paths.place(ofLoad: path)
        if analysis.paths[place].kind == .stack {
            let local = ParameterWrites.Local(function: function, place: place)
            let node = self.node(.local(local))
            equation.inputs += changes(local, isLeaving).map { LeastSets.Input(node: node, change: $0) }
            return
        }
        let cells = cells(of: place, node.type)
        if cells.isEmpty { equation.elements.append(0) }
        for cell in cells { equation.elements.append(self.place(of: .held(cell))) }
    }

    // MARK: Locals

    /// The names of fresh memory that stands in a local: callers that it is handed to know it by their calls.
    private func changes(_ local: ParameterWrites.Local, _ isLeaving: Bool) -> [LeastSets.Change] {
        if isLeaving { return [.leaving(local.function)] }
        var changes = [LeastSets.Change.none]
        for key in writes.handedLocals[local] ?? [] {
            guard let calls = ParameterWrites.outermostCalls(key, analysis) else { return [.hidden(local.function)] }
            changes += calls.map { .renamed(local.function, $0) }
        }
        return changes
    }

    /// The calls that are given the address of a word of the frame, as which argument.
    private func uses(of local: ParameterWrites.Local) -> [(call: Int, index: Int64)] {
        guard local.function >= 0 else { return [] }
        if readFrames.insert(local.function).inserted { readCalls(of: local.function) }
        return localUses[local] ?? []
    }

    private func readCalls(of function: Int32) {
        for call in analysis.facts.functions[Int(function)].calls {
            let arguments = analysis.facts.arguments[analysis.facts.calls[call].arguments]
            for (index, argument) in arguments.enumerated() {
                for place in analysis.paths.expand(argument.path) where analysis.paths[place].kind == .stack {
                    let local = ParameterWrites.Local(function: function, place: place)
                    localUses[local, default: []].append((call, Int64(index)))
                }
            }
        }
    }
}
