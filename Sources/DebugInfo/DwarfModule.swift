import ProcessModel

/// Functions, files and lines of one module from its DWARF data.
final class DwarfModule {
    /// One function at an address, physical or inlined.
    struct Frame {
        /// Nil when only the line is known.
        var name: FunctionNames.Name?
        var file: String?
        var line: Int?
        var column: Int?
        var isInlined: Bool
        var parameters: [Parameter] = []
    }

    let file: DwarfFile
    private let names = FunctionNames()
    private let lines = SourceLines()
    private let splitUnits: SplitUnits

    init(_ file: DwarfFile, splitUnits: SplitUnits) {
        self.file = file
        self.splitUnits = splitUnits
    }

    /// The frames at each of `addresses`, which are sorted, unique and the file's own: innermost first, the physical
    /// function last, empty where there is no debug information.
    func frames(at addresses: [UInt64], detail: SymbolDetail) -> [[Frame]] {
        var result = [[Frame]](repeating: [], count: addresses.count)
        for (number, positions) in positionsByUnit(addresses) {
            guard let unit = file.unit(file.headers[number]) else { continue }
            let frames = frames(in: unit, positions.map { addresses[$0] }, detail)
            for (index, position) in positions.enumerated() { result[position] = frames[index] }
        }
        return result
    }

    /// The integer variables that are in scope at each of `addresses`, which are sorted, unique and the file's own.
    func variables(at addresses: [UInt64]) -> [[FrameVariable]] {
        var result = [[FrameVariable]](repeating: [], count: addresses.count)
        for (number, positions) in positionsByUnit(addresses) {
            guard let unit = file.unit(file.headers[number]) else { continue }
            let full = splitUnits.unit(for: unit) ?? unit
            var walk = FunctionWalk(unit: full, addresses: positions.map { addresses[$0] })
            for (position, chain) in zip(positions, walk.chains().0) {
                guard let function = chain.first else { continue }
                let variables = IntegerVariables(unit: full, function: function.entry)
                for (depth, scope) in chain.reversed().enumerated() {
                    result[position] += variables.list(of: scope.entry, depth: depth, at: addresses[position])
                }
            }
        }
        return result
    }

    /// The positions in `addresses` that each unit holds, in the order of the units.
    private func positionsByUnit(_ addresses: [UInt64]) -> [(number: Int, positions: [Int])] {
        var positions: [Int: [Int]] = [:]
        for (position, unit) in UnitSearch(file: file, addresses: addresses).units().enumerated() {
            if let unit { positions[unit, default: []].append(position) }
        }
        return positions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func frames(in unit: DwarfUnit, _ addresses: [UInt64], _ detail: SymbolDetail) -> [[Frame]] {
        let rows = lines.rows(at: addresses, in: unit)
        // The entries are in the split unit; when it is missing, the skeleton's few are all there is.
        let full = splitUnits.unit(for: unit) ?? unit
        var walk = FunctionWalk(unit: full, addresses: addresses)
        let (chains, homes) = walk.chains()
        return addresses.indices.map { index in
            frames(in: homes, row: rows[index], chain: chains[index], at: addresses[index], detail)
        }
    }

    private func frames(
        in homes: FunctionHomes, row: LineProgram.Row?, chain: [FunctionWalk.Scope], at address: UInt64,
        _ detail: SymbolDetail
    ) -> [Frame] {
        let unit = homes.unit
        var place = (
            file: row.flatMap { lines.path($0.file, in: unit) }, line: row?.line ?? 0, column: row?.column ?? 0
        )
        func frame(_ name: FunctionNames.Name?, isInlined: Bool) -> Frame {
            Frame(
                name: name, file: place.file, line: Self.number(place.line), column: Self.number(place.column),
                isInlined: isInlined)
        }
        if chain.isEmpty { return row == nil ? [] : [frame(nil, isInlined: false)] }
        var frames: [Frame] = []
        for (depth, scope) in chain.enumerated().reversed() {
            var frame = frame(names.name(unit, scope.entry, homes), isInlined: depth > 0)
            if detail >= .parameters {
                frame.parameters = Parameters(unit: unit, function: chain[0].entry).list(
                    of: scope.entry, at: address)
            }
            frames.append(frame)
            place = (lines.path(scope.callFile, in: unit), scope.callLine, scope.callColumn)
        }
        return frames
    }

    /// 0 stands for "not known" in DWARF.
    private static func number(_ value: UInt64) -> Int? {
        value == 0 ? nil : Int(exactly: value)
    }
}
