import Foundation
import TestSupport

/// A seeded program, built in one way.
public struct BuiltProgram: Sendable {
    public enum Failure: Error, CustomStringConvertible {
        case command([String], output: String)
        case system(operation: String, subject: String, errno: Int32)

        public var description: String {
            switch self {
            case .command(let words, let output): "\(words.joined(separator: " "))\n\(output)"
            case .system(let operation, let subject, let code):
                "\(operation) \(subject): \(String(cString: strerror(code)))"
            }
        }
    }

    /// Where built programs are kept: VARIANT/NAME-HASH/NAME, its libraries beside it.
    public static let products = FixtureProgram.repository.appendingPathComponent(".build/seeded")

    public let program: SeededProgram
    public let variant: BuildVariant
    public let executable: URL
    /// What building took; nil when it was there from an earlier run.
    public let seconds: Double?

    /// Builds unless the same sources were built with the same flags before.
    public init(_ program: SeededProgram, _ variant: BuildVariant) throws {
        self.program = program
        self.variant = variant
        var steps: [(product: String, command: (String) -> [String])] = [
            (
                program.name,
                { [truth = program.truth] product in
                    variant.command(
                        program.source, program.language, product: product, isLibrary: false, more: truth.flags)
                }
            )
        ]
        for (library, path) in zip(program.truth.libraries, program.inputs.dropFirst()) {
            let name = URL(fileURLWithPath: library).deletingPathExtension().lastPathComponent + ".so"
            steps.append(
                (
                    name,
                    {
                        variant.command(path, program.language, product: $0, isLibrary: true, more: [])
                    }
                ))
        }
        let words = steps.flatMap { $0.command($0.product) } + (variant.isStripped ? ["strip"] : [])
        let key = try FixtureProgram.cacheKey(of: program.inputs, with: words)
        let folder = Self.products.appendingPathComponent("\(variant)/\(program.name)-\(key)")
        executable = folder.appendingPathComponent(program.name)
        if FileManager.default.isExecutableFile(atPath: executable.path) {
            seconds = nil
            return
        }
        // Built in another folder, so that nobody ever sees half a program.
        let partial = URL(fileURLWithPath: folder.path + "." + UUID().uuidString)
        try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: partial) }
        let clock = ContinuousClock()
        let start = clock.now
        for step in steps {
            let product = partial.appendingPathComponent(step.product).path
            try Self.succeed(step.command(product))
            if variant.isStripped { try Self.succeed(["strip", product]) }
        }
        seconds = (clock.now - start) / .seconds(1)
        // Who comes second keeps what is there: it may run already.
        guard rename(partial.path, folder.path) == 0 || [EEXIST, ENOTEMPTY].contains(errno) else {
            throw Failure.system(operation: "rename", subject: folder.path, errno: errno)
        }
    }

    /// Builds a program without libraries as `executable`, in any case.
    init(_ program: SeededProgram, _ variant: BuildVariant, executable: URL) throws {
        try Self.succeed(
            variant.command(
                program.source, program.language, product: executable.path, isLibrary: false,
                more: program.truth.flags))
        (self.program, self.variant, self.executable, seconds) = (program, variant, executable, nil)
    }

    private static func succeed(_ command: [String]) throws {
        let (status, output) = try run(command)
        guard status == 0 else { throw Failure.command(command, output: output) }
    }
}
