import CLinux
import Glibc
import ProcessModel
import Unwinding

/// The child's side: reads requests from its socket, answers them, and ends with the process that it serves.
///
/// Runs in a process forked from one that has a single thread, so that no lock is held that nobody will release. It
/// leaves with `_exit` alone: what the parent has registered to be done at its exit is the parent's.
struct IsolatedChild {
    /// A request beyond this is not the parent's.
    static let requestLimit = 256 << 20

    let socket: Int32
    let parent: pid_t
    let marker: IsolatedMarker
    let modules: [Module]
    let memory: any MemorySource
    let options: DebugInfoOptions
    let limits: IsolatedLimits
    /// Modules to open before the first request comes.
    let first: [Int]

    func run() -> Never {
        guard prepare() else { _exit(1) }
        let overlaid = OverlaidMemory(memory)
        let provider = DirectDebugInfo(modules: modules, memory: overlaid, options: options)
        for module in first where modules.indices.contains(module) {
            marker.set(module, .rules)
            provider.openTables(of: module)
            marker.set(module, .names)
            provider.openSymbols(of: module)
        }
        marker.clear()
        var sentGaps: [Gap] = []
        while let message = IsolatedChannel.receive(socket, limit: Self.requestLimit) {
            let request: IsolatedRequest
            do throws(DebugInfoError) {
                var reader = IsolatedReader(UnsafeRawBufferPointer(message))
                request = try reader.request(modules: modules.count)
            } catch {
                _exit(2)
            }
            message.deallocate()
            var reply = IsolatedReply(answers: answer(request, provider, overlaid))
            let gaps = provider.gaps
            if gaps != sentGaps {
                reply.gaps = gaps
                sentGaps = gaps
            }
            marker.clear()
            var writer = IsolatedWriter()
            writer.reply(reply)
            guard IsolatedChannel.send(socket, writer.bytes) else { _exit(0) }
        }
        _exit(0)
    }

    private func answer(
        _ request: IsolatedRequest, _ provider: DirectDebugInfo, _ overlaid: OverlaidMemory
    ) -> IsolatedAnswers {
        switch request {
        case .rules(let runs):
            return .rules(
                runs.flatMap { run in
                    marker.set(run.module, .rules)
                    return provider.unwindRules(for: run.addresses)
                })
        case .symbols(let runs):
            return .symbols(
                runs.flatMap { run in
                    marker.set(run.module, run.detail == .names ? .names : .lines)
                    return provider.symbolize(run.addresses, detail: run.detail)
                })
        case .dataSymbols(let runs):
            return .dataSymbols(
                runs.flatMap { run in
                    marker.set(run.module, .dataSymbols)
                    return provider.dataSymbols(run.addresses)
                })
        case .variables(let runs):
            return .variables(
                runs.flatMap { run in
                    marker.set(run.module, .lines)
                    return provider.integerVariables(at: run.addresses)
                })
        case .callers(let frames):
            return .callers(
                frames.map { frame in
                    mark(frame.frame.registers)
                    overlaid.lay(frame.stack, at: frame.frame.registers.stackPointer ?? Address(0))
                    defer { overlaid.lay([], at: Address(0)) }
                    return provider.callers(of: [frame.frame]).first ?? nil
                })
        case .walks(let threads):
            return .walks(
                threads.map { registers in
                    mark(registers)
                    return provider.libunwindWalks(of: [registers]).first ?? nil
                })
        }
    }

    private func mark(_ registers: RegisterSet) {
        let module = registers.programCounter.flatMap { modules.index(holding: $0) } ?? 0
        marker.set(module, .libunwind)
    }

    /// Limits, signals and descriptors as a reader of hostile files should have them; false when one cannot be had.
    private func prepare() -> Bool {
        guard clinux_bind_to_parent(parent, "deadwait-reader") == 0 else { return false }
        // A crash is to end the child and to be seen by the parent, whatever handlers that has; Ctrl-C is the parent's.
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGTERM] {
            signal(number, SIG_DFL)
        }
        for number in [SIGINT, SIGQUIT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return false }
        for descriptor: Int32 in 0...2 where descriptor != socket { dup2(null, descriptor) }
        if null > 2 { close(null) }
        return limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, limits.cpuSeconds)
            && limit(RLIMIT_AS, Self.addressSpace() &+ limits.addressSpaceBytes)
    }

    private func limit(_ resource: __rlimit_resource, _ value: UInt64) -> Bool {
        var current = rlimit()
        let code = __rlimit_resource_t(resource.rawValue)
        guard getrlimit(code, &current) == 0 else { return false }
        let value = min(rlim_t(value), current.rlim_max)
        var wanted = rlimit(rlim_cur: value, rlim_max: value)
        return setrlimit(code, &wanted) == 0
    }

    /// The bytes of address space in use: the first field of /proc/self/statm, in pages (proc(5)). 0 when unreadable.
    private static func addressSpace() -> UInt64 {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var text: InlineArray<32, UInt8> = .init(repeating: 0)
        var span = text.mutableSpan
        let count = span.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        var pages: UInt64 = 0
        for index in 0..<max(count, 0) {
            let byte = text[index]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            pages = pages &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
        }
        return pages &* UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
