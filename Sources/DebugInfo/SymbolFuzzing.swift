import Glibc
import ProcessModel

/// The parsers of symbols and DWARF that read untrusted bytes, each as one call: for DeadwaitFuzz and tests.
///
/// A call may find nothing; it must come back, in bounded time and memory, and never trap.
package enum SymbolFuzzing {
    private static let addresses: [UInt64] = (0..<64).map { 0x1000 + $0 * 5 }

    /// A whole ELF file: symbols, notes, links, DWARF with lines, inlined calls and parameters.
    package static func objectFile(_ bytes: UnsafeRawBufferPointer) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        buffer.copyMemory(from: bytes)
        do throws(DebugInfoError) {
            let file = try ObjectFile(buffer: buffer, name: "fuzz")
            _ = file.buildID
            _ = file.debugLink
            _ = file.alternateLink
            _ = file.dynamicSymbols().map { $0.lookup(addresses, kind: .code) }
            _ = file.symbolTable(named: ".symtab").map { $0.lookup(addresses, kind: .data) }
            let linkage = ProcedureLinkage(file)
            for address in addresses { _ = linkage.stub(at: address) }
            _ = try file.miniDebugInfo()
            let locator = DebugFileLocator(options: DebugInfoOptions(useDebuginfod: false))
            let splitUnits = SplitUnits(locator: locator, main: file, modulePath: "/nonexistent") { _ in }
            let module = DwarfModule(DwarfFile(DwarfSections(file)), splitUnits: splitUnits)
            for frames in module.frames(at: addresses, detail: .parameters) {
                for frame in frames { _ = frame.name?.function }
            }
        } catch {
            _ = error.description
        }
    }

    /// A line number program with its header.
    package static func lineProgram(_ bytes: UnsafeRawBufferPointer) {
        guard let program = LineProgram(bytes, at: 0, addressSize: 8) else { return }
        let rows = program.rows(at: addresses)
        let tables = program.header.tables { value in value.form == Form.string ? value.block : bytes.cString(at: 0) }
        for row in rows { _ = row.flatMap { tables.path(of: $0.file, compilationDirectory: "/build") } }
    }

    /// A mangled name.
    package static func mangledName(_ bytes: UnsafeRawBufferPointer) {
        let text = String(bytes)
        _ = RustDemangler.demangle(text)
        _ = RustLegacyDemangler.demangle(text)
    }

    /// The index of a package of split DWARF.
    package static func packageIndex(_ bytes: UnsafeRawBufferPointer) {
        guard let index = PackageIndex(bytes) else { return }
        for identifier: UInt64 in [0, 1, 0x1122_3344_5566_7788, .max] { _ = index.parts(of: identifier) }
    }

    /// A file of the answer cache.
    package static func answers(_ bytes: UnsafeRawBufferPointer) {
        _ = AnswerFile.decode(Array(bytes), origin: AnswerFile.Origin(size: 0, modificationNanoseconds: 0))
    }
}
