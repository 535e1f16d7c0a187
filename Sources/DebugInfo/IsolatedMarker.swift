import Glibc
import ProcessModel

/// What a child is working on, in memory that it shares with its parent: still there when the child has died.
///
/// The child writes it before it touches a module, the parent reads it after the death. A child that was led astray can
/// write anything here; the parent checks what it reads.
final class IsolatedMarker {
    private static let byteCount = 4096
    private let page: UnsafeMutableRawPointer

    init() throws(DebugInfoError) {
        let page = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
        guard let page, page != MAP_FAILED else {
            throw .child(operation: "map memory shared with a child", errno: errno)
        }
        self.page = page
        clear()
    }

    deinit { munmap(page, Self.byteCount) }

    func clear() { page.storeBytes(of: -1, as: Int32.self) }

    func set(_ module: Int, _ task: IsolatedTask) {
        page.storeBytes(of: task.rawValue, toByteOffset: 4, as: UInt8.self)
        page.storeBytes(of: Int32(truncatingIfNeeded: module), as: Int32.self)
    }

    /// Nil when the child was working on none of `modules` modules, or says something impossible.
    func read(modules: Int) -> (module: Int, task: IsolatedTask)? {
        let module = Int(page.load(as: Int32.self))
        guard module >= 0, module < modules,
            let task = IsolatedTask(rawValue: page.load(fromByteOffset: 4, as: UInt8.self))
        else { return nil }
        return (module, task)
    }
}
