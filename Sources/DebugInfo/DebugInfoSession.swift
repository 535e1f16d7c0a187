import ProcessModel
import Unwinding

/// Names, lines and parameters for the addresses of one process, read in this process.
///
/// Files are mapped and indexes are made on first use and kept. Each module's questions are answered in one pass, so
/// ask for all addresses in one call. Not thread-safe; starts no thread. The parsers are our own and check every
/// bound, but a file that is cut short while it is mapped still raises SIGBUS: use `IsolatedDebugInfo` on files that
/// others may write to.
public final class DebugInfoSession {
    private let modules: [Module]
    /// Module numbers, sorted by start.
    private let order: [Int]
    private let memory: any MemorySource
    private let locator: DebugFileLocator
    private let cache: AnswerCache?
    private var opened: [Int: ModuleSymbols] = [:]
    private var names: [String: DemangledName] = [:]

    private struct DemangledName {
        var function: String
        var linkageName: String?
    }

    /// `modules` need not be sorted; records refer to them by index.
    public init(modules: [Module], memory: any MemorySource, options: DebugInfoOptions = DebugInfoOptions()) {
        self.modules = modules
        self.memory = memory
        order = modules.indices.sorted { modules[$0].start < modules[$1].start }
        locator = DebugFileLocator(options: options)
        cache = AnswerCache(options: options)
    }

    /// Opens the files of a module and finds its symbol tables.
    func open(_ module: Int) { _ = symbols(of: module).symbols(at: [], kind: .code) }

    /// One record for each lookup, in order. `lookups` are instructions: the caller has subtracted one from return
    /// addresses. `symbolOffset` is the distance of the lookup from the symbol.
    public func symbolize(_ lookups: [Address], detail: SymbolDetail) -> [SymbolRecord] {
        var records = [SymbolRecord](repeating: SymbolRecord(), count: lookups.count)
        for (number, positions) in positionsByModule(lookups) {
            let symbols = symbols(of: number)
            let bias = symbols.module.loadBias
            let addresses = Self.sortedUnique(positions.map { lookups[$0].rawValue &- bias })
            // Lines first: they may bring a file whose symbols are needed.
            let frames = detail == .names ? nil : frames(symbols, addresses, detail)
            let matches = symbols.symbols(at: addresses, kind: .code)
            for position in positions {
                let address = lookups[position].rawValue &- bias
                let index = SymbolTable.lowerBound(addresses, address)
                let match = matches[index]
                records[position].module = number
                records[position].symbolOffset = match.map { address - $0.start }
                records[position].source = source(frames?[index] ?? [], match)
            }
        }
        return records
    }

    /// Frames of DWARF: from the cache as far as it has them, the others anew.
    private func frames(
        _ symbols: ModuleSymbols, _ addresses: [UInt64], _ detail: SymbolDetail
    ) -> [[DwarfModule.Frame]]? {
        guard let cache, let key = symbols.cacheKey else {
            defer { symbols.reportUnreadableSections() }
            return symbols.dwarf?.frames(at: addresses, detail: detail)
        }
        var known = cache.answers(key.identifier, origin: key.origin)
        let missing = addresses.filter { known[$0].map { $0.detail < detail } ?? true }
        if !missing.isEmpty {
            let problemCount = locator.problems.count
            guard let frames = symbols.dwarf?.frames(at: missing, detail: detail) else { return nil }
            symbols.reportUnreadableSections()
            let new = Dictionary(
                uniqueKeysWithValues: zip(missing, frames).map { ($0, AnswerFile.Answer(detail: detail, frames: $1)) })
            known.merge(new) { $1 }
            // An answer that lacks what may be there next time is not worth keeping.
            if symbols.isComplete, locator.problems.count == problemCount {
                cache.keep(new, for: key.identifier, origin: key.origin)
            }
        }
        return addresses.map { address in
            var frames = known[address]?.frames ?? []
            // Parameters that were kept and not asked for are left out.
            if detail < .parameters { for index in frames.indices { frames[index].parameters = [] } }
            return frames
        }
    }

    /// Frames of DWARF where there are any, else the symbol alone.
    private func source(_ frames: [DwarfModule.Frame], _ match: SymbolTable.Match?) -> [SourceFrame] {
        let symbol = match.map { demangled($0.name) }
        if frames.isEmpty {
            return symbol.map { [SourceFrame(function: $0.function, linkageName: $0.linkageName)] } ?? []
        }
        return frames.map { frame in
            var function = frame.name?.function
            var linkageName = frame.name?.linkageName
            if !frame.isInlined, let symbol {
                // The linker's name is the symbol's ("f.isra.0"); DWARF's is the source's ("f"). Where DWARF gives no
                // linkage name, a mangled symbol says more than the plain name: parameters, types around it.
                let plain = symbol.linkageName ?? symbol.function
                if linkageName == nil, Demangler.demangle(plain) != nil { function = symbol.function }
                if function == nil { function = symbol.function }
                linkageName = plain
            }
            return SourceFrame(
                function: function, linkageName: linkageName == function ? nil : linkageName, file: frame.file,
                line: frame.line, column: frame.column, isInlined: frame.isInlined, parameters: frame.parameters)
        }
    }

