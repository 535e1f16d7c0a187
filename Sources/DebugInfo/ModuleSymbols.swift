import Glibc
import ProcessModel

/// What the files of one module tell: its own file, its separate debug file, their symbol tables. Opened on first use.
final class ModuleSymbols {
    let module: Module
    private let memory: any MemorySource
    let locator: DebugFileLocator
    /// What could not be read, each once.
    private(set) var problems: [(operation: String, reason: String, help: String?)] = []

    /// The module's own file; nil when its bytes are not to be had.
    private(set) lazy var file: ObjectFile? = openFile()
    /// The separate debug file on this machine.
    private(set) lazy var debugFile: ObjectFile? = locator.debugFile(for: module, file: file)
    private lazy var linkage: ProcedureLinkage? = file.map { ProcedureLinkage($0) }
    private lazy var tables: [SymbolTable] = findTables()
    private var keptAlive: [ObjectFile] = []

    init(module: Module, memory: any MemorySource, locator: DebugFileLocator) {
        self.module = module
        self.memory = memory
        self.locator = locator
    }

    /// Notes a problem once.
    func report(_ operation: String, _ reason: String, help: String? = nil) {
        guard !problems.contains(where: { $0.operation == operation && $0.reason == reason }) else { return }
        problems.append((operation, reason, help))
    }

    /// The symbol at each of `addresses`, which are sorted and the file's own.
    func symbols(at addresses: [UInt64], kind: SymbolTable.Kind) -> [SymbolTable.Match?] {
        var result = [SymbolTable.Match?](repeating: nil, count: addresses.count)
        for table in tables {
            for (index, match) in table.lookup(addresses, kind: kind).enumerated() {
                guard let match else { continue }
                // Of several tables (.dynsym and MiniDebugInfo) the nearer symbol counts.
                if let old = result[index], old.start >= match.start { continue }
                result[index] = match
            }
        }
        if kind == .code, let linkage {
            for index in addresses.indices {
                guard let stub = linkage.stub(at: addresses[index]) else { continue }
                result[index] = stub
            }
        }
        return result
    }

    /// Its DWARF data: the file's own, or those of a separate file on this machine, or from a debuginfod server.
    private(set) lazy var dwarf: DwarfModule? = openDwarf()
    /// The file that `dwarf` reads, and its dwz file.
    private var dwarfFiles: [ObjectFile] = []

    /// Whether all that was looked for was found: only then answers are worth keeping.
    var isComplete: Bool { problems.isEmpty && dwarfFiles.allSatisfy { $0.unreadableSections.isEmpty } }

    /// Notes sections that could not be read.
    func reportUnreadableSections() {
        for file in dwarfFiles + [file, debugFile].compactMap({ $0 }) {
            for section in file.unreadableSections { report("read \(section.name) of \(file.path)", section.reason) }
        }
    }

    /// The local file with DWARF data, its own or a separate one.
    private lazy var localDwarfFile: ObjectFile? = {
        if let file, file.hasDebugInfo { return file }
        if let debugFile, debugFile.hasDebugInfo { return debugFile }
        return nil
    }()

    /// What answers of this module are kept under: its build id, and the file that DWARF data come from. A file from a
    /// debuginfod server is known by its build id alone, without asking for it.
    var cacheKey: (identifier: BuildID, origin: AnswerFile.Origin)? {
        guard let identifier = module.buildID ?? file?.buildID ?? debugFile?.buildID else { return nil }
        let origin = AnswerFile.Origin(
            size: localDwarfFile?.fileSize ?? 0, modificationNanoseconds: localDwarfFile?.modificationNanoseconds ?? 0)
        return (identifier, origin)
    }

    private func openDwarf() -> DwarfModule? {
        let candidates: [() -> ObjectFile?] = [
            { self.localDwarfFile },
            { (self.module.buildID ?? self.file?.buildID).flatMap { self.locator.downloaded($0) } },
        ]
        for candidate in candidates {
            guard let file = candidate(), file.hasDebugInfo else { continue }
            dwarfFiles = [file]
            // A file from a server may have the symbols that none here has.
            if !hasFullTable { tables = findTables() }
            let main = DwarfFile(DwarfSections(file)) { [unowned self] in
                guard file.alternateLink != nil else { return nil }
                guard let alternate = locator.alternate(of: file) else {
                    report("read the dwz file", "it was not found; names that stand in it are missing")
                    return nil
                }
                dwarfFiles.append(alternate)
                return DwarfFile(DwarfSections(alternate))
            }
            let splitUnits = SplitUnits(locator: locator, main: file, modulePath: module.path) {
                [unowned self] reason in
                report(
                    "read split debug information", reason,
                    help: "Put the .dwp file beside the program, or keep the .dwo files where they were built.")
            }
            return DwarfModule(main, splitUnits: splitUnits)
        }
        return nil
    }

