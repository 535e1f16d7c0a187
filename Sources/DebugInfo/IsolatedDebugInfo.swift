import Glibc
import ProcessModel
import Unwinding

/// All that is asked of a process's ELF and DWARF data, answered by child processes with limits on memory, CPU and wall
/// time: a file that makes libdw or libunwind crash, loop or use too much costs that module's answers, with a gap, and
/// not this process.
///
/// Children are forked when the first question comes and have the captured memory as it is then, copy-on-write. **This
/// process must have one thread at every call**: a child inherits the locks that other threads hold, and nobody
/// releases them there. The children read files, write to their socket alone, and end with this process however it
/// ends (PR_SET_PDEATHSIG); they hold no tracer's rights over the target, since fork(2) does not hand these on.
///
/// Answers are taken for hostile: every count, index and enumeration is checked before it is used.
public final class IsolatedDebugInfo: DebugInfoProvider {
    public let modules: [Module]
    private var memory: any MemorySource
    private let options: DebugInfoOptions
    let limits: IsolatedLimits
    private let childLimit: Int
    /// By slot; nil where none was started yet or the last one died.
    private(set) var workers: [IsolatedWorker?]
    /// The gaps that the child of each slot has told, and those that were told by children that died.
    private var childGaps: [[Gap]]
    private var lostGaps: [Gap] = []
    private var deathGaps: [Gap] = []
    /// What is not asked any more, since a child died of it.
    private(set) var excluded: [IsolatedTask: Set<Int>] = [:]
    private var libunwindIsOff = false
    /// The first child was started before `memory` was there.
    private var firstChildIsOlder = false
    private var deaths = 0
    let plan: IsolatedPlan