    /// The integer variables that are in scope at each lookup, by DWARF.
    func integerVariables(at lookups: [Address]) -> [[FrameVariable]] {
        var result = [[FrameVariable]](repeating: [], count: lookups.count)
        for (number, positions) in positionsByModule(lookups) {
            let symbols = symbols(of: number)
            let bias = symbols.module.loadBias
            let addresses = Self.sortedUnique(positions.map { lookups[$0].rawValue &- bias })
            guard let found = symbols.dwarf?.variables(at: addresses) else { continue }
            for position in positions {
                result[position] = found[SymbolTable.lowerBound(addresses, lookups[position].rawValue &- bias)]
            }
        }
        return result
    }

    /// The data symbol at or around each address, nil where none is: "g_lock", "g_table+0x40".
    public func dataSymbols(_ addresses: [Address]) -> [String?] {
        var result = [String?](repeating: nil, count: addresses.count)
        for (number, positions) in positionsByModule(addresses) {
            let symbols = symbols(of: number)
            let bias = symbols.module.loadBias
            let wanted = Self.sortedUnique(positions.map { addresses[$0].rawValue &- bias })
            let matches = symbols.symbols(at: wanted, kind: .data)
            for position in positions {
                let address = addresses[position].rawValue &- bias
                guard let match = matches[SymbolTable.lowerBound(wanted, address)] else { continue }
                let distance = address - match.start
                let name = demangled(match.name).function
                result[position] = distance == 0 ? name : "\(name)+0x\(String(distance, radix: 16))"
            }
        }
        return result
    }

    /// What could not be opened or read so far, by module.
    public var gaps: [Gap] {
        var gaps: [Gap] = []
        for number in order {
            guard let symbols = opened[number] else { continue }
            for problem in symbols.problems {
                gaps.append(
                    Gap(
                        .module(symbols.module.path), operation: problem.operation, reason: problem.reason,
                        help: problem.help))
            }
        }
        for problem in locator.problems {
            gaps.append(Gap(.file(problem.path), operation: "use as debug information", reason: problem.reason))
        }
        if let cache, let reason = cache.problem {
            gaps.append(
                Gap(
                    .file(cache.directory), operation: "keep answers for the next run", reason: reason,
                    help: "Make the cache directory writable, or name another with XDG_CACHE_HOME."))
        }
        return gaps
    }

    // MARK: Modules

    private func symbols(of number: Int) -> ModuleSymbols {
        if let symbols = opened[number] { return symbols }
        let symbols = ModuleSymbols(module: modules[number], memory: memory, locator: locator)
        opened[number] = symbols
        return symbols
    }

    /// The positions in `addresses` that each module holds, in the order of the modules' addresses.
    private func positionsByModule(_ addresses: [Address]) -> [(number: Int, positions: [Int])] {
        var positions: [Int: [Int]] = [:]
        for (position, address) in addresses.enumerated() {
            var low = 0
            var high = order.count
            while low < high {
                let middle = (low + high) / 2
                if modules[order[middle]].end <= address { low = middle + 1 } else { high = middle }
            }
            guard low < order.count, modules[order[low]].contains(address) else { continue }
            positions[order[low], default: []].append(position)
        }
        return order.compactMap { number in positions[number].map { (number, $0) } }
    }

    private static func sortedUnique(_ addresses: [UInt64]) -> [UInt64] {
        var result: [UInt64] = []
        for address in addresses.sorted() where result.last != address { result.append(address) }
        return result
    }

    private func demangled(_ symbol: String) -> DemangledName {
        if let known = names[symbol] { return known }
        let plain = Self.withoutVersion(symbol)
        let function = Demangler.demangle(plain) ?? plain
        let name = DemangledName(function: function, linkageName: function == plain ? nil : plain)
        names[symbol] = name
        return name
    }

    /// `foo` for "foo@@GLIBC_2.2" and "foo@GLIBC_2.2"; a stub's "foo@plt" stays.
    private static func withoutVersion(_ symbol: String) -> String {
        guard let at = symbol.firstIndex(of: "@"), at != symbol.startIndex, !symbol.hasSuffix("@plt") else {
            return symbol
        }
        return String(symbol[..<at])
    }
}
