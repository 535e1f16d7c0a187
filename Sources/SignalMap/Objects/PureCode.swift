/// Which code does nothing but wait, lock, read clocks and test: what a thread may do over and over without doing
/// anything for others.
struct PureCode {
    /// By function: all that it calls is such code, to any depth.
    private(set) var functions: [Bool]
    /// By function: it is such code and may wait.
    private(set) var waiting: [Bool]
    private let analysis: ObjectAnalysis

    /// Functions of libraries that read a clock, a number of the thread's or bytes, or that only turn up where a
    /// program ends: what loops around waits test, and what compilers put there.
    private static let harmless: Set<String> = [
        "clock_gettime", "gettimeofday", "time", "clock_getres", "__errno_location", "pthread_self", "pthread_equal",
        "pthread_testcancel", "pthread_setcancelstate", "__pthread_testcancel", "sched_yield", "memcmp", "strcmp",
        "strlen", "nanosleep", "usleep", "clock_nanosleep", "thrd_current", "timespec_get", "difftime",
        "_ZNSt6chrono3_V212steady_clock3nowEv", "_ZNSt6chrono3_V212system_clock3nowEv",
        "_ZNSt3__16chrono12steady_clock3nowEv", "_ZNSt3__16chrono12system_clock3nowEv",
        "__stack_chk_fail", "__assert_fail", "abort", "_ZSt9terminatev", "_ZSt20__throw_system_errori",
        "__clang_call_terminate", "_Unwind_Resume", "__cxa_begin_catch", "__cxa_end_catch",
    ]

    init(_ analysis: ObjectAnalysis) {
        self.analysis = analysis
        let all = analysis.facts.functions
        functions = [Bool](repeating: true, count: all.count)
        waiting = [Bool](repeating: false, count: all.count)
        var open: [Int] = []
        for function in all.indices where all[function].calls.contains(where: { !mayBePure($0) }) {
            functions[function] = false
            open.append(function)
        }
        while let function = open.popLast() {
            for call in analysis.callers(of: function) {
                let caller = Int(analysis.functionOfCall[Int(call)])
                if caller >= 0, functions[caller] {
                    functions[caller] = false
                    open.append(caller)
                }
            }
        }
        for function in all.indices where functions[function] && all[function].calls.contains(where: isWait) {
            waiting[function] = true
            open.append(function)
        }
        while let function = open.popLast() {
            for call in analysis.callers(of: function) {
                let caller = Int(analysis.functionOfCall[Int(call)])
                if caller >= 0, functions[caller], !waiting[caller] {
                    waiting[caller] = true
                    open.append(caller)
                }
            }
        }
    }

    /// The call of a primitive that waits.
    private func isWait(_ call: Int) -> Bool {
        switch analysis.callees[call] {
        case .known(let index):
            switch analysis.known[Int(index)].function.primitive?.operation {
            case .wait, .arriveAndWait: return true
            default: return false
            }
        case .system: return isFutexWait(call)
        default: return false
        }
    }

    /// futex(2) with FUTEX_WAIT or FUTEX_WAIT_BITSET.
    private func isFutexWait(_ call: Int, shift: Int64 = 0) -> Bool {
        let operation = analysis.paths[analysis.argument(1 + shift, of: call).path]
        guard operation.kind == .number,
            let primitive = Primitives.futex(operation: Int(truncatingIfNeeded: operation.value & 0xffff_ffff))
        else { return false }
        return primitive.operation == .wait
    }

    /// As far as the call says itself: calls of functions of the binary are judged by what these do.
    private func mayBePure(_ call: Int) -> Bool {
        switch analysis.callees[call] {
        case .function(let index): return Int(index) < analysis.facts.functions.count
        case .known(let index):
            let known = analysis.known[Int(index)]
            if Self.harmless.contains(known.name) { return true }
            if known.name == "syscall" { return isFutexWait(call, shift: 1) }
            guard let primitive = known.function.primitive else { return false }
            switch primitive.operation {
            case .wait, .acquire, .tryAcquire, .release: return true
            case .signal, .arriveAndWait, .hold, .once, .create, .join, .detach, .exit, .submit, .perform, .register,
                .initialize, .destroy:
                return false
            }
        case .system:
            guard case .system(let number) = analysis.facts.calls[call].target else { return false }
            return analysis.paths[number].kind == .number
                && analysis.paths[number].value == Int64(Primitives.futexNumber) && isFutexWait(call)
        case .outside:
            guard case .direct(.symbol(let name)) = analysis.facts.calls[call].target else { return false }
            return Self.harmless.contains(name)
        case .indirect: return false
        }
    }

    /// A call does nothing but wait, lock, read clocks and test.
    func isPure(_ call: Int) -> Bool {
        if case .function(let index) = analysis.callees[call] { return functions[Int(index)] }
        return mayBePure(call)
    }

    /// A pure call that may wait.
    func waits(_ call: Int) -> Bool {
        if case .function(let index) = analysis.callees[call] { return waiting[Int(index)] }
        return isWait(call) || analysis.known(of: call) == "syscall" && isFutexWait(call, shift: 1)
    }
}
