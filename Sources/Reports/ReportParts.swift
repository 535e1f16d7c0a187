import Diagnosis
import ProcessModel

/// What the text reports share: the line about the process, the price of the capture, the gaps.
enum ReportParts {
    /// "/usr/bin/bank, pid 4242, live".
    static func process(_ process: ProcessInfo) -> String {
        var parts = [process.executable ?? process.commandLine.first ?? "an unknown program"]
        if let id = process.id { parts.append("pid \(id)") }
        switch process.source {
        case .live: break
        case .core: parts.append("from a core")
        case .text: parts.append("from a text dump")
        case .registry: parts.append("from a registry file")
        }
        if case .unsupported(let machine, _) = process.architecture { parts.append("ELF machine \(machine)") }
        return parts.joined(separator: ", ")
    }

    static func crash(_ crash: Crash) -> String {
        var text = "It crashed with signal \(crash.signal)"
        if let name = signalNames[crash.signal] { text += " (\(name))" }
        if let address = crash.faultAddress { text += " at address \(address)" }
        if let thread = crash.thread { text += " in thread \(thread)" }
        if let sender = crash.sender { text += ", sent by process \(sender)" }
        return text + "."
    }

    /// What the capture cost the target, and how long it took; nil for a text that was only parsed.
    static func timing(_ snapshot: Snapshot) -> String? {
        let timing = snapshot.timing
        let total = timing.steps.reduce(0 as UInt64) { $0 &+ $1.nanoseconds }
        let took = timing.steps.isEmpty ? "" : ", \(Wording.duration(total)) in all"
        switch snapshot.process.source {
        case .text, .registry: return nil
        case .core: return timing.steps.isEmpty ? nil : "read from a core\(took)"
        case .live:
            let count = snapshot.threads.count
            guard timing.stoppedThreads > 0 else {
                return "stopped none of \(count) \(count == 1 ? "thread" : "threads")\(took)"
            }
            return "stopped \(timing.stoppedThreads) of \(count) \(count == 1 ? "thread" : "threads"), longest "
                + "\(Wording.duration(timing.longestStopNanoseconds))\(took)"
        }
    }

    /// An empty line, and the title of what follows. `title` is our own text.
    static func heading(_ title: String, style: Style, to output: inout ByteWriter) {
        output.newline()
        output.append(trusted: style.begin(.bold))
        output.append(trusted: title)
        output.append(trusted: style.end)
        output.newline()
    }

    /// Every gap, those that say the same of several subjects in one line.
    static func gaps(_ gaps: [Gap], style: Style, to output: inout ByteWriter) {
        guard !gaps.isEmpty else { return }
        heading("Not seen (\(gaps.count) \(gaps.count == 1 ? "gap" : "gaps"))", style: style, to: &output)
        struct Key: Hashable {
            var operation: String
            var reason: String
            var help: String?
        }
        var order: [Key] = []
        var subjects: [Key: [Gap.Subject]] = [:]
        for gap in gaps {
            let key = Key(operation: gap.operation, reason: gap.reason, help: gap.help)
            if subjects[key] == nil { order.append(key) }
            subjects[key, default: []].append(gap.subject)
        }
        for key in order {
            let text = "\(names(subjects[key] ?? [])): could not \(key.operation): \(key.reason)."
            Paragraph.write(
                text + (key.help.map { " \($0)" } ?? ""), indent: 2, hang: 2, width: style.width, to: &output)
        }
    }

    private static func names(_ subjects: [Gap.Subject]) -> String {
        var threads: [ThreadID] = []
        var others: [String] = []
        for subject in subjects {
            switch subject {
            case .process: others.append("the process")
            case .thread(let id): threads.append(id)
            case .module(let name): others.append(name)
            case .memory(let address): others.append("memory at \(address)")
            case .object(let id): others.append("object \(id)")
            case .file(let path): others.append(path)
            }
        }
        let list = threads.isEmpty ? "" : (threads.count == 1 ? "thread " : "threads ") + ThreadList.ranges(threads)
        return ((list.isEmpty ? [] : [list]) + others).joined(separator: ", ")
    }

    /// The signals that end a process with a core (signal(7), x86 and most others).
    private static let signalNames = [
        3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV", 24: "SIGXCPU",
        25: "SIGXFSZ", 31: "SIGSYS",
    ]
}
