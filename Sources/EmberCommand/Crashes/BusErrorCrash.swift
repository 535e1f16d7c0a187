import Glibc
import SystemPackage

/// A mapped file is cut short by somebody else.
struct BusErrorCrash: Scenario {
    let name = "crash-bus"
    let kind = ScenarioKind.crash
    let summary = "SIGBUS: a mapped backup is read behind its end, after it was cut short"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        let backup = try MappedBackup(stage.folder.appending("backup"), bytes: 1 << 20)
        stage.ready("An application adds up the bytes of a mapped backup, which another one has begun to write anew.")
        let reader = try ApplicationThread("backup-reader") { Output.say("\(backup.sum())") }
        reader.join()
        try database.close()
    }
}

private final class MappedBackup: @unchecked Sendable {
    private let bytes: UnsafeRawBufferPointer

    /// Writes the file, maps it and cuts it to one page.
    init(_ path: FilePath, bytes count: Int) throws {
        let file = try FileDescriptor.open(
            path, .readWrite, options: [.create, .truncate], permissions: [.ownerReadWrite])
        defer { close(file.rawValue) }
        _ = try file.writeAll([UInt8](repeating: 1, count: count))
        guard let start = mmap(nil, count, PROT_READ, MAP_SHARED, file.rawValue, 0), start != MAP_FAILED else {
            throw ToolError.system(call: "mmap", subject: path.string, errno: errno)
        }
        bytes = UnsafeRawBufferPointer(start: start, count: count)
        guard ftruncate(file.rawValue, 4096) == 0 else {
            throw ToolError.system(call: "ftruncate", subject: path.string, errno: errno)
        }
    }

    @inline(never) func sum() -> Int { bytes.reduce(0) { $0 + Int($1) } }
}
