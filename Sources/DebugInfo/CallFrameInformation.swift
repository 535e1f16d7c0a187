import CElfutils
import Glibc
import ProcessModel
import Unwinding

/// The unwind rules of a process's modules, read through libdw: .eh_frame first, .debug_frame where that has none, in
/// the module itself or in its separate debug file.
///
/// Modules are opened when the first address in them is asked for. For use in one thread; not Sendable.
final class CallFrameInformation: UnwindRuleSource {
    private let modules: [Module]
    private let openFile: (Int) throws(DebugInfoError) -> ElfFile
    private let debugFile: (Int) -> ElfFile?
    private var tables: [Int: CallFrameTables] = [:]
    /// Why a module has no rules, by its index.
    private(set) var failures: [Int: DebugInfoError] = [:]

    /// `modules` sorted by start. `open` is asked at most once a module. `debugFile` gives a module's separate debug
    /// file, nil where there is none; it is asked at most once, and only for addresses that .eh_frame does not cover.
    init(
        modules: [Module], open: @escaping (Int) throws(DebugInfoError) -> ElfFile,
        debugFile: @escaping (Int) -> ElfFile? = { _ in nil }
    ) {
        self.modules = modules
        openFile = open
        self.debugFile = debugFile
    }

    /// Opens each module as its `content` says.
    convenience init(modules: [Module], memory: any MemorySource) {
        self.init(
            modules: modules,
            open: { index throws(DebugInfoError) in
                try ElfFile.open(modules[index], memory: memory)
            })
    }

    func unwindRules(for lookups: [Address]) -> [UnwindRule?] {
        lookups.map { lookup in
            guard let index = modules.index(holding: lookup), let tables = tables(of: index) else { return nil }
            return tables.rule(at: lookup - modules[index].loadBias)
        }
    }

    /// Opens a module's tables; what is wrong with them is in `failures`.
    func open(_ index: Int) { _ = tables(of: index) }

    private func tables(of index: Int) -> CallFrameTables? {
        if let known = tables[index] { return known }
        guard failures[index] == nil else { return nil }
        do throws(DebugInfoError) {
            let debugFile = self.debugFile
            let opened = CallFrameTables(try openFile(index)) { debugFile(index) }
            tables[index] = opened
            return opened
        } catch {
            failures[index] = error
            return nil
        }
    }
}

/// The tables of call frame information of one module.
private final class CallFrameTables {
    private let file: ElfFile
    /// `Dwarf_CFI *` of .eh_frame; nil when there is none.
    private let exceptionFrames: OpaquePointer?
    private let separateDebugFile: () -> ElfFile?
    /// Looked for when first needed, since libdw inflates all compressed debug sections for them.
    private lazy var debugFrames: [DebugFrames] = findDebugFrames()

    init(_ file: ElfFile, separateDebugFile: @escaping () -> ElfFile?) {
        self.file = file
        self.separateDebugFile = separateDebugFile
        exceptionFrames = dwarf_getcfi_elf(file.handle)
    }

    deinit {
        if let exceptionFrames { dwarf_cfi_end(exceptionFrames) }
    }

    /// The rule at a link-time address.
    func rule(at address: Address) -> UnwindRule? {
        if let exceptionFrames, let rule = CallFrameRow.rule(exceptionFrames, address) { return rule }
        for frames in debugFrames {
            if let rule = CallFrameRow.rule(frames.handle, address) { return rule }
        }
        return nil
    }

    private func findDebugFrames() -> [DebugFrames] {
        [DebugFrames(file), separateDebugFile().flatMap { DebugFrames($0) }].compactMap { $0 }
    }
}

/// The .debug_frame of one file.
private final class DebugFrames {
    /// `Dwarf_CFI *`, owned by `dwarf`.
    let handle: OpaquePointer
    private let file: ElfFile
    private let dwarf: OpaquePointer

    /// Nil when the file has no such section or libdw refuses it.
    init?(_ file: ElfFile) {
        guard file.hasSection(named: ".debug_frame", ".zdebug_frame"),
            let dwarf = dwarf_begin_elf(file.handle, DWARF_C_READ, nil)
        else { return nil }
        guard let handle = dwarf_getcfi(dwarf) else {
            dwarf_end(dwarf)
            return nil
        }
        self.file = file
        self.dwarf = dwarf
        self.handle = handle
    }

    deinit { dwarf_end(dwarf) }
}
