/// Reads the truth header with which a seeded program begins. Every line that does not have the form is an error.
///
///     /* truth
///      * title: A flush waits for workers that were never created
///      * class: dead-wait
///      * cause: never-created
///      * thread main: stuck, condition, engine.flushed, timed
///      * release engine.flushed: worker never-created
///      */
struct TruthParser {
    let file: String
    private var title: String?
    private var classWord: Truth.Class?
    private var cause: (words: String?, looksLike: Truth.Class?, line: Int)?
    private var flags: [String]?
    private var threads: [TruthThread] = []
    private var tasks: [TruthThread] = []
    private var releases: [TruthRelease] = []
    private var libraries: [String] = []
    private var notes: [String] = []

    private init(file: String) { self.file = file }

    /// `file` is what errors call it.
    static func parse(_ text: String, file: String) throws(TruthError) -> Truth {
        var parser = TruthParser(file: file)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == "/* truth" else { throw .absent(file: file) }
        for (index, line) in lines.enumerated().dropFirst() {
            if line == " */" { return try parser.truth() }
            try parser.take(line, number: index + 1)
        }
        throw .unclosed(file: file, line: lines.count)
    }

    private mutating func take(_ line: Substring, number: Int) throws(TruthError) {
        // A line of code means that the comment was closed otherwise.
        guard line.hasPrefix(" * ") else { throw malformed(line, number, "a line that begins with \" * \"") }
        let body = line.dropFirst(3)
        guard let colon = body.firstRange(of: ": ") else { throw malformed(body, number, "key: value") }
        let (key, value) = (body[..<colon.lowerBound], body[colon.upperBound...])
        guard !value.isEmpty, value.first != " ", value.last != " " else {
            throw malformed(body, number, "a value without spaces around it")
        }
        let subject = key.firstIndex(of: " ").map { key[key.index(after: $0)...] }
        switch (key.prefix { $0 != " " }, subject) {
        case ("title", nil): try takeTitle(value, number)
        case ("class", nil):
            guard classWord == nil else { throw .repeated(file: file, line: number, key: "class") }
            classWord = try word(value, number, "the name of a rule or healthy")
        case ("cause", nil): try takeCause(value, number)
        case ("looks-like", nil):
            guard cause == nil else { throw .repeated(file: file, line: number, key: "cause or looks-like") }
            cause = (nil, try word(value, number, "the name of a rule"), number)
        case ("flags", nil):
            guard flags == nil else { throw .repeated(file: file, line: number, key: "flags") }
            flags = value.split(separator: " ").map(String.init)
        case ("note", nil): notes.append(String(value))
        case ("thread", let name?): threads.append(try thread(name, value, number, isTask: false))
        case ("task", let name?): tasks.append(try thread(name, value, number, isTask: true))
        case ("release", let object?): try takeRelease(object, value, number)
        case ("library", let name?): try takeLibrary(name, number)
        default:
            throw malformed(
                key, number, "title, class, cause, looks-like, thread, task, release, flags, library or note")
        }
    }

    private mutating func takeTitle(_ value: Substring, _ number: Int) throws(TruthError) {
        guard title == nil else { throw .repeated(file: file, line: number, key: "title") }
        guard value.last != "." else { throw malformed(value, number, "a title without a full stop") }
        title = String(value)
    }

    /// `library FILE: what it is for`
    private mutating func takeLibrary(_ name: Substring, _ number: Int) throws(TruthError) {
        guard !name.contains("/"), !name.contains(" "), name.contains(".") else {
            throw malformed(name, number, "the name of a file of the same folder")
        }
        guard !libraries.contains(String(name)) else {
            throw .repeated(file: file, line: number, key: "library \(name)")
        }
        libraries.append(String(name))
    }

