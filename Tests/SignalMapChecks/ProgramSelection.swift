import SeededPrograms

/// Programs by builds by knowledge.
public struct ProgramSelection: Sendable {
    public var programs: [SeededProgram]
    /// With debug information.
    public var builds: [BuildVariant]
    public var knowledge: [ProgramKnowledge]

    /// gcc and clang at each level, and both of Swift.
    public static let allBuilds = [
        "gcc-O0", "gcc-O1", "gcc-O2", "gcc-O3", "clang-O0", "clang-O1", "clang-O2", "clang-O3", "swift-Onone",
        "swift-O",
    ].compactMap { BuildVariant("\($0)-g") }

    public init(
        programs: [SeededProgram], builds: [BuildVariant] = allBuilds,
        knowledge: [ProgramKnowledge] = ProgramKnowledge.allCases
    ) {
        self.programs = programs
        self.builds = builds
        self.knowledge = knowledge
    }

    /// Builds, looks at and maps all of them, and what could not be built. A program is looked at once a build, in the
    /// state that it reports; that is kept beside it.
    public func checks<Maker: MapMaker>(_ maker: Maker) -> (checks: [ProgramCheck], failures: [String]) {
        let matrix = ProgramMatrix(programs.filter { !$0.truth.releases.isEmpty }, builds)
        // Most of a look is to wait until the program is ready.
        let looked = matrix.built.inParallel(width: 16) { built in
            (built, Result { try WaitingStacks(of: built) })
        }
        let knowledge = knowledge
        let checks = looked.inParallel { built, stacks in
            ProgramCheck.checks(of: built, stacks, knowledge, maker)
        }
        return (checks.flatMap { $0 }, matrix.failures)
    }
}
