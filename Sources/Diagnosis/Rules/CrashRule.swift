import ProcessModel

/// The thread whose own fault ended the process.
///
/// A signal that another process sent is no fault of the thread that it met: a core that was asked for has no finding.
public struct CrashRule: Rule {
    public let name = RuleName("crash")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        guard let crash = context.index.snapshot.crash, let id = crash.thread, context.index.thread(id) != nil else {
            return []
        }
        // Sent with kill(2), tgkill(2) or sigqueue(3) where si_code is 0 or less (sigaction(2)): abort(3) does so.
        if let code = crash.code, code <= 0, let sender = crash.sender, sender != context.index.snapshot.process.id {
            return []
        }
        let wording = context.wording
        let place = wording.place(id)
        var what = "signal \(crash.signal)"
        // Of the other signals it is the instruction's, which the frame tells better.
        let at = [7, 11].contains(crash.signal) ? crash.faultAddress.map { " at address \($0)" } ?? "" : ""
        if let (name, words) = Self.names[crash.signal] { what = "\(name)\(at), \(words)" }
        return [
            Finding(
                rule: name, effect: .crash, confidence: .proved, threads: [id],
                evidence: [
                    Evidence(
                        "Thread \(wording.thread(id)) got signal \(crash.signal)\(at)\(wording.inPlace(id)).",
                        thread: id,
                        frame: place?.frame)
                ],
                summary: "Thread \(wording.thread(id)) crashed\(wording.inPlace(id)): \(what).",
                nextStep: place.map { "Look at \($0.words) and what its callers gave it." }
                    ?? "Look at its stack and what the callers gave to the innermost function.")
        ]
    }

    /// signal(7), and what each says of a fault.
    private static let names: [Int: (String, String)] = [
        4: ("SIGILL", "an instruction that there is not: often a trap that the compiler put there"),
        5: ("SIGTRAP", "a trap that the compiler put there"), 6: ("SIGABRT", "the program ended itself"),
        7: ("SIGBUS", "memory with nothing behind it"), 8: ("SIGFPE", "a division that has no result"),
        11: ("SIGSEGV", "memory that is not there or not to be used so"),
        31: ("SIGSYS", "a system call that is forbidden"),
    ]
}
