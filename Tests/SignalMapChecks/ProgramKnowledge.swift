import Foundation
import SeededPrograms
import TestSupport

/// How much a binary says of itself.
public enum ProgramKnowledge: String, CaseIterable, Hashable, Sendable {
    /// As built with -g.
    case debugInformation = "dwarf"
    /// The same with the symbol table alone: `strip --strip-debug`.
    case symbols
    /// The same without either: `strip`.
    case stripped

    /// The program and its libraries with no more than this in them: copies, but for `debugInformation`. In each, all
    /// code is at the same address.
    func files(of built: BuiltProgram) throws -> [String] {
        let folder = built.executable.deletingLastPathComponent()
        let names = [built.executable.lastPathComponent] + Self.libraries(of: built)
        let originals = names.map { folder.appendingPathComponent($0).path }
        guard self != .debugInformation else { return originals }
        let copies = folder.appendingPathComponent(rawValue)
        let paths = names.map { copies.appendingPathComponent($0).path }
        if paths.allSatisfy(FileManager.default.fileExists(atPath:)) { return paths }
        try FileManager.default.createDirectory(at: copies, withIntermediateDirectories: true)
        for (original, path) in zip(originals, paths) {
            let partial = "\(path).\(UUID().uuidString)"
            let command = ["strip"] + (self == .symbols ? ["--strip-debug"] : []) + [original, "-o", partial]
            let (status, output) = try run(command)
            guard status == 0, rename(partial, path) == 0 else {
                throw BuiltProgram.Failure.command(command, output: output)
            }
        }
        return paths
    }

    /// The names of the shared objects that were built beside a program.
    static func libraries(of built: BuiltProgram) -> [String] {
        built.program.truth.libraries.map {
            URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent + ".so"
        }
    }
}
