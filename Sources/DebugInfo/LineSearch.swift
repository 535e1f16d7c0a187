/// Source lines of many addresses of one module.
package enum LineSearch {
    package struct Place: Hashable {
        /// As the compiler was given it, with its working directory where it is relative.
        package var file: String
        package var line: UInt64
    }

    /// The line that each of `addresses` was compiled from, innermost where functions were inlined. The addresses are
    /// sorted, unique and the file's own; nil where the compiler gave no line.
    package static func lines(of file: DwarfFile, at addresses: [UInt64]) -> [Place?] {
        var result = [Place?](repeating: nil, count: addresses.count)
        var positionsByUnit: [Int: [Int]] = [:]
        for (position, unit) in UnitSearch(file: file, addresses: addresses).units().enumerated() {
            if let unit { positionsByUnit[unit, default: []].append(position) }
        }
        let lines = SourceLines()
        for (number, positions) in positionsByUnit.sorted(by: { $0.key < $1.key }) {
            guard let unit = file.unit(file.headers[number]) else { continue }
            let rows = lines.rows(at: positions.map { addresses[$0] }, in: unit)
            for (position, row) in zip(positions, rows) {
                guard let row, row.line != 0, let path = lines.path(row.file, in: unit) else { continue }
                result[position] = Place(file: path, line: row.line)
            }
        }
        return result
    }
}
