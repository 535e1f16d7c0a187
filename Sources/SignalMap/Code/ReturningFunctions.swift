/// Which functions of a binary can return to their callers: code behind a call of one that cannot is never reached, and
/// what it would signal does not count.
struct ReturningFunctions {
    private(set) var canReturn: [Bool]

    /// Functions of libraries that never return, by the documents that say so: POSIX, the C standard, the Itanium C++
    /// ABI (exception handling, section 2.4), the Linux Standard Base, and Swift's runtime (docs/Runtime.md).
    static let neverReturning: Set<String> = [
        "abort", "exit", "_exit", "_Exit", "quick_exit", "pthread_exit", "thrd_exit", "longjmp", "_longjmp",
        "siglongjmp", "__longjmp_chk", "__assert_fail", "__assert_perror_fail", "__assert", "__stack_chk_fail",
        "__fortify_fail", "__chk_fail", "err", "errx", "verr", "verrx", "__libc_start_main", "_Unwind_Resume",
        "__cxa_throw", "__cxa_rethrow", "__cxa_bad_cast", "__cxa_bad_typeid", "__cxa_throw_bad_array_new_length",
        "__cxa_pure_virtual", "__cxa_deleted_virtual", "_ZSt9terminatev", "_ZSt10unexpectedv",
        "_ZSt17__throw_bad_allocv", "_ZSt16__throw_bad_castv", "_ZSt19__throw_logic_errorPKc",
        "_ZSt20__throw_length_errorPKc", "_ZSt20__throw_out_of_rangePKc", "_ZSt24__throw_out_of_range_fmtPKcz",
        "_ZSt24__throw_invalid_argumentPKc", "_ZSt20__throw_system_errori", "_ZSt20__throw_future_errori",
        "_ZSt25__throw_bad_function_callv", "_ZSt28__throw_bad_array_new_lengthv",
        "_ZSt21__throw_runtime_errorPKc", "swift_unexpectedError", "swift_deletedMethodError",
    ]

    /// Whether a function of that name returns. Swift's functions say by their mangled type that they return Never
    /// (docs/ABI/Mangling.rst: the result stands before the parameters).
    static func neverReturns(_ name: String) -> Bool {
        neverReturning.contains(name) || name.hasPrefix("$s") && name.hasSuffix("F") && name.contains("s5NeverO")
    }

    /// `flows` of the map's functions, in their order. The least solution: what is not shown to return does not.
    init(_ map: CodeMap, _ flows: [ControlFlow]) {
        canReturn = [Bool](repeating: false, count: flows.count)
        // For each function those that call it, to be looked at again when it turns out to return.
        var callers = [[Int32]](repeating: [], count: flows.count)
        var targets: [Int: CodeMap.Target] = [:]
        for (function, flow) in flows.enumerated() {
            for block in flow.blocks {
                for position in block.instructions {
                    let instruction = map.instructions[position]
                    guard
                        instruction.isCall || instruction.does == .jump || instruction.does == .jumpIf
                            || instruction.does == .jumpMemory
                    else { continue }
                    guard let target = map.directTarget(of: instruction) else { continue }
                    if instruction.isCall { targets[position] = target }
                    if case .function(let callee) = target, callee != function {
                        callers[callee].append(Int32(function))
                    }
                }
            }
        }
        var open = Array(flows.indices.reversed())
        while let function = open.popLast() {
            if canReturn[function] { continue }
            let returns = flows[function].canReturn(map) { position in
                targets[position].map { !self.mayReturn($0) } ?? false
            } tailReturns: {
                self.mayReturn($0)
            }
            guard returns else { continue }
            canReturn[function] = true
            open += callers[function].map(Int.init)
        }
    }

    func mayReturn(_ target: CodeMap.Target) -> Bool {
        switch target {
        case .function(let function): canReturn[function]
        case .symbol(let name): !Self.neverReturns(name)
        case .resolved, .unknown: true
        }
    }
}
