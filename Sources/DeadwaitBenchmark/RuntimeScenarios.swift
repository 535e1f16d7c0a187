extension Scenario {
    /// What the runtime library costs the program that it is loaded in.
    static let runtime: [Scenario] = [
        Scenario(name: "runtime", summary: "operations of the thread library: plain, with libdeadwait, TSan, valgrind")
        {
            try RuntimeOperations(bench: $0, library: try $0.runtimeLibrary()).run()
        },
        Scenario(name: "runtime-instructions", summary: "the same operations in instructions, by callgrind") {
            try RuntimeInstructions(bench: $0, library: try $0.runtimeLibrary()).run()
        },
        Scenario(name: "runtime-memory", summary: "the registry's memory with 1,000 threads") {
            try RuntimeMemory(bench: $0, library: try $0.runtimeLibrary()).run()
        },
        Scenario(name: "runtime-wiredtiger", summary: "WiredTiger: four writers and checkpoints") {
            try RuntimeEngines(bench: $0, library: try $0.runtimeLibrary()).wiredTiger()
        },
        Scenario(name: "runtime-redis", summary: "redis-server with an I/O thread under redis-benchmark") {
            try RuntimeEngines(bench: $0, library: try $0.runtimeLibrary()).redis()
        },
        Scenario(name: "runtime-mariadb", summary: "MariaDB with InnoDB under mariadb-slap") {
            try RuntimeEngines(bench: $0, library: try $0.runtimeLibrary()).mariaDB()
        },
    ]
}
