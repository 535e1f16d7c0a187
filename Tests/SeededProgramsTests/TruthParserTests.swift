import Testing

@testable import SeededPrograms

/// The header's form: what is read, and that every malformed line is an error with its place.
@Suite struct TruthParserTests {
    static let header = """
        /* truth
         * title: A flush waits for workers: none was created
         * class: dead-wait
         * cause: never-created
         * thread main: stuck, condition, engine->flushed, timed
         * thread flush worker x3: idle, semaphore
         * thread pool x0-4: running, spin, polling
         * task upload: stuck, continuation, Upload.finished
         * release engine->flushed: Pool::run() never-created, flush past
         * release engine->evict: nobody
         * flags: -ldl -O1
         * library one.c: a plug-in
         * note: first
         * note: second: with a colon
         */
        int main(void) { return 0; }

        """

    private func parse(_ text: String) throws(TruthError) -> Truth { try TruthParser.parse(text, file: "x.c") }

    @Test func everythingIsRead() throws {
        let truth = try parse(Self.header)
        #expect(truth.title == "A flush waits for workers: none was created")
        #expect(truth.class == .deadWait)
        #expect(truth.cause == "never-created")
        #expect(truth.looksLike == nil)
        #expect(
            truth.threads == [
                TruthThread(
                    name: "main", verdict: .stuck, kind: .condition, object: "engine->flushed", timing: .timed, line: 5),
                TruthThread(name: "flush worker", count: 3...3, verdict: .idle, kind: .semaphore, line: 6),
                TruthThread(name: "pool", count: 0...4, verdict: .running, kind: .spin, timing: .polling, line: 7),
            ])
        #expect(
            truth.tasks == [
                TruthThread(name: "upload", verdict: .stuck, kind: .continuation, object: "Upload.finished", line: 8)
            ])
        #expect(
            truth.releases == [
                TruthRelease(
                    object: "engine->flushed",
                    candidates: [
                        .init(function: "Pool::run()", status: .neverCreated), .init(function: "flush", status: .past),
                    ], line: 9),
                TruthRelease(
                    object: "engine->evict", candidates: [.init(function: nil, status: .nobody)], line: 10),
            ])
        #expect(truth.flags == ["-ldl", "-O1"])
        #expect(truth.libraries == ["one.c"])
        #expect(truth.notes == ["first", "second: with a colon"])
        #expect(truth.hasStuck)
    }

    @Test func aLookAlikeSaysWhatItLooksLike() throws {
        let text = Self.header
            .replacing("class: dead-wait", with: "class: healthy")
            .replacing("cause: never-created", with: "looks-like: quorum-short")
            .replacing(": stuck,", with: ": waiting,")
        let truth = try parse(text)
        #expect(truth.looksLike == .quorumShort)
        #expect(truth.cause == nil)
        #expect(!truth.hasStuck)
    }

    /// A line of the header, what it is replaced by, and the line of the error.
    static let malformed: [(old: String, new: String, line: Int)] = [
        (" * title: A", " *title: A", 2),
        (" * title: A", "  * title: A", 2),
        ("title: A flush waits for workers: none was created", "title:", 2),
        ("none was created", "none was created.", 2),
        ("none was created", "none was created ", 2),
        ("class: dead-wait", "class: deadwait", 3),
        ("class: dead-wait", "clas: dead-wait", 3),
        ("class: dead-wait", "class dead-wait", 3),
        ("class: dead-wait", "class x: dead-wait", 3),
        ("cause: never-created", "cause: Never created", 4),
        ("cause: never-created", "cause: never  created", 4),
        ("cause: never-created", "looks-like: never-created", 4),
        ("thread main: stuck,", "thread main: stucks,", 5),
        ("thread main: stuck,", "thread main: stuck ,", 5),
        ("stuck, condition", "stuck,condition", 5),
        ("stuck, condition", "stuck,  condition", 5),
        ("stuck, condition", "stuck, cond", 5),
        ("stuck, condition, engine->flushed, timed", "stuck", 5),
        ("engine->flushed, timed", "engine->flushed, later", 5),
        ("engine->flushed, timed", "engine->flushed, timed, timed", 5),
        ("engine->flushed, timed", "engine->flushed, ", 5),
        ("thread main", "thread a name of 16 byt", 5),
        ("thread main", "thread", 5),
        ("worker x3", "worker x0", 6),
        ("worker x3", "worker x99999", 6),
        ("worker x3", "worker x3-3", 6),
        ("worker x3", "worker x5-3", 6),
        ("flush past", "flush gone", 9),
        ("flush past", "past", 9),
        ("flush past", "flush past,", 9),
        ("release engine->evict: nobody", "release engine->evict: never-created", 10),
        ("library one.c: a plug-in", "library ../one.c: a plug-in", 12),
        ("library one.c: a plug-in", "library one: a plug-in", 12),
        ("library one.c: a plug-in", "library: one.c", 12),
        (" * note: first", " * first", 13),
        (" * note: first", "note: first", 13),
        (" * note: first", " *", 13),
        (" * note: first", "", 13),
    ]

    @Test(arguments: malformed)
    func aMalformedLineIsAnErrorWithItsPlace(_ change: (old: String, new: String, line: Int)) {
        let text = Self.header.replacing(change.old, with: change.new)
        #expect(text != Self.header)
        let error = #expect(throws: TruthError.self) { _ = try parse(text) }
        guard case .malformed("x.c", let line, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(line == change.line)
        #expect(error?.description.hasPrefix("x.c:\(change.line): expected ") == true)
    }

    @Test(arguments: [
        ("note: first", "title: twice", 13), ("note: first", "class: dead-wait", 13),
        ("note: first", "cause: cycle", 13), ("note: first", "looks-like: livelock", 13),
        ("note: first", "flags: -g", 13), ("note: first", "library one.c: a plug-in", 13),
        ("note: first", "release engine->evict: nobody", 13),
    ])
    func whatIsThereOnceIsNotThereTwice(_ old: String, _ new: String, _ line: Int) {
        let error = #expect(throws: TruthError.self) { _ = try parse(Self.header.replacing(old, with: new)) }
        guard case .repeated("x.c", line, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["title", "class", "cause"])
    func whatEveryProgramHasMayNotBeMissing(_ key: String) {
        let lines = Self.header.split(separator: "\n").filter { !$0.hasPrefix(" * \(key): ") }
        let error = #expect(throws: TruthError.self) { _ = try parse(lines.joined(separator: "\n")) }
        guard case .missing("x.c", let missing) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(missing.hasPrefix(key))
    }

    @Test func aProgramWithoutThreadsIsNone() {
        let lines = Self.header.split(separator: "\n").filter { !$0.hasPrefix(" * thread") }
        #expect(throws: TruthError.missing(file: "x.c", key: "thread")) {
            _ = try parse(lines.joined(separator: "\n"))
        }
    }

    @Test func theHeaderIsTheBeginningAndIsClosed() {
        #expect(throws: TruthError.absent(file: "x.c")) { _ = try parse("") }
        #expect(throws: TruthError.absent(file: "x.c")) { _ = try parse("\n" + Self.header) }
        #expect(throws: TruthError.absent(file: "x.c")) { _ = try parse("/* Truth\n */\n") }
        #expect(throws: TruthError.unclosed(file: "x.c", line: 2)) { _ = try parse("/* truth\n * note: a") }
        let line = TruthError.malformed(
            file: "x.c", line: 2, text: "int main;", expected: "a line that begins with \" * \"")
        #expect(throws: line) { _ = try parse("/* truth\nint main;\n */\n") }
    }

    @Test(arguments: [
        // Nothing is stuck in what is healthy, and something in what is not.
        ("cause: never-created", "looks-like: livelock", 4), ("class: dead-wait", "class: healthy", 4),
        ("thread flush worker x3", "thread main", 5),
    ])
    func linesThatCannotBothBeTrueAreAnError(_ old: String, _ new: String, _ line: Int) {
        let error = #expect(throws: TruthError.self) { _ = try parse(Self.header.replacing(old, with: new)) }
        guard case .contradiction("x.c", line, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func whoIsStuckDecidesTheClass() {
        let calm = Self.header.replacing(": stuck,", with: ": waiting,")
        let nobody = TruthError.contradiction(file: "x.c", line: 4, reason: "nothing is stuck in a dead-wait")
        #expect(throws: nobody) { _ = try parse(calm) }
        let healthy = Self.header.replacing("class: dead-wait", with: "class: healthy")
            .replacing("cause: never-created", with: "looks-like: dead-wait")
        let somebody = TruthError.contradiction(
            file: "x.c", line: 5, reason: "nothing in a healthy program is stuck")
        #expect(throws: somebody) { _ = try parse(healthy) }
    }
}
