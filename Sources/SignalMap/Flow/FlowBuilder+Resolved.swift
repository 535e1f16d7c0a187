/// Functions that a resolver chooses when the program is loaded (STT_GNU_IFUNC; psABI AMD64, R_X86_64_IRELATIVE).
///
/// What the resolver returns is what is called: any of that, since the choice hangs on the processor.
extension FlowBuilder {
    /// The resolver that chooses what a target means; nil of other targets.
    func resolver(of target: CodeMap.Target) -> Int? {
        guard case .resolved(let address) = target else { return nil }
        return resolver(at: address)
    }

    /// The resolver that chooses what is called at an address: that of a stub which jumps to it.
    func resolver(ofStub address: UInt64) -> Int? {
        map.binary.isCode(address) ? resolver(of: map.target(of: address)) : nil
    }

    /// The resolver whose result the dynamic linker puts into a word.
    func resolver(of pointer: BinaryFile.Pointer) -> Int? {
        guard case .resolved(let address) = pointer else { return nil }
        return resolver(at: address)
    }

    private func resolver(at address: UInt64) -> Int? {
        guard let function = map.function(holding: address), function < facts.functions.count else { return nil }
        return function
    }

    /// A call of what a resolver chooses.
    func callResolved(_ call: Int, by resolver: Int) {
        let target = graph.addNodes()
        var use = Use(kind: .call, call: call)
        use.isResolved = true
        uses[target] = use
        graph.connect(returned(resolver), to: target)
        graph.watch(target)
    }

    /// What other modules call by the name of a symbol that a resolver chooses for.
    func openResolved() {
        for address in map.binary.resolvers.values.sorted() {
            guard let function = resolver(at: address) else { continue }
            let node = graph.addNodes()
            uses[node] = Use(kind: .exported)
            graph.connect(returned(function), to: node)
            graph.watch(node)
        }
    }

    /// Words of data that hold what a resolver chooses.
    func flowOfResolvedWords() {
        for word in classes.pointerWords where word.callee.kind == .resolved && word.callee.function >= 0 {
            guard Int(word.callee.function) < facts.functions.count else { continue }
            var places = Places()
            addVariable(word.place, to: &places)
            let chosen = returned(Int(word.callee.function))
            for node in places.nodes { graph.connect(chosen, to: node) }
            // Calls that know no more than an offset find it among what nobody follows.
            graph.connect(chosen, to: escapeNode)
        }
    }
}
