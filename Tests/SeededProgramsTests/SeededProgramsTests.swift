import Foundation
import Testing

@testable import SeededPrograms

/// The programs of Fixtures/programs/seeded: all can be built, and each is as its truth says.
@Suite(.serialized) struct SeededProgramsTests {
    @Test func everyHeaderIsRead() throws {
        let programs = try SeededProgram.all()
        for language in SeededProgram.Language.allCases { #expect(programs.contains { $0.language == language }) }
        #expect(Set(programs.map(\.name)).count == programs.count, "two programs have one name")
        for program in programs {
            let text = try String(contentsOfFile: program.source, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(lines < 120, "\(program.title) has \(lines) lines")
        }
    }

    /// Two builds of each program, such that every variant of the matrix is among those of a few; the whole matrix takes
    /// some minutes on two cores and is built by `swift run deadwait-programs build`.
    @Test func everyProgramIsBuiltAndTrue() throws {
        let programs = try SeededProgram.all()
        var jobs: [(program: SeededProgram, variant: BuildVariant)] = []
        for language in SeededProgram.Language.allCases {
            let variants = BuildVariant.matrix.filter { $0.applies(to: language) }
            for (index, program) in programs.filter({ $0.language == language }).enumerated() {
                jobs.append((program, variants[index % variants.count]))
                jobs.append((program, variants[(index + variants.count / 2 + 1) % variants.count]))
            }
        }
        let results = jobs.inParallel { program, variant in Result { try BuiltProgram(program, variant) } }
        for (job, result) in zip(jobs, results) {
            if case .failure(let error) = result { Issue.record("\(job.program.title), \(job.variant): \(error)") }
        }
        // One of the two is run.
        let built = zip(jobs.indices, results).compactMap { $0 % 2 == 0 ? try? $1.get() : nil }
        #expect(built.count == programs.count)
        for verification in built.inParallel(width: 16, { ProgramVerifier().verify($0) }) {
            #expect(verification.violations.isEmpty, "\(verification.name): \(verification.violations)")
            #expect(verification.checks > 0)
        }
    }

    @Test func theMatrixHasEveryVariantOnce() {
        let names = BuildVariant.matrix.map(\.description)
        #expect(Set(names).count == 12 && names.count == 12)
        #expect(names.contains("gcc-O2") && names.contains("clang-O0-g") && names.contains("swift-Onone"))
        for variant in BuildVariant.matrix { #expect(BuildVariant(variant.description) == variant) }
        for name in ["gcc-O3-strip", "swift-O-g-strip", "clang-O1"] {
            #expect(BuildVariant(name)?.description == name)
        }
        for name in ["", "gcc", "gcc-", "gcc-O4", "icc-O2", "swift-O2", "gcc-O2-strip-g", "gcc-O2-g-g", "gcc-O2-"] {
            #expect(BuildVariant(name) == nil, "\(name)")
        }
    }
}
