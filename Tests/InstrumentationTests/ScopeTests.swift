import TestSupport
import Testing

/// Scopes that end by themselves, tables that fill up, and threads that declare all at once.
@Suite struct ScopeTests {
    @Test func cxxScopesEndWithTheirVariables() throws {
        let program = try FixtureProgram(
            ["declared_scopes.cpp"], compiler: "g++", flags: ["-O1", "-pthread"] + RecordedProgram.includes())
        #expect(try program.start().output.contains("ready loaded=0"))
        let recorded = try RecordedProgram(program)
        let lines = try recorded.lines()
        #expect(lines.of("declaration", ["kind": "5"]).compactMap { $0["text"] } == ["main call"])
        // Idle no longer, and without a timeout.
        let wait = try #require(lines.of("wait", ["kind": "11"]).first)
        #expect(wait.has(["object": try recorded.address("queue"), "flags": "0"]))
        let lock = try #require(lines.of("object", ["address": try recorded.address("lock")]).first)
        #expect(lock.has(["kind": "10", "waits": "2", "waiting": "0", "timeouts": "1"]))
    }

    static func crowd() throws -> FixtureProgram {
        try FixtureProgram(
            ["declared_crowd.c"], flags: ["-g", "-O2", "-pthread"] + RecordedProgram.includes())
    }

    /// Eight threads that declare and withdraw the same and their own things, interrupted by a handler that does so
    /// too: nothing is left twice, nothing is left over, no record stays half changed.
    @Test func aCrowdLeavesNothingBehind() throws {
        let recorded = try RecordedProgram(try Self.crowd(), ["crowd"])
        let lines = try recorded.lines()
        let declarations = lines.of("declaration")
        #expect(declarations.map { $0["text"] } == ["everybody"])
        #expect(declarations.allSatisfy { $0.has(["kind": "4", "even": "1"]) })
        #expect(lines.of("pending").isEmpty)
        #expect(lines.of("object", ["kind": "10"]).allSatisfy { $0.has(["owner": "0", "waiting": "0"]) })
    }

    /// What finds no room is dropped and counted; what is ended gives its room back, and so does the call of a thread
    /// that has ended within it.
    @Test func fullTablesCountAndRecover() throws {
        let recorded = try RecordedProgram(try Self.crowd(), ["full"])
        let lines = try recorded.lines()
        let output = recorded.output
        let dropped = try #require(Int(try RecordLine.value(of: "dropped", in: output)))
        #expect(dropped > 0)
        #expect(lines.contains { $0.description == "counter 10=\(dropped)" })
        #expect(try RecordLine.value(of: "refilled", in: output) == RecordLine.value(of: "filled", in: output))
        #expect(lines.of("pending").isEmpty)
        // More threads than the table has records have ended within a call, and a later one still finds room.
        #expect(lines.of("declaration", ["kind": "5", "text": "the last call"]).count == 1)
    }
}