    private func openFile() -> ObjectFile? {
        do throws(DebugInfoError) {
            switch module.content {
            case .file(let path):
                let file = try ObjectFile(path: path)
                if let expected = module.buildID, let found = file.buildID, expected != found {
                    throw .otherBuildID(path: path, expected: expected.description, found: found.description)
                }
                return file
            case .memory(let size):
                return try ObjectFile(module: module, size: size, memory: memory)
            case .unavailable(let reason):
                throw .unavailable(module: module.path, reason: reason)
            }
        } catch {
            report("open the file", error.description, help: error.help)
            return nil
        }
    }

    /// Whether `tables` is a .symtab, which has all symbols.
    private var hasFullTable = false

    private func findTables() -> [SymbolTable] {
        for candidate in [file, debugFile] + dwarfFiles {
            guard let table = candidate?.symbolTable(named: ".symtab") else { continue }
            hasFullTable = true
            return [table]
        }
        var tables: [SymbolTable] = []
        if let table = file?.dynamicSymbols(loadBias: module.loadBias) { tables.append(table) }
        do throws(DebugInfoError) {
            if let mini = try file?.miniDebugInfo(), let table = mini.symbolTable(named: ".symtab") {
                keptAlive.append(mini)
                tables.append(table)
            }
        } catch {
            report("read MiniDebugInfo", error.description, help: error.help)
        }
        return tables
    }
}

extension ObjectFile {
    /// Whether it has DWARF data of its own, compressed or not.
    package var hasDebugInfo: Bool {
        guard let section = section(named: ".debug_info") ?? section(named: ".zdebug_info") else { return false }
        return !section.hasNoBytes && section.size > 0
    }

    /// The largest image that is copied out of a target's memory.
    private static let imageLimit: UInt64 = 256 << 20

    /// An image in the layout of the file, from the segments of a loaded module: for the vDSO, and for files that are
    /// deleted or replaced. Section headers are there only where a segment happens to hold them, as in the vDSO.
    convenience init(module: Module, size: UInt64, memory: any MemorySource) throws(DebugInfoError) {
        guard size <= Self.imageLimit else { throw .tooLarge(subject: module.path, size: size) }
        guard let start = memory.bytes(module.start, count: Int(min(size, 4096))), start.count >= 64 else {
            throw .unavailable(module: module.path, reason: "its memory is not readable")
        }
        var extents: [(offset: UInt64, address: UInt64, count: UInt64)] = []
        var end: UInt64 = UInt64(start.count)
        start.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes, at: 32)
            let table = reader.u64()
            reader.seek(to: 56)
            let count = reader.u16()
            for index in 0..<UInt64(count) {
                guard let part = bytes.part(at: table &+ index * 56, count: 56) else { break }
                var reader = ByteReader(part)
                guard reader.u32() == Segment.load else { continue }
                _ = reader.u32()
                let offset = reader.u64()
                let address = reader.u64()
                _ = reader.u64()
                // A segment's pages are mapped whole: what stands behind its file bytes (the vDSO's section headers)
                // comes along.
                let fileSize = reader.u64()
                let count = offset == 0 ? max(fileSize, min(size, (fileSize | 4095) &+ 1)) : fileSize
                guard offset <= Self.imageLimit, count <= Self.imageLimit - offset else { continue }
                extents.append((offset, module.loadBias &+ address, count))
                end = max(end, offset + count)
            }
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(end), alignment: 16)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        buffer.copyBytes(from: start)
        for extent in extents {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[Int(extent.offset)..<Int(extent.offset + extent.count)])
            _ = memory.read(Address(extent.address), into: part)
        }
        try self.init(buffer: buffer, name: module.path)
    }
}
