import Glibc

/// The page in which the ticker thread of a target notes the biggest gap between its clock reads: see
/// Fixtures/programs/tick.h, which has the layout.
final class TickFile {
    private let page: UnsafeMutablePointer<UInt64>

    /// Maps the file that the target has made.
    init(_ path: String) throws(BenchmarkError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open", subject: path, errno: errno) }
        defer { close(descriptor) }
        guard let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
        else { throw .system(operation: "map", subject: path, errno: errno) }
        page = memory.bindMemory(to: UInt64.self, capacity: 512)
    }

    func reset() { page.pointee = 0 }

    /// Milliseconds.
    var biggestGap: Double { Double(page.pointee) / 1e6 }

    deinit { munmap(page, 4096) }
}
