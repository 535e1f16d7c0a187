import TestSupport
import Testing

@testable import SignalMap

/// Programs that use every wait and signal of a library, built by its compilers: what they import is recognised.
@Suite struct PrimitivesInProgramsTests {
    struct Program: CustomTestStringConvertible, Sendable {
        var source: String
        var compiler: String
        var flags: [String]
        /// What must be among the imports: operation and kind.
        var does: [(Primitive.Operation, Primitive.Kind)]
        var testDescription: String { ([compiler, source] + flags).joined(separator: " ") }
    }

    static let posix: [(Primitive.Operation, Primitive.Kind)] = [
        (.wait, .condition), (.signal, .condition), (.wait, .semaphore), (.signal, .semaphore),
        (.tryAcquire, .semaphore), (.acquire, .mutex), (.release, .mutex), (.acquire, .readLock),
        (.acquire, .writeLock), (.release, .writeLock), (.acquire, .spinlock), (.release, .spinlock),
        (.create, .thread), (.join, .thread), (.detach, .thread), (.arriveAndWait, .barrier), (.once, .once),
        (.wait, .fileDescriptor), (.signal, .fileDescriptor), (.wait, .descriptorSet), (.register, .descriptorSet),
        (.join, .process), (.signal, .processSignal), (.wait, .timer),
    ]
    static let standard: [(Primitive.Operation, Primitive.Kind)] = [
        (.wait, .condition), (.signal, .condition), (.wait, .future), (.signal, .future), (.create, .thread),
        (.join, .thread), (.once, .once), (.acquire, .once), (.release, .once), (.acquire, .mutex),
        (.acquire, .readLock),
    ]
    static let dispatch: [(Primitive.Operation, Primitive.Kind)] = [
        (.wait, .semaphore), (.signal, .semaphore), (.wait, .group), (.submit, .queue), (.perform, .queue),
        (.wait, .queue), (.initialize, .workItem),
    ]
    static let tasks: [(Primitive.Operation, Primitive.Kind)] = [
        (.acquire, .mutex), (.release, .mutex), (.wait, .continuation), (.signal, .continuation), (.create, .task),
        (.join, .task), (.signal, .task), (.wait, .messageQueue), (.signal, .messageQueue), (.submit, .queue),
        (.wait, .timer), (.initialize, .continuation),
    ]
    static let rust: [(Primitive.Operation, Primitive.Kind)] = [
        (.acquire, .mutex), (.release, .mutex), (.wait, .condition), (.signal, .condition), (.acquire, .readLock),
        (.acquire, .writeLock), (.release, .writeLock), (.once, .once), (.wait, .parkToken),
        (.arriveAndWait, .barrier), (.create, .thread), (.join, .thread), (.signal, .futex), (.wait, .timer),
    ]

    static let programs: [Program] = {
        var all: [Program] = []
        for level in ["-O0", "-O2"] {
            for (c, cxx) in [("gcc", "g++"), ("clang", "clang++")] {
                all.append(Program(source: "posix.c", compiler: c, flags: [level, "-pthread"], does: posix))
                all.append(
                    Program(source: "standard.cpp", compiler: cxx, flags: [level, "-std=c++20"], does: standard))
            }
        }
        for level in ["-Onone", "-O"] {
            all.append(Program(source: "dispatch.swift", compiler: "swiftc", flags: [level], does: dispatch))
            all.append(
                Program(source: "tasks.swift", compiler: "swiftc", flags: [level, "-parse-as-library"], does: tasks))
        }
        for level in ["0", "2"] {
            // Debian's, which mangles in the old way, and the first in PATH, which may be another.
            for compiler in ["/usr/bin/rustc", "rustc"] {
                let flags = ["-Cprefer-dynamic", "-Copt-level=\(level)"]
                all.append(Program(source: "standard.rs", compiler: compiler, flags: flags, does: rust))
            }
        }
        return all
    }()

