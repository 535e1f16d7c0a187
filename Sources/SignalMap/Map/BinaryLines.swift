import DebugInfo
import ProcessModel
import SignalMapABI

/// Source lines for a map: of its functions and calls, which people and dumps name code by.
struct BinaryLines {
    private let file: DwarfFile?
    private let object: ObjectFile?

    /// From the binary itself, else from its separate debug file on this machine.
    init(_ binary: BinaryFile, options: DebugInfoOptions) {
        object = Self.debugFile(of: binary.file, options: options)
        file = object.map { DwarfFile(DwarfSections($0)) }
    }

    /// What there is to make a map from: debug information in the file or beside it, a symbol table, or neither.
    static func knowledge(of file: ObjectFile, options: DebugInfoOptions) -> dwm_knowledge {
        if debugFile(of: file, options: options) != nil { return DWM_DEBUG_INFORMATION }
        return file.section(named: ".symtab") != nil ? DWM_SYMBOLS : DWM_STRIPPED
    }

    private static func debugFile(of file: ObjectFile, options: DebugInfoOptions) -> ObjectFile? {
        if file.section(named: ".debug_line") != nil || file.section(named: ".zdebug_line") != nil { return file }
        let module = Module(
            path: file.path, start: Address(0), end: Address(0), loadBias: 0, buildID: file.buildID,
            content: .file(path: file.path))
        // Debug files that are already on this machine: to ask a server belongs to those who read the types.
        return DebugFileLocator(options: options).debugFile(for: module, file: file)
    }

    /// The lines of the functions, calls and stores to members that `builder` has.
    func add(to builder: inout SignalMapBuilder) {
        guard let file else { return }
        // Stores that nobody can ask for by a member are told by their function.
        let stores = builder.stores.filter { $0.keys != DWM_NONE }
        let all = (builder.functions.map(\.start) + builder.calls.map(\.address) + stores.map(\.address)).sorted()
        var addresses: [UInt64] = []
        for address in all where addresses.last != address { addresses.append(address) }
        var files: [String: UInt32] = [:]
        for (address, place) in zip(addresses, LineSearch.lines(of: file, at: addresses)) {
            guard let place, let line = UInt32(exactly: place.line) else { continue }
            let string = files[place.file] ?? builder.string(place.file)
            files[place.file] = string
            builder.lines.append(dwm_line(address: address, file: string, line: line))
        }
    }
}
