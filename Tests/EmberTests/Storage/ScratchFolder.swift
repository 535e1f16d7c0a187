import Foundation
import SystemPackage

/// A folder of its own for a test, removed with the object.
final class ScratchFolder: Sendable {
    let path: FilePath

    init() {
        var template = Array((NSTemporaryDirectory() + "/ember-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("no temporary folder") }
        path = FilePath(template.withUnsafeBufferPointer { String(cString: $0.baseAddress ?? $0.baseAddress!) })
    }

    deinit { _ = try? FileManager.default.removeItem(atPath: path.string) }

    /// All of the files in it, as they are now, in another folder.
    func copy() throws -> ScratchFolder {
        let copy = ScratchFolder()
        for name in try names() { try copy.write(name, try bytes(of: name)) }
        return copy
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path.string).sorted() }

    func bytes(of name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: path.appending(name).string)))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path.appending(name).string))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path.appending(name).string) }
}
