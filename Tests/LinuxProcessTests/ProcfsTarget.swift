import Foundation
import ProcessModel

/// A process read with nothing but /proc, independent of the code under test.
final class ProcfsTarget: MemorySource {
    let process: Int32
    private let handle: FileHandle

    init(_ process: Int32) throws {
        self.process = process
        handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(process)/mem"))
    }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = buffer.baseAddress, let offset = off_t(exactly: address.rawValue) else { return 0 }
        return max(pread(handle.fileDescriptor, base, buffer.count, offset), 0)
    }

    func file(_ name: String) throws -> Data {
        try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(process)/\(name)")).readToEnd() ?? Data()
    }

    func mappings() throws -> [Mapping] {
        String(decoding: try file("maps"), as: UTF8.self).split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            let range = parts[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            var permissions: Mapping.Permissions = []
            if parts[1].contains("r") { permissions.insert(.read) }
            if parts[1].contains("w") { permissions.insert(.write) }
            if parts[1].contains("x") { permissions.insert(.execute) }
            var path = parts.count > 5 ? String(parts[5]).trimmingCharacters(in: .whitespaces) : ""
            let isDeleted = path.hasSuffix(" (deleted)")
            if isDeleted { path.removeLast(" (deleted)".count) }
            return Mapping(
                start: Address(range[0]), end: Address(range[1]), permissions: permissions,
                fileOffset: UInt64(parts[2], radix: 16) ?? 0, inode: UInt64(parts[4]) ?? 0, path: path,
                isDeleted: isDeleted)
        }
    }
}
