import CLinux
import Glibc
import ProcessModel

/// The open directory `/proc/PID/task`, through which the files of each thread are read.
///
/// The directory stays that of the process that was opened: when the process ends and its id is used anew, reads fail
/// and never show the other process.
struct TaskDirectory: ~Copyable {
    let descriptor: Int32
    let process: ProcessID

    init(process: ProcessID) throws(LinuxProcessError) {
        let path = "/proc/\(process)/task"
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ESRCH { throw .noSuchProcess(process) }
            throw .systemCall(operation: "open the list of threads", subject: path, errno: errno)
        }
        self.descriptor = descriptor
        self.process = process
    }

    deinit { close(descriptor) }

    /// The ids of all threads in ascending order; empty when the process is gone. A thread that appears or exits while
    /// the list is read may be in it or not.
    func threads() throws(LinuxProcessError) -> [ThreadID] {
        // The kernel makes the list anew for each pass, at a microsecond a thread: mostly one pass is enough.
        var capacity = 8192
        while true {
            var count = 0
            let ids = [Int32](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                count = clinux_list_tasks(descriptor, buffer.baseAddress, buffer.count)
                initialized = min(max(count, 0), buffer.count)
            }
            if count < 0 {
                if Int32(-count) == ENOENT || Int32(-count) == ESRCH { return [] }
                throw .systemCall(
                    operation: "list the threads", subject: "/proc/\(process)/task", errno: Int32(-count))
            }
            if count <= capacity { return ids.sorted().map { ThreadID($0) } }
            capacity = count + count / 8
        }
    }

    /// Reads a small file of one thread, at most 4,096 bytes of it, and hands its bytes to `body`; nil when the thread
    /// or the file is gone or may not be read, with the errno in `code`.
    static func read<Result>(
        _ file: StaticString, of thread: ThreadID, in directory: Int32, code: inout Int32,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
            let name = UnsafeRawPointer(file.utf8Start).assumingMemoryBound(to: CChar.self)
            let count = clinux_task_read(directory, thread.rawValue, name, buffer.baseAddress, buffer.count)
            guard count > 0 else {
                code = count < 0 ? Int32(-count) : 0
                return nil
            }
            return body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    static func read<Result>(
        _ file: StaticString, of thread: ThreadID, in directory: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        var code: Int32 = 0
        return read(file, of: thread, in: directory, code: &code, body)
    }

    /// The kernel function a thread sleeps in; nil when it runs or the kernel does not tell ("0").
    static func waitChannel(of thread: ThreadID, in directory: Int32) -> String? {
        read("wchan", of: thread, in: directory) { bytes in
            bytes.first == UInt8(ascii: "0") ? nil : String(decoding: bytes, as: UTF8.self)
        }
    }

    func read<Result>(
        _ file: StaticString, of thread: ThreadID, code: inout Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        Self.read(file, of: thread, in: descriptor, code: &code, body)
    }

    private func read<Result>(
        _ file: StaticString, of thread: ThreadID, _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        Self.read(file, of: thread, in: descriptor, body)
    }

    func counters(of thread: ThreadID) -> SchedulerCounters? {
        read("schedstat", of: thread) { SchedulerCounters(schedstat: $0) }
    }
    func stat(of thread: ThreadID) -> TaskStat? { read("stat", of: thread) { TaskStat($0) } }
    func status(of thread: ThreadID) -> TaskStatus? { read("status", of: thread) { TaskStatus($0) } }
    func systemCall(of thread: ThreadID) -> TaskSystemCall? { read("syscall", of: thread) { TaskSystemCall($0) } }

    func waitChannel(of thread: ThreadID) -> String? { Self.waitChannel(of: thread, in: descriptor) }
}
