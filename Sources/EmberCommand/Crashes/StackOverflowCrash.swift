/// A walk over parents never comes to a root.
struct StackOverflowCrash: Scenario {
    let name = "crash-stack-overflow"
    let kind = ScenarioKind.crash
    let summary =
        "SIGSEGV at the end of the stack: a path is put together by recursion, and a folder is its own ancestor"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        let folders = FolderTable(parents: [1: 0, 2: 1, 3: 5, 4: 3, 5: 4])
        stage.ready("An application puts together the path of a folder from those of its parents.")
        let resolver = try ApplicationThread("path-resolver") { Output.say(folders.path(of: 5)) }
        resolver.join()
        try database.close()
    }
}

private struct FolderTable: Sendable {
    let parents: [Int: Int]

    @inline(never) func path(of folder: Int) -> String {
        guard let parent = parents[folder] else { return "" }
        return path(of: parent) + "/\(folder)"
    }
}
