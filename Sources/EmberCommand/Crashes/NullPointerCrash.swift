import CEmberCommand
import Ember

/// A value's length is asked for after its blocks were given back.
struct NullPointerCrash: Scenario {
    let name = "crash-null"
    let kind = ScenarioKind.crash
    let summary = "SIGSEGV near address 0: the length of a value whose blocks were given back already"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        let cache = BlockCache()
        let get = AsyncOperation.Request.get(table: Application.table, key: Application.key(7))
        stage.ready("An application asks how long a cached value is, in a callback that an asynchronous read calls.")
        try database.enqueue(AsyncOperation(get) { _ in Output.say("\(cache.length(of: 7)) bytes") })
        try database.flush()
        try database.close()
    }
}

/// Values as chains of blocks.
private final class BlockCache: @unchecked Sendable {
    private var chains: [Int: UnsafePointer<cembercommand_block>] = [:]

    @inline(never) func length(of value: Int) -> UInt32 { cembercommand_chain_length(chains[value]) }
}
