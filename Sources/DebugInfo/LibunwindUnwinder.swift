import CLibunwind
import Glibc
import ProcessModel
import Unwinding

/// The second unwinder: libunwind over the same copies, through accessors of our own.
///
/// It reads the unwind tables from the target's memory, never from files, and never writes. For one thread at a time;
/// on hostile bytes libunwind may crash, which is why it is meant to run in an isolated child.
public final class LibunwindUnwinder {
    private let accessors: UnsafeMutablePointer<unw_accessors_t>
    /// `unw_addr_space_t`; nil when libunwind had no memory for it: then nothing is ever found.
    private let space: unw_addr_space_t?
    private let tables: LibunwindTables
    private let memory: any MemorySource
    /// What the accessors answer from while libunwind runs.
    private var registers = RegisterSet()
    /// Lookup addresses by whether a table covers them.
    private var informed: [Address: Bool] = [:]

    /// `modules` sorted by start.
    public init(modules: [Module], memory: any MemorySource) {
        tables = LibunwindTables(modules: modules, memory: memory)
        self.memory = memory
        accessors = .allocate(capacity: 1)
        accessors.initialize(to: Self.makeAccessors())
        space = _Ux86_64_create_addr_space(accessors, 0)
        // Without a cache libunwind runs the call frame program anew for each frame of each thread.
        if let space { _Ux86_64_set_caching_policy(space, UNW_CACHE_GLOBAL) }
    }

    deinit {
        if let space { _Ux86_64_destroy_addr_space(space) }
        accessors.deallocate()
    }

    /// Walks a thread by libunwind alone; `limit` frames at most.
    public func walk(_ registers: RegisterSet, limit: Int = 512) -> LibunwindWalk {
        guard registers.programCounter != nil, registers.stackPointer != nil else {
            return LibunwindWalk(frames: [], status: -Int32(UNW_EBADREG.rawValue))
        }
        return withCursor(registers) { cursor, status in
            var walk = LibunwindWalk(frames: [], status: status)
            var behindSignalFrame = false
            while walk.status >= 0, walk.frames.count < limit {
                guard let pc = Self.register(&cursor, X86Register.returnAddress),
                    let stackPointer = Self.register(&cursor, X86Register.rsp)
                else {
                    walk.status = -Int32(UNW_EBADFRAME.rawValue)
                    break
                }
                if pc == 0 { break }
                let isReturnAddress = !walk.frames.isEmpty && !behindSignalFrame
                walk.frames.append(.init(pc: Address(pc), stackPointer: Address(stackPointer)))
                behindSignalFrame = _Ux86_64_is_signal_frame(&cursor) > 0
                // Without tables libunwind goes on by guesses: that is no second opinion.
                guard behindSignalFrame || hasInformation(Address(isReturnAddress ? pc &- 1 : pc)) else {
                    walk.status = LibunwindWalk.noInformation
                    break
                }
                walk.status = _Ux86_64_step(&cursor)
                if walk.status == 0 { break }
            }
            return walk
        }
    }

    private func withCursor<Result>(
        _ registers: RegisterSet, _ body: (inout unw_cursor_t, Int32) -> Result
    ) -> Result {
        self.registers = registers
        var cursor = unw_cursor_t()
        guard let space else { return body(&cursor, -Int32(UNW_ENOMEM.rawValue)) }
        return withExtendedLifetime(self) {
            let status = _Ux86_64_init_remote(&cursor, space, Unmanaged.passUnretained(self).toOpaque())
            return body(&cursor, status)
        }
    }

    /// Nil when libunwind cannot tell: the register or the memory that it was saved in is not known.
    private static func register(_ cursor: inout unw_cursor_t, _ number: Int) -> UInt64? {
        var value: unw_word_t = 0
        return _Ux86_64_get_reg(&cursor, Int32(number), &value) == 0 ? value : nil
    }

    // MARK: Accessors

    private func findProcedure(
        _ ip: unw_word_t, _ info: UnsafeMutablePointer<unw_proc_info_t>, _ needsUnwindInfo: Int32,
        _ argument: UnsafeMutableRawPointer
    ) -> Int32 {
        guard var table = tables.table(holding: Address(ip)), let space else { return -Int32(UNW_ENOINFO.rawValue) }
        return _Ux86_64_dwarf_search_unwind_table(space, ip, &table, info, needsUnwindInfo, argument)
    }

