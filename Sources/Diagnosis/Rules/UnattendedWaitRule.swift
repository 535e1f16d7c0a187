import ProcessModel

/// A wait in the middle of some work, of which a text shows nobody else who has to do with it.
///
/// For texts without maps, and so never more than suspected: the thread was called into the wait from far out, on a way
/// that finishes or takes back something, while each other thread waits in what it was started with and mentions another
/// object. Near miss: somebody else runs, or is handed the same object. Gap: arguments that the text does not have.
public struct UnattendedWaitRule: Rule {
    public let name = RuleName("unattended-wait")

    public init() {}

    /// So many functions of the program stand between the wait and the thread's beginning.
    private static let fewestFrames = 3

    public func findings(in context: RuleContext) -> [Finding] {
        let snapshot = context.index.snapshot
        guard snapshot.process.source == .text, context.signals == nil, snapshot.threads.count > 1 else { return [] }
        let waits = TextWaits(context.index)
        let told = Set(context.earlier.flatMap { $0.threads + $0.victims })
        var deep: [Int] = []
        for (position, thread) in snapshot.threads.enumerated() {
            guard !told.contains(thread.id), let wait = thread.wait, let standing = waits.standing(of: thread) else {
                return []
            }
            // Who waits for a lock was about to do something.
            if wait.kind.isOwned { return [] }
            if standing.isStarted, standing.frames.count <= 2 { continue }
            guard wait.object != nil, standing.frames.count >= Self.fewestFrames else { return [] }
            deep.append(position)
        }
        guard deep.count == 1, let position = deep.first else { return [] }
        let thread = snapshot.threads[position]
        guard let object = thread.wait?.object, let standing = waits.standing(of: thread) else { return [] }
        let others = snapshot.threads.indices.filter { $0 != position }
        let isShared = others.contains { other in
            snapshot.frames(of: snapshot.threads[other]).contains {
                TextWaits.mentions($0, [object.rawValue.rawValue])
            }
        }
        let names = standing.frames.compactMap { snapshot.frames(of: thread)[$0].source.last?.function }
        guard !isShared, let sign = FinishingWords.sign(names.map(ShortName.of)) else { return [] }
        return [finding(thread, object, sign, others, context)]
    }

    private func finding(
        _ thread: Thread, _ object: SyncObjectID, _ sign: String, _ others: [Int], _ context: RuleContext
    ) -> Finding {
        let wording = context.wording
        let place = wording.place(thread.id)
        let goal = wording.goal(kind: thread.wait?.kind ?? .condition, object: object, owner: nil)
        let count = others.count
        let rest = "the other \(count == 1 ? "thread waits" : "\(count) threads wait")"
        var certainty = Certainty(.suspected)
        certainty.assume(
            "A text shows no code. With the engine's binary (--exe) or its signal map (--map) it can be told which code "
                + "signals \(goal), which live threads can still come there, and which threads should exist and do not."
        )
        certainty.assume("The text has all threads of the process.")
        var evidence = [
            Evidence(
                "Thread \(wording.thread(thread.id)) waits for \(goal)\(wording.inPlace(thread.id)).",
                thread: thread.id,
                frame: place?.frame, object: object),
            Evidence("On its stack \(sign).", thread: thread.id),
            Evidence("No other thread of the text is handed \(goal).", object: object),
        ]
        for other in others.prefix(4) {
            let id = context.index.snapshot.threads[other].id
            evidence.append(
                Evidence(
                    "Thread \(wording.thread(id)) waits in what it was started with"
                        + "\(wording.startRoutine(id).map { ", \($0)" } ?? "").", thread: id))
        }
        return Finding(
            rule: name, effect: .stuck, confidence: certainty.confidence, threads: [thread.id], objects: [object],
            wouldRelease: [
                WouldRelease(
                    thread: nil, object: object, startRoutine: nil, status: .unknown,
                    why: "the text shows no code")
            ], evidence: evidence, assumptions: certainty.assumptions,
            summary: "Thread \(wording.thread(thread.id)) may never be released: it waits for \(goal)"
                + "\(wording.inPlace(thread.id)), which no other thread of the text has to do with, and \(rest) in "
                + "\(count == 1 ? "what it was" : "what they were") started with; \(sign).",
            nextStep: "Find out who signals \(goal), and whether a thread that does was ever started; --exe or --map "
                + "with the engine's build tells.")
    }
}

/// Names of functions that end or take back something, in the words that programmers use for it.
enum FinishingWords {
    private static let begins: Set<String> = [
        "open", "start", "create", "init", "initialize", "connect", "begin", "setup", "load", "launch", "new", "make",
        "attach", "mount", "boot", "startup", "alloc", "construct",
    ]
    private static let takesBack: Set<String> = [
        "close", "stop", "destroy", "free", "shutdown", "disconnect", "cleanup", "teardown", "fini", "release", "abort",
        "rollback", "detach", "unmount", "unload", "terminate", "finalize", "delete", "dispose", "deinit",
    ]
    private static let finishes: Set<String> = [
        "flush", "drain", "quiesce", "join", "finish", "sync", "await", "complete", "wait",
    ]

    /// Why the innermost first `names` look like the end of something, as a clause; nil where they do not.
    static func sign(_ names: [String]) -> String? {
        for (inner, name) in names.enumerated() where words(name).contains(where: takesBack.contains) {
            for outer in names[(inner + 1)...] {
                let outerWords = words(outer)
                if outerWords.contains(where: begins.contains), !outerWords.contains(where: takesBack.contains) {
                    return "\(outer) has called \(name), as on an error path"
                }
            }
        }
        guard let first = names.first else { return nil }
        if words(first).contains(where: { finishes.contains($0) || takesBack.contains($0) }) {
            return "\(first) waits for others to finish"
        }
        return nil
    }

    /// Of `wt_async_flush`, `flushAll` and `Pool::drain` the words in lower case.
    static func words(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in name {
            if character.isLetter {
                if character.isUppercase, wasLower, !word.isEmpty {
                    words.append(word)
                    word = ""
                }
                word += character.lowercased()
                wasLower = character.isLowercase
            } else {
                if !word.isEmpty { words.append(word) }
                word = ""
                wasLower = false
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
