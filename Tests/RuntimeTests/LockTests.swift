import Foundation
import TestSupport
import Testing

/// What libdeadwait-locks.so records of locks, as the process's own dump prints it.
@Suite struct LockTests {
    /// The two numbers after "addresses" in what the program wrote before it was ready.
    private func addresses(_ program: DumpedProgram) throws -> [String] {
        let line = try #require(program.running.output.split(separator: "\n").first { $0.contains("addresses") })
        return line.split(separator: " ").map(String.init).filter { $0.hasPrefix("0x") }
    }

    @Test(arguments: [false, true]) func everyKindOfLockBehavesAsWithoutTheLibrary(locks: Bool) throws {
        let program = try FixtureProgram(["runtime/locks.c"], flags: DumpedProgram.flags)
        let bare = try run([program.executable.path, "semantics"])
        let library = try RuntimeLibrary.path(locks: locks)
        let loaded = try run(["timeout", "60", "env", "LD_PRELOAD=\(library)", program.executable.path, "semantics"])
        #expect(bare.status == 0)
        #expect(bare.output.contains("normal robust: lock 0"))
        #expect(loaded.status == 0)
        #expect(loaded.output == bare.output)
    }

    @Test func aThreadsLocksAreListedWithWhereTheyWereTaken() throws {
        let program = try DumpedProgram("locks.c", ["hold"], locks: true, environment: ["DEADWAIT_SIGNAL": "QUIT"])
        let text = try #require(program.dump())
        let holds = text.section(of: "holder").split(separator: "\n").filter { $0.hasPrefix("    holds ") }
        let kinds = holds.map { $0.dropFirst(10).prefix { $0 != "0" }.trimmingCharacters(in: .whitespaces) }
        // The recursive mutex twice; what was given back in another order than it was taken not at all.
        #expect(kinds == ["mutex", "rwlock for reading", "spin lock", "mutex", "mutex"])
        #expect(holds.allSatisfy { $0.contains(#/, acquired at locks-[0-9a-f]+\+0x[0-9a-f]+ hold_several\+0x/#) })

        let waiter = text.section(of: "waiter")
        #expect(waiter.contains(#/waits for mutex 0x[0-9a-f]+ held by tid \d+ "holder", since /#))
        #expect(waiter.contains(#/        at locks-[0-9a-f]+\+0x[0-9a-f]+ wait_for_first\+0x/#))
        #expect(waiter.components(separatedBy: "    holds mutex ").count == 2)

        // A wait on a condition gives its mutex back.
        let conditional = text.section(of: "conditional")
        #expect(conditional.contains("waits for condition"))
        #expect(!conditional.contains("    holds "))

        let deep = text.section(of: "deep")
        #expect(deep.components(separatedBy: "    holds mutex ").count - 1 == 15)
        #expect(deep.contains("    and 3 more locks that had no room in its list\n"))
        #expect(text.contains("5 held locks"))
    }

    @Test func onlyOrdersThatWereInvertedAreCalledSo() throws {
        let program = try DumpedProgram("locks.c", ["orders"], locks: true, environment: ["DEADWAIT_SIGNAL": "QUIT"])
        let text = try #require(program.dump())
        let lines = text.section(under: "Locks that were taken in both orders").split(separator: "\n").dropFirst()
        let known = try addresses(program)
        #expect(lines.count == 2)
        for line in lines {
            #expect(line.contains(known[0]) && line.contains(known[1]))
            #expect(line.components(separatedBy: " pair+0x").count == 3)
        }
    }

    @Test func onlyWhatIsHeldAtItsThreadsEndIsCalledAbandoned() throws {
        let program = try DumpedProgram("locks.c", ["end"], locks: true, environment: ["DEADWAIT_SIGNAL": "QUIT"])
        let text = try #require(program.dump())
        let lines = text.section(under: "Locks that nobody can release").split(separator: "\n").dropFirst()
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("    \(try addresses(program)[0]) (") == true)
        #expect(lines.first?.contains(#/ lock_and_leave\+0x[0-9a-f]+\): held by tid \d+ when it ended/#) == true)
    }

    @Test func aForkChildKnowsWhatNobodyCanReleaseInIt() throws {
        let program = try DumpedProgram("locks.c", ["fork"], locks: true, environment: ["DEADWAIT_SIGNAL": "QUIT"])
        #expect(program.running.output.contains("child 0, addresses "))
        let text = program.dumped
        let known = try addresses(program)
        let lines = text.section(under: "Locks that nobody can release").split(separator: "\n").dropFirst()
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.hasSuffix(", which did not survive the fork") })
        #expect(lines.contains { $0.hasPrefix("    \(known[0]) (") })
        // The thread that forked holds in the child what it held.
        #expect(text.contains("    holds mutex \(known[1]), acquired at "))
        // And nothing of that is abandoned in the parent.
        let after = try #require(program.dump()).components(separatedBy: "deadwait: end of the thread dump\n")
        #expect(after.count == 3)
        #expect(!after[1].contains("Locks that nobody can release"))
        #expect(after[1].section(of: "holder").components(separatedBy: "    holds ").count == 6)
    }

    @Test func theModulesOfPlacesThatLockedAreKnown() throws {
        let libraries = try (1...3).map {
            try FixtureProgram(
                ["runtime/lock_library.c"], flags: ["-shared", "-fPIC", "-O2", "-DBUILD=\($0)"]
            ).executable.path
        }
        let program = try FixtureProgram(
            ["runtime/lock_modules.c"], flags: ["-g", "-O2", "-pthread"] + RuntimeLibrary.includes)
        let preload = "LD_PRELOAD=\(try RuntimeLibrary.path(locks: true))"
        let (status, output) = try run(["timeout", "60", "env", preload, program.executable.path] + libraries)
        #expect(status == 0)
        let lines = output.split(separator: "\n").map(String.init)
        try #require(lines.map { $0.prefix { $0 != ":" } } == ["start", "order", "abandoned", "held"], "\(output)")
        let names = libraries.map { URL(fileURLWithPath: $0).lastPathComponent }
        for (line, known) in zip(lines, 0...3) {
            #expect(names.filter { line.contains($0) } == Array(names.prefix(known)), "\(line)")
        }
    }
}