    private static func makeAccessors() -> unw_accessors_t {
        var accessors = unw_accessors_t()
        accessors.find_proc_info = { _, ip, info, needsUnwindInfo, argument in
            guard let argument, let info else { return -Int32(UNW_EINVAL.rawValue) }
            return unwinder(argument).findProcedure(ip, info, needsUnwindInfo, argument)
        }
        // What the search allocates comes from libunwind's own pools, which it has no exported way to return to.
        accessors.put_unwind_info = { _, _, _ in }
        accessors.get_dyn_info_list_addr = { _, _, _ in -Int32(UNW_ENOINFO.rawValue) }
        accessors.access_mem = { _, address, value, isWrite, argument in
            guard isWrite == 0, let argument, let value,
                let word = unwinder(argument).memory.load(Address(address), as: UInt64.self)
            else { return -Int32(UNW_EINVAL.rawValue) }
            value.pointee = word
            return 0
        }
        accessors.access_reg = { _, number, value, isWrite, argument in
            guard isWrite == 0, let argument, let value,
                let register = unwinder(argument).registers[Int(number)]
            else { return -Int32(UNW_EBADREG.rawValue) }
            value.pointee = register
            return 0
        }
        accessors.access_fpreg = { _, _, _, _, _ in -Int32(UNW_EBADREG.rawValue) }
        accessors.resume = { _, _, _ in -Int32(UNW_EINVAL.rawValue) }
        accessors.get_proc_name = { _, _, _, _, _, _ in -Int32(UNW_ENOINFO.rawValue) }
        return accessors
    }
}

/// The unwinder behind libunwind's `arg`, which `withCursor` sets and keeps alive.
private func unwinder(_ argument: UnsafeMutableRawPointer) -> LibunwindUnwinder {
    Unmanaged<LibunwindUnwinder>.fromOpaque(argument).takeUnretainedValue()
}

extension LibunwindUnwinder: CallerFinder {
    public func callers(of frames: [FrameRegisters]) -> [FoundCaller?] { frames.map { caller(of: $0) } }

    private func caller(of frame: FrameRegisters) -> FoundCaller? {
        guard let pc = frame.registers.programCounter, frame.registers.stackPointer != nil else { return nil }
        // libunwind takes the first frame for an interrupted one and looks up its pc itself, not the call before it.
        let lookup = frame.isReturnAddress ? pc - 1 : pc
        // Without unwind information libunwind would follow rbp or guess; the walker does that itself, and says so.
        guard hasInformation(lookup) else { return nil }
        var registers = frame.registers
        registers[X86Register.returnAddress] = lookup.rawValue
        return withCursor(registers) { cursor, status in
            guard status == 0 else { return nil }
            let isSignalFrame = _Ux86_64_is_signal_frame(&cursor) > 0
            let step = _Ux86_64_step(&cursor)
            if step == 0 { return .outermost }
            guard step > 0 else { return nil }
            var caller = RegisterSet()
            for number in 0..<X86Register.count where isSignalFrame || Self.preserved.contains(number) {
                caller[number] = Self.register(&cursor, number)
            }
            return .caller(caller, isSignalFrame: isSignalFrame)
        }
    }

    /// What a caller has back when the call returns, and rip: libunwind reports all others as if they were kept.
    private static let preserved: Set<Int> = [
        X86Register.rbx, X86Register.rbp, X86Register.rsp, X86Register.r12, X86Register.r13, X86Register.r14,
        X86Register.r15, X86Register.returnAddress,
    ]

    private func hasInformation(_ lookup: Address) -> Bool {
        if let known = informed[lookup] { return known }
        var info = unw_proc_info_t()
        let argument = Unmanaged.passUnretained(self).toOpaque()
        let answer = withExtendedLifetime(self) { findProcedure(lookup.rawValue, &info, 0, argument) } == 0
        informed[lookup] = answer
        return answer
    }
}
