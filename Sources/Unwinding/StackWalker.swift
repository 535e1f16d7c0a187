import ProcessModel

/// Walks stacks: from a thread's registers and its copied stack to frames.
///
/// One rule of call frame information is kept for each lookup address, so that what the first thread of a kind has
/// needed costs the next ones nothing. Where there is no rule the walk goes on by weaker means in this order, and each
/// frame says by which it was found: the caller finder, the first or last instructions of a function, the saved frame
/// pointer, a bounded search for a return address. It never asks for more than `frameLimit` frames, and outside of
/// signal frames the stack pointer must grow from frame to frame, so that no damaged stack makes a loop.
///
/// For one thread at a time; the rules and what the code bytes told stay for the walker's life, the memory of a walk is
/// read anew by the next.
public final class StackWalker {
    /// Threads that wait for rules at once, at most: what is asked for in one request.
    static let pendingLimit = 64

    let rules: any UnwindRuleSource
    let callerFinder: (any CallerFinder)?
    let mappings: [Mapping]
    let executable: ExecutableRanges
    let frameLimit: Int
    let looksAhead: Bool

    let memory: WalkerMemory
    let registers = RegisterFile()
    let evaluator = ExpressionEvaluator()
    let table = RuleTable()
    /// What the code before and at an address told of it.
    var returnSites: [UInt64: ReturnSite] = [:]
    /// Lookup addresses for which the caller finder has nothing.
    var withoutFinder: Set<UInt64> = []

    // The walk in hand.
    let frames: UnsafeMutablePointer<WalkedFrame>
    var frameCount = 0
    var pc: UInt64 = 0
    var isReturnAddress = false
    var trust = Trust.context
    var registersAreFinal = false
    var signalFrames: [WalkedFrame] = []
    var scans = 0
    /// The walk ends before this frame.
    var stop = Int.max

    /// `mappings` sorted by start, empty when not known: then every address may be code and nothing is searched for.
    /// `looksAhead` asks for the rules of all likely return addresses of a stack at once, which saves round trips to a
    /// rule source in another process. `frameLimit` is at least 1.
    public init(
        rules: any UnwindRuleSource, memory: any MemorySource, mappings: [Mapping],
        callerFinder: (any CallerFinder)? = nil, frameLimit: Int = 512, looksAhead: Bool = true
    ) {
        self.rules = rules
        self.callerFinder = callerFinder
        self.mappings = mappings
        self.executable = ExecutableRanges(mappings)
        self.frameLimit = max(frameLimit, 1)
        self.looksAhead = looksAhead
        self.memory = WalkerMemory(source: memory)
        self.frames = .allocate(capacity: self.frameLimit)
    }

    deinit { frames.deallocate() }

    /// How many lookup addresses have been asked for.
    public var ruleCount: Int { table.count }

    /// Walks one thread.
    ///
    /// A walk that needs a register that is not in `registers` and that stopping the thread could tell ends with
    /// `missingRegister`. With `registersAreFinal` it goes on by weaker means instead.
    public func walk(_ registers: RegisterSet, registersAreFinal: Bool = false) -> WalkedStack {
        begin(registers, registersAreFinal: registersAreFinal)
        while true {
            switch advance() {
            case .ended(let end, let missing):
                markFramesBelowGuess()
                return stack(end, missing)
            case .needsRule(let lookup):
                var request = RuleRequest()
                request.add(lookup)
                if looksAhead { lookAhead(into: &request) }
                fetch(request)
            }
        }
    }

    /// The registers of each of a thread's first `count` frames, as far as they are known there; fewer where the walk
    /// ends. Takes the square of `count` in steps.
    public func registers(of thread: RegisterSet, count: Int) -> [RegisterSet] {
        defer { stop = .max }
        var result: [RegisterSet] = []
        for frame in 0..<max(count, 0) {
            stop = frame
            begin(thread, registersAreFinal: true)
            walk: while true {
                switch advance() {
                case .ended(.limit, _) where frameCount == frame:
                    result.append(registers.registerSet)
                    break walk
                case .ended: return result
                case .needsRule(let lookup):
                    var request = RuleRequest()
                    request.add(lookup)
                    fetch(request)
                }
            }
        }
        return result
    }

    /// Walks many threads; results in their order. The rule source is asked a few times with many addresses, not once a
    /// frame.
    public func walkAll(_ threads: [RegisterSet], registersAreFinal: Bool = false) -> [WalkedStack] {
        var stacks = Array(
            repeating: WalkedStack(frames: [], end: .failed(reason: "not walked")), count: threads.count)
        walkAll(threads, registersAreFinal: registersAreFinal) { stacks[$0] = WalkedStack($1, $2, $3) }
        return stacks
    }

    /// The same without keeping the stacks: `body` is called once a thread, in no order, with the thread's index, its
    /// frames (borrowed for the call), how the walk ended and the register it missed.
    public func walkAll(
        _ threads: [RegisterSet], registersAreFinal: Bool = false,
        body: (_ index: Int, _ frames: UnsafeBufferPointer<WalkedFrame>, _ end: StackEnd, _ missing: Int?) -> Void
    ) {
        var pending: [Int] = []
        var next = 0
        while next < threads.count || !pending.isEmpty {
            var request = RuleRequest()
            var waiting: [Int] = []
            func attempt(_ index: Int) {
                begin(threads[index], registersAreFinal: registersAreFinal)
                switch advance() {
                case .ended(let end, let missing):
                    markFramesBelowGuess()
                    body(index, UnsafeBufferPointer(start: frames, count: frameCount), end, missing)
                case .needsRule(let lookup):
                    waiting.append(index)
                    // Threads that stand at the same address mostly have the same callers.
                    if request.add(lookup), looksAhead { lookAhead(into: &request) }
                }
            }
            for index in pending { attempt(index) }
            while next < threads.count, waiting.count < Self.pendingLimit {
                attempt(next)
                next += 1
            }
            pending = waiting
            fetch(request)
        }
    }

    /// A frame that was reached through a guess is no surer than the guess, by whatever means it was found.
    private func markFramesBelowGuess() {
        guard scans > 0 else { return }
        var isGuess = false
        for index in 0..<frameCount {
            if frames[index].trust == .scan { isGuess = true }
            if isGuess { frames[index].trust = .scan }
        }
    }

    private func stack(_ end: StackEnd, _ missing: Int?) -> WalkedStack {
        WalkedStack(UnsafeBufferPointer(start: frames, count: frameCount), end, missing)
    }

    private func fetch(_ request: RuleRequest) {
        guard !request.lookups.isEmpty else { return }
        let answers = rules.unwindRules(for: request.lookups)
        for (index, lookup) in request.lookups.enumerated() {
            // A source that answers too little has no rule for the rest.
            let answer = index < answers.count ? answers[index] : nil
            table.insert(answer ?? signalReturnRule(lookup.rawValue), for: lookup.rawValue)
        }
    }
}

extension WalkedStack {
    init(_ frames: UnsafeBufferPointer<WalkedFrame>, _ end: StackEnd, _ missing: Int?) {
        self.init(frames: Array(frames), end: end, missingRegister: missing)
    }
}
