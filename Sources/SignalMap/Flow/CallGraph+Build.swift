extension CallGraph {
    /// From the facts of all functions of a binary. `types` without functions stands for a binary without debug
    /// information.
    init(code: BinaryCode, facts: CodeFacts, types: BinaryTypes, classes: ClassTables) {
        self = FlowBuilder(code: code, facts: facts, types: types, classes: classes).build()
    }
}

extension FlowBuilder {
    /// What all calls may reach, once; the builder then still answers for single values.
    func build() -> CallGraph {
        learnTypes()
        flowOfData()
        flowOfStores()
        flowOfReferences()
        flowOfCalls()
        settle()
        let fallback = Fallback(self)
        var writer = CallGraphWriter(self, fallback)
        writer.write()
        return writer.graph
    }
}
