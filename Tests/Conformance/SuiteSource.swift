import Foundation
import TestSupport

/// The sources of a Debian package, as `.ci/setup test` has laid them under .build/suites, and a place for what is built
/// of them.
struct SuiteSource {
    enum Failure: Error, CustomStringConvertible {
        case missing(package: String, folder: String)
        case build(command: [String], output: String)

        var description: String {
            switch self {
            case .missing(let package, let folder): "no sources of \(package) in \(folder); run .ci/setup test"
            case .build(let command, let output): "building failed: \(command.joined(separator: " "))\n\(output)"
            }
        }
    }

    static let root = FixtureProgram.repository.appendingPathComponent(".build/suites")

    let folder: URL
    /// Where programs of these sources go.
    let products: URL

    init(package: String) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Self.root.path)) ?? []
        var isFolder: ObjCBool = false
        let found = names.sorted().last { name in
            name.hasPrefix("\(package)-")
                && FileManager.default.fileExists(
                    atPath: Self.root.appendingPathComponent(name).path, isDirectory: &isFolder)
                && isFolder.boolValue
        }
        guard let found else { throw Failure.missing(package: package, folder: Self.root.path) }
        folder = Self.root.appendingPathComponent(found)
        products = Self.root.appendingPathComponent("built/\(found)")
        try FileManager.default.createDirectory(at: products, withIntermediateDirectories: true)
    }

    /// Runs a command in `directory`, or throws what it wrote.
    func must(_ command: [String], in directory: URL? = nil) throws {
        let (status, output) = try TestSupport.run(command, directory: directory)
        guard status == 0 else { throw Failure.build(command: command, output: output) }
    }

    /// True when the file is there: what is built stays, since these sources do not change.
    func isBuilt(_ product: URL) -> Bool { FileManager.default.fileExists(atPath: product.path) }
}

/// A folder that programs may fill with what they like; gone with the last reference.
public final class ScratchFolder: Sendable {
    public let url: URL

    /// An empty folder that everybody may write to.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("conformance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: url.path)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
