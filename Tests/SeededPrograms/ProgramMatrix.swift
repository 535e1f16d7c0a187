/// Programs by build variants.
public struct ProgramMatrix: Sendable {
    /// One cell: built, or why not.
    public struct Cell: Sendable {
        public let program: SeededProgram
        public let variant: BuildVariant
        public let result: Result<BuiltProgram, any Error>
    }

    /// By program, then by variant.
    public let cells: [Cell]

    /// Builds each program in each variant that applies to its language, over all cores.
    public init(_ programs: [SeededProgram], _ variants: [BuildVariant]) {
        let pairs = programs.flatMap { program in
            variants.filter { $0.applies(to: program.language) }.map { (program, $0) }
        }
        cells = pairs.inParallel { program, variant in
            Cell(program: program, variant: variant, result: Result { try BuiltProgram(program, variant) })
        }
    }

    public var built: [BuiltProgram] { cells.compactMap { try? $0.result.get() } }

    /// One line a program and variant that could not be built.
    public var failures: [String] {
        cells.compactMap { cell in
            if case .failure(let error) = cell.result {
                "\(cell.program.title), \(cell.variant): \(error)"
            } else {
                nil
            }
        }
    }
}
