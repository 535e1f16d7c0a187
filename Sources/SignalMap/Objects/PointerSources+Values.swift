// What values may point to.
extension PointerSources {
    /// What a value may point to.
    func sources(of path: PathID, _ function: Int, _ depth: Int) -> Set<Source> {
        guard depth <= Self.maximalDepth else { return [.unknown] }
        var found: Set<Source> = []
        for one in analysis.returned.resolve(path) { add(one, function, depth, &found) }
        return found
    }

    private func add(_ path: PathID, _ function: Int, _ depth: Int, _ found: inout Set<Source>) {
        let node = analysis.paths[path]
        switch node.kind {
        case .number: break
        case .address: found.insert(.global(UInt64(bitPattern: node.value)))
        case .symbol:
            let name = analysis.paths.symbols[Int(node.base.index)]
            if let address = analysis.names.exportedVariables[name] {
                found.insert(.global(address &+ UInt64(bitPattern: node.value)))
            } else {
                found.insert(.symbol(name, node.value))
            }
        case .stack: found.insert(.stack(Int32(function)))
        case .load:
            let place = analysis.paths.place(ofLoad: path)
            if analysis.paths[place].kind == .stack {
                found.formUnion(local(place, function, depth))
                return
            }
            let cells = cells(of: place, node.type)
            if cells.isEmpty { found.insert(.unknown) }
            for cell in cells { found.insert(.held(cell)) }
        case .field:
            let place = analysis.place(of: path).member
            guard place.isWhole || place.isBare, let keys = place.keys else {
                found.insert(.unknown)
                return
            }
            for set in [keys] + place.outer {
                for key in analysis.members.sets[Int(set)] { found.insert(.inside(key)) }
            }
        case .element:
            // Somewhere in what the base points to.
            if node.type.isKnown { add(node.base, function, depth, &found) } else { found.insert(.unknown) }
            let place = analysis.place(of: path).member
            if let keys = place.keys {
                for key in analysis.members.sets[Int(keys)] { found.insert(.inside(key)) }
            }
        case .parameter: addCallers(node.value, function, depth, &found)
        case .result:
            guard let call = analysis.call(at: UInt64(bitPattern: node.value)),
                let inner = analysis.returned.allocators[call]
            else {
                found.insert(.unknown)
                return
            }
            let outer = analysis.returned.isHandedOn(call) ? 0 : UInt64(bitPattern: node.value)
            found.insert(.fresh(outer: outer, inner: inner))
        default: found.insert(.unknown)
        }
    }

    private func addCallers(_ parameter: Int64, _ function: Int, _ depth: Int, _ found: inout Set<Source>) {
        let key = Parameter(function: Int32(clamping: function), index: parameter)
        if let known = parameters[key] {
            found.formUnion(known)
            return
        }
        // What comes back to where it is asked for is not followed.
        parameters[key] = [.unknown]
        let all = callersSources(parameter, function, depth)
        parameters[key] = all
        found.formUnion(all)
    }

    private func callersSources(_ parameter: Int64, _ function: Int, _ depth: Int) -> Set<Source> {
        let callers = analysis.callers(of: function)
        guard !callers.isEmpty, callers.count <= Self.maximalCallers, !analysis.names.isOpen(function),
            depth < Self.maximalDepth
        else { return [.unknown] }
        var found: Set<Source> = []
        for call in callers {
            let argument = analysis.argument(parameter, of: Int(call))
            found.formUnion(sources(of: argument.path, Int(analysis.functionOfCall[Int(call)]), depth + 1))
            if found.contains(.unknown) { return [.unknown] }
        }
        return found
    }

    /// A local whose address calls were given: what they store there.
    private func local(_ place: PathID, _ function: Int, _ depth: Int) -> Set<Source> {
        var found: Set<Source> = []
        for call in analysis.facts.functions[function].calls {
            for (index, argument) in analysis.facts.arguments[analysis.facts.calls[call].arguments].enumerated()
            where argument.path == place {
                switch analysis.callees[call] {
                case .function(let callee) where writers[Int(callee)]?.contains(Int64(index)) == true:
                    found.formUnion(
                        written(
                            through: Int64(index), of: Int(callee), at: call, function, outermost: call, depth + 1))
                case .known(let known):
                    if case .pointee(index, 0) = analysis.known[Int(known)].function.allocation?.place {
                        let address = analysis.facts.calls[call].address
                        found.insert(.fresh(outer: address, inner: address))
                    }
                case .indirect, .outside: found.insert(.unknown)
                default: break
                }
            }
        }
        return found.isEmpty ? [.unknown] : found
    }
}