    /// Names of the symbols of a program of one of these types, as nm prints them.
    private func symbols(of path: String, types: String) throws -> [String] {
        let (status, output) = try run(["nm", path])
        try #require(status == 0, "\(output)")
        return output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, let type = words[words.count - 2].last, types.contains(type) else { return nil }
            return words.last.map(String.init)
        }
    }

    /// Parts of names that only what has to do with waiting has.
    private static let telling = [
        "wait", "signal", "notify", "broadcast", "lock", "futex", "sem_", "barrier", "join", "once", "park", "wake",
        "resume", "condvar", "semaphore", "yield", "leave",
    ]
    /// Such names that wait for nothing and wake nobody.
    private static let harmless: [String] = [
        // Blocks, whose name holds "lock"; variables of call_once and of channels.
        "_NSConcreteStackBlock", "__once_call", "DUMMY",
        // Makes what waits later; nothing waits yet.
        "blocking6tokens", "Thread3new",
    ]
    /// Ends of Swift names that are no functions, or return addresses of variables and types.
    private static let noFunctions = ["Ma", "Mn", "Tu", "vau"]

    @Test(arguments: programs) func importsAreRecognised(_ program: Program) throws {
        let built = try FixtureProgram(
            ["primitives/" + program.source], compiler: program.compiler, flags: program.flags)
        let imports = try symbols(of: built.executable.path, types: "Uwv")
        #expect(!imports.isEmpty)
        let primitives = imports.compactMap(Primitives.named)
        for (operation, kind) in program.does {
            #expect(
                primitives.contains { $0.operation == operation && $0.kind == kind },
                "nothing imported does \(operation) on \(kind)")
        }
        // And nothing that sounds like waiting or waking is left over.
        let left = imports.filter { name in
            let lowered = name.lowercased()
            return Self.telling.contains { lowered.contains($0) } && KnownFunctions.named(name) == nil
                && !Self.harmless.contains { name.contains($0) }
                && !(name.hasPrefix("$s") && Self.noFunctions.contains { name.hasSuffix($0) })
        }
        #expect(left.isEmpty, "\(left.joined(separator: " "))")
    }

    /// The numbers of calls that libstdc++ makes by itself: it waits on a word by syscall.
    @Test func whatHeadersInlineEndsInTheCallByNumber() throws {
        let built = try FixtureProgram(
            ["primitives/standard.cpp"], compiler: "g++", flags: ["-O0", "-std=c++20"])
        #expect(try symbols(of: built.executable.path, types: "U").contains { $0.hasPrefix("syscall") })
        #expect(KnownFunctions.named("syscall") == nil, "what it does stands in its arguments")
        #expect(KnownFunctions.systemCall(232)?.primitive?.kind == .descriptorSet)
        #expect(KnownFunctions.systemCall(455)?.primitive?.operation == .wait)
        #expect(KnownFunctions.systemCall(Primitives.futexNumber) == nil)
        #expect(KnownFunctions.systemCall(-1) == nil && KnownFunctions.systemCall(Int.max) == nil)
    }

    @Test func namesInsideAStaticProgramAreThePublicOnes() throws {
        let built = try FixtureProgram(["primitives/posix.c"], flags: ["-O2", "-static"])
        let (status, output) = try run(["nm", built.executable.path])
        try #require(status == 0)
        var names: [Substring: [String]] = [:]
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, "tTwWi".contains(words[1]) else { continue }
            names[words[0], default: []].append(String(words[2]))
        }
        var checked = 0
        for group in names.values {
            // What the program calls is public, and everything at its address does the same.
            let known = group.compactMap { name in Primitives.named(name).map { (name, $0) } }
            guard let (name, primitive) = known.first(where: { !$0.0.hasPrefix("_") }) else { continue }
            // Two functions in one: on x86-64 a spinlock is unlocked as it is initialised.
            if name.hasPrefix("pthread_spin") { continue }
            for alias in group where alias != name {
                let other = KnownFunctions.inStaticProgram(alias)?.primitive
                #expect(other?.operation == primitive.operation, "\(alias) is \(name)")
                #expect(other?.object == primitive.object, "\(alias) is \(name)")
                checked += 1
            }
        }
        #expect(checked > 60)
        #expect(KnownFunctions.inStaticProgram("__lll_lock_wait")?.primitive?.operation == .acquire)
        #expect(KnownFunctions.inStaticProgram("main") == nil)
        #expect(KnownFunctions.inStaticProgram("__") == nil && KnownFunctions.inStaticProgram("") == nil)
    }
}