    private mutating func takeCause(_ value: Substring, _ number: Int) throws(TruthError) {
        guard cause == nil else { throw .repeated(file: file, line: number, key: "cause or looks-like") }
        let words = value.split(separator: " ", omittingEmptySubsequences: false)
        guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "-") } }) else {
            throw malformed(value, number, "kebab words")
        }
        cause = (String(value), nil, number)
    }

    /// `NAME [xN|xM-N]: VERDICT, KIND[, OBJECT][, timed|untimed|polling]`
    private func thread(
        _ subject: Substring, _ value: Substring, _ number: Int, isTask: Bool
    ) throws(TruthError) -> TruthThread {
        var name = subject
        var count = 1...1
        if let space = subject.lastIndex(of: " "), let match = subject[space...].wholeMatch(of: /\ x(\d+)(?:-(\d+))?/) {
            guard let least = Int(match.output.1), let most = Int(match.output.2 ?? match.output.1),
                (1...10_000).contains(most), least < most || match.output.2 == nil
            else { throw malformed(subject, number, "xN or xM-N with N from 1 to 10000") }
            (name, count) = (subject[..<space], least...most)
        }
        guard !name.isEmpty, isTask || name.utf8.count <= 15 else {
            throw malformed(subject, number, "a thread name of 1 to 15 bytes")
        }
        var parts = try list(value, number)
        guard (2...4).contains(parts.count) else {
            throw malformed(value, number, "VERDICT, KIND[, OBJECT][, timed|untimed|polling]")
        }
        let timing = parts.count > 2 ? TruthTiming(rawValue: String(parts[parts.count - 1])) : nil
        if timing != nil { parts.removeLast() }
        guard parts.count < 4 else { throw malformed(parts[3], number, "timed, untimed or polling") }
        return TruthThread(
            name: String(name), count: count,
            verdict: try word(parts[0], number, "a verdict"), kind: try word(parts[1], number, "a kind of wait"),
            object: parts.count == 3 ? String(parts[2]) : nil, timing: timing, line: number)
    }

    /// `OBJECT: FUNCTION STATUS[, FUNCTION STATUS]`
    private mutating func takeRelease(_ object: Substring, _ value: Substring, _ number: Int) throws(TruthError) {
        guard !releases.contains(where: { $0.object == object }) else {
            throw .repeated(file: file, line: number, key: "release \(object)")
        }
        var candidates: [TruthRelease.Candidate] = []
        for part in try list(value, number) {
            let space = part.lastIndex(of: " ")
            let last = space.map { part[part.index(after: $0)...] } ?? part
            let status: TruthRelease.Status = try word(last, number, "FUNCTION STATUS")
            guard space != nil || [.nobody, .outside, .application].contains(status) else {
                throw malformed(part, number, "a function before \(status.rawValue)")
            }
            candidates.append(.init(function: space.map { String(part[..<$0]) }, status: status))
        }
        releases.append(TruthRelease(object: String(object), candidates: candidates, line: number))
    }

    /// The parts between `, `.
    private func list(_ value: Substring, _ number: Int) throws(TruthError) -> [Substring] {
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let text = index == 0 ? part : part.dropFirst()
            guard index == 0 || part.first == " ", !text.isEmpty, text.first != " ", text.last != " " else {
                throw malformed(value, number, "parts with a comma and one space between them")
            }
        }
        return parts.enumerated().map { $0.offset == 0 ? $0.element : $0.element.dropFirst() }
    }

    private func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: Substring, _ number: Int, _ what: String
    ) throws(TruthError) -> Word {
        guard let word = Word(rawValue: String(text)) else {
            throw malformed(text, number, "\(what) (\(Word.allCases.map(\.rawValue).joined(separator: ", ")))")
        }
        return word
    }

    private func malformed(_ text: Substring, _ number: Int, _ expected: String) -> TruthError {
        .malformed(file: file, line: number, text: String(text), expected: expected)
    }
}

extension TruthParser {
    /// What all lines together say, if they go together.
    private func truth() throws(TruthError) -> Truth {
        guard let title else { throw .missing(file: file, key: "title") }
        guard let classWord else { throw .missing(file: file, key: "class") }
        guard let cause else { throw .missing(file: file, key: "cause or looks-like") }
        guard !threads.isEmpty else { throw .missing(file: file, key: "thread") }
        let truth = Truth(
            title: title, class: classWord, cause: cause.words, looksLike: cause.looksLike, threads: threads,
            tasks: tasks, releases: releases, flags: flags ?? [], libraries: libraries, notes: notes)
        if classWord == .healthy, cause.looksLike == nil || cause.looksLike == .healthy {
            throw .contradiction(
                file: file, line: cause.line, reason: "a healthy program has looks-like and a rule in place of a cause")
        }
        if classWord != .healthy, cause.looksLike != nil {
            throw .contradiction(file: file, line: cause.line, reason: "only a healthy program looks like something")
        }
        if classWord == .healthy, let one = (threads + tasks).first(where: { [.stuck, .victim].contains($0.verdict) }) {
            throw .contradiction(file: file, line: one.line, reason: "nothing in a healthy program is stuck")
        }
        if classWord.isStuck, !truth.hasStuck {
            throw .contradiction(file: file, line: cause.line, reason: "nothing is stuck in a \(classWord.rawValue)")
        }
        if threads.filter({ $0.name == "main" }).reduce(0, { $0 + $1.count.upperBound }) > 1 {
            throw .contradiction(file: file, line: threads[0].line, reason: "there is one main thread")
        }
        return truth
    }
}
