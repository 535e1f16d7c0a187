import CEmberCommand

/// A value's length is asked for after its blocks were given back.
struct NullPointerCrash: Scenario {
    let name = "crash-null"
    let kind = ScenarioKind.crash
    let summary = "SIGSEGV at address 0: the length of a value whose blocks were given back already"

    func run(_ stage: Stage) throws {
        let cache = BlockCache()
        stage.ready("An application asks how long a cached value is.")
        let reader = try ApplicationThread("value-reader") { _ = cache.length(of: 7) }
        reader.join()
    }
}

/// Values as chains of blocks.
private final class BlockCache: @unchecked Sendable {
    private var chains: [Int: UnsafePointer<cembercommand_block>] = [:]

    @inline(never) func length(of value: Int) -> UInt32 { cembercommand_chain_length(chains[value]) }
}
