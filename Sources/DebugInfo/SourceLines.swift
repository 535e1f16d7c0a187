/// The line number programs of one set of sections, with the paths of their files. Kept by offset.
package final class SourceLines {
    private var programs: [UInt64: Program?] = [:]

    package init() {}

    private final class Program {
        let program: LineProgram
        let tables: LineProgramHeader.Tables
        var paths: [UInt64: String?] = [:]

        init(_ program: LineProgram, _ tables: LineProgramHeader.Tables) {
            self.program = program
            self.tables = tables
        }
    }

    /// The program of a unit is that of its skeleton, if it is a split one.
    private func program(of unit: DwarfUnit) -> Program? {
        let owner = unit.skeleton ?? unit
        guard let offset = owner.lineOffset else { return nil }
        if let known = programs[offset] { return known }
        let program = LineProgram(owner.sections.line, at: offset, addressSize: owner.encoding.addressSize).map {
            Program($0, $0.header.tables { owner.string($0) })
        }
        programs[offset] = .some(program)
        return program
    }

    /// The row of each address, which are sorted, nil where no row covers it.
    func rows(at addresses: [UInt64], in unit: DwarfUnit) -> [LineProgram.Row?] {
        program(of: unit)?.program.rows(at: addresses) ?? Array(repeating: nil, count: addresses.count)
    }

    /// The path of a file by its number in the unit's table.
    package func path(_ number: UInt64, in unit: DwarfUnit) -> String? {
        guard let program = program(of: unit) else { return nil }
        if let known = program.paths[number] { return known }
        let path = program.tables.path(of: number, compilationDirectory: unit.compilationDirectory)
        program.paths[number] = .some(path)
        return path
    }
}