    /// `modules` sorted by start; records refer to them by index.
    public init(
        modules: [Module], memory: any MemorySource, options: DebugInfoOptions = DebugInfoOptions(),
        limits: IsolatedLimits = IsolatedLimits()
    ) {
        self.modules = modules
        self.memory = memory
        self.options = options
        self.limits = limits
        childLimit = max(limits.children ?? min(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
        workers = Array(repeating: nil, count: childLimit)
        childGaps = Array(repeating: [], count: childLimit)
        plan = IsolatedPlan(modules: modules, debugDirectories: options.debugDirectories, children: childLimit)
    }

    /// Starts the first child before the first question and lets it open `modules`, given by their indexes, while this
    /// process does something else. It has the memory as it is now: see `take`.
    public func prepare(_ modules: [Int]) { _ = worker(0, opening: modules) }

    /// From now on `memory` is the process's. A child that was started before has files only to read from, and is
    /// replaced when somebody asks for what needs the memory.
    public func take(_ memory: any MemorySource) {
        self.memory = memory
        firstChildIsOlder = workers[0] != nil
    }

    public func unwindRules(for lookups: [Address]) -> [UnwindRule?] {
        var result: [UnwindRule?] = Array(repeating: nil, count: lookups.count)
        ask(lookups, .rules) { answers, positions in
            guard case .rules(let rules) = answers else { return }
            for (index, position) in positions.enumerated() { result[position] = rules[index] }
        }
        return result
    }

    public func symbolize(_ lookups: [Address], detail: SymbolDetail) -> [SymbolRecord] {
        var result = lookups.map { SymbolRecord(module: modules.index(holding: $0)) }
        ask(lookups, .symbols(detail)) { answers, positions in
            guard case .symbols(let records) = answers else { return }
            for (index, position) in positions.enumerated() { result[position] = records[index] }
        }
        return result
    }

    public func dataSymbols(_ addresses: [Address]) -> [String?] {
        var result: [String?] = Array(repeating: nil, count: addresses.count)
        ask(addresses, .dataSymbols) { answers, positions in
            guard case .dataSymbols(let names) = answers else { return }
            for (index, position) in positions.enumerated() { result[position] = names[index] }
        }
        return result
    }

    public func integerVariables(at lookups: [Address]) -> [[FrameVariable]] {
        var result: [[FrameVariable]] = Array(repeating: [], count: lookups.count)
        ask(lookups, .variables) { answers, positions in
            guard case .variables(let lists) = answers else { return }
            for (index, position) in positions.enumerated() { result[position] = lists[index] }
        }
        return result
    }

    public func callers(of frames: [FrameRegisters]) -> [FoundCaller?] {
        let request = IsolatedRequest.callers(
            frames.map { IsolatedFrame(frame: $0, stack: stackBytes(of: $0.registers)) })
        if case .callers(let callers) = askLibunwind(request, count: frames.count) { return callers }
        return Array(repeating: nil, count: frames.count)
    }

    public func libunwindWalks(of threads: [RegisterSet]) -> [LibunwindWalk?] {
        // The stacks must be those that the registers belong to: a child that was forked before some threads were read
        // again has the older ones.
        retire(0)
        if case .walks(let walks) = askLibunwind(.walks(threads), count: threads.count) { return walks }
        return Array(repeating: nil, count: threads.count)
    }

    /// Children's and deaths' gaps, each once.
    public var gaps: [Gap] {
        var known: Set<Gap> = []
        return (deathGaps + lostGaps + childGaps.joined()).filter { known.insert($0).inserted }
    }

    private func stackBytes(of registers: RegisterSet) -> [UInt8] {
        guard let stackPointer = registers.stackPointer else { return [] }
        return [UInt8](unsafeUninitializedCapacity: IsolatedFrame.stackLimit) { buffer, initialized in
            initialized = min(memory.read(stackPointer, into: UnsafeMutableRawBufferPointer(buffer)), buffer.count)
        }
    }

    // MARK: Asking

    /// What can be asked of addresses.
    private enum Question {
        case rules
        case symbols(SymbolDetail)
        case dataSymbols
        case variables

        /// `names` where there is nothing less to fall back on.
        var detail: SymbolDetail { if case .symbols(let detail) = self { detail } else { .names } }

        /// What a child does for a run: the unit that is left out when it dies of it.
        func task(_ detail: SymbolDetail) -> IsolatedTask {
            switch self {
            case .rules: .rules
            case .symbols: detail == .names ? .names : .lines
            case .dataSymbols: .dataSymbols
            case .variables: .lines
            }
        }

        func request(_ runs: [IsolatedPlan.Run]) -> IsolatedRequest {
            let runs = runs.map { IsolatedRun(module: $0.module, detail: $0.detail, addresses: $0.addresses) }
            return switch self {
            case .rules: .rules(runs)
            case .symbols: .symbols(runs)
            case .dataSymbols: .dataSymbols(runs)
            case .variables: .variables(runs)
            }
        }
    }

    /// Asks for addresses by module; `store` gets the answers for the positions in `addresses`. What a child dies of is
    /// left out and the rest asked again.
    private func ask(_ addresses: [Address], _ question: Question, store: (IsolatedAnswers, [Int]) -> Void) {
        var open = plan.group(addresses)
        while !open.isEmpty, deaths < limits.deaths {
            for index in open.indices { open[index].detail = question.detail }
            open = open.compactMap { admit($0, question) }
            let jobs = plan.distribute(open, isHeavy: question.detail > .names)
            var exchanges: [(exchange: IsolatedExchange, slot: Int, runs: [IsolatedPlan.Run])] = []
            for (slot, runs) in jobs.enumerated() where !runs.isEmpty {
                guard let worker = worker(slot) else { return }
                let exchange = IsolatedExchange(
                    worker, question.request(runs), answerCount: runs.reduce(0) { $0 + $1.positions.count },
                    moduleCount: modules.count)
                exchanges.append((exchange, slot, runs))
            }
            IsolatedExchange.run(exchanges.map(\.exchange), milliseconds: limits.requestMilliseconds)
            open = []
            for (exchange, slot, runs) in exchanges {
                if let answers = settle(exchange, slot) {
                    store(answers, runs.flatMap(\.positions))
                } else {
                    open += runs
                }
            }
        }
    }

    /// The run with the detail that may still be asked for; nil when nothing may. Of a module whose lines a child died
    /// of, the names are still asked for.
    private func admit(_ run: IsolatedPlan.Run, _ question: Question) -> IsolatedPlan.Run? {
        var run = run
        if excluded[question.task(run.detail)]?.contains(run.module) != true { return run }
        guard run.detail > .names else { return nil }
        run.detail = .names
        return excluded[question.task(.names)]?.contains(run.module) != true ? run : nil
    }

    private func askLibunwind(_ request: IsolatedRequest, count: Int) -> IsolatedAnswers? {
        if firstChildIsOlder { retire(0) }
        guard count > 0, !libunwindIsOff, deaths < limits.deaths, let worker = worker(0) else { return nil }
        let exchange = IsolatedExchange(worker, request, answerCount: count, moduleCount: modules.count)
        IsolatedExchange.run([exchange], milliseconds: limits.requestMilliseconds)
        return settle(exchange, 0)
    }

    /// The answers of a finished exchange; nil when its child died, which is then noted.
    private func settle(_ exchange: IsolatedExchange, _ slot: Int) -> IsolatedAnswers? {
        switch exchange.outcome {
        case .answered(let reply):
            if let gaps = reply.gaps { childGaps[slot] = gaps }
            return reply.answers
        case .died(let death): note(death, exchange.worker, slot)
        case nil: note(exchange.worker.end(as: .deadline), exchange.worker, slot)
        }
        return nil
    }

    /// Ends the child of a slot; the next question starts another one, with the memory as it then is.
    private func retire(_ slot: Int) {
        lostGaps += childGaps[slot]
        childGaps[slot] = []
        workers[slot] = nil
        if slot == 0 { firstChildIsOlder = false }
    }

    private func note(_ death: IsolatedWorker.Death, _ worker: IsolatedWorker, _ slot: Int) {
        // A second one that takes all its time is one too many for somebody who waits.
        deaths += death == .deadline ? (limits.deaths + 1) / 2 : 1
        retire(slot)
        let suspect = worker.marker.read(modules: modules.count)
        let help = "Check the file with readelf and eu-elflint; what else it gives is shown without it."
        guard let (module, task) = suspect else {
            deathGaps.append(
                Gap(.process, operation: "read debug information", reason: death.reason, help: help))
            return
        }
        deathGaps.append(
            Gap(.module(modules[module].path), operation: task.operation, reason: death.reason, help: help))
        if task == .libunwind { libunwindIsOff = true } else { excluded[task, default: []].insert(module) }
    }

    /// The child of a slot, started when there is none; nil, with a gap, when it cannot be.
    private func worker(_ slot: Int, opening first: [Int] = []) -> IsolatedWorker? {
        if let worker = workers[slot] { return worker }
        let others = workers.compactMap { $0?.socket }
        let parent = getpid()
        do throws(DebugInfoError) {
            let started = try IsolatedWorker(closing: others) { socket, marker in
                IsolatedChild(
                    socket: socket, parent: parent, marker: marker, modules: modules, memory: memory,
                    options: options, limits: limits, first: first)
            }
            workers[slot] = started
            return started
        } catch {
            deaths = limits.deaths
            deathGaps.append(
                Gap(
                    .process, operation: "start an isolated reader", reason: error.description,
                    help: error.help))
            return nil
        }
    }
}
