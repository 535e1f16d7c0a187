import Foundation
import SystemPackage

/// A folder of its own for a test, removed with the object; in memory where the system has a place for that, since tests
/// sync a lot.
final class ScratchFolder: Sendable {
    let path: FilePath

    init() {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        path = FilePath("\(parent)/ember-test-\(getpid())-\(UInt64.random(in: .min ... .max))")
        mkdir(path.string, 0o755)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path.string) } catch {
            print("The folder \(path) stays: \(error)")
        }
    }

    /// All of the files in it, as they are now, in another folder.
    func copy() throws -> ScratchFolder {
        let copy = ScratchFolder()
        for name in try names() { try copy.write(name, try bytes(of: name)) }
        return copy
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path.string).sorted() }

    func bytes(of name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: path.string + "/" + name)))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path.string + "/" + name))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path.string + "/" + name) }
}
