import ProcessModel

/// The reading of untrusted waits and objects as one call, for DeadwaitFuzz: it must come back and never trap.
package enum SyncDecodeFuzzing {
    /// The address of the first byte.
    package static let memoryStart: UInt64 = 0x7f00_0000_0000

    /// Decodes a blocked thread: the first 56 bytes are its system call's number and arguments, and all of them are the
    /// target's memory, from `memoryStart` on, with its stack at 512. Each primitive's name is tried.
    package static func waits(_ bytes: UnsafeRawBufferPointer) { decode(bytes) }

    private static let names = [
        "", "pthread_mutex_lock", "pthread_cond_wait", "pthread_cond_destroy", "pthread_rwlock_rdlock",
        "pthread_rwlock_wrlock", "sem_wait", "pthread_barrier_wait", "pthread_once", "pthread_join", "flockfile",
        "std::__atomic_futex_unsigned_base::_M_futex_wait_until", "__cxa_guard_acquire", "swift_once",
        "__DISPATCH_WAIT_FOR_QUEUE__", "_dispatch_once_wait", "std::sys::sync::rwlock::futex::RwLock::write_contended",
        "std::sys::sync::once::futex::Once::call", "std::sys::sync::mutex::futex::Mutex::lock_contended",
    ]

    private static func decode(_ bytes: UnsafeRawBufferPointer) {
        let memory = WaitMemory(Array(bytes))
        let fields = (0..<7).map { memory.load(Address(memoryStart + $0 * 8), as: UInt64.self) ?? 0 }
        let call = SystemCall(number: Int(fields[0] % 512), arguments: Array(fields[1...]))
        _ = SyncWindow.ranges(for: call, memory: memory)
        var registers = RegisterSet()
        registers[X86Register.rsp] = memoryStart + 0x200
        let thread = Thread(id: ThreadID(100), state: .sleeping, registers: registers, systemCall: call)
        let libc = Module(
            path: "/lib/libc.so.6", start: Address(memoryStart),
            end: Address(memoryStart + UInt64(bytes.count)),
            loadBias: memoryStart, content: .unavailable(reason: "made up"))
        let image = ProcessImage(
            process: ProcessInfo(id: ProcessID(100), source: .live),
            threads: [ThreadImage(thread: thread), ThreadImage(thread: Thread(id: ThreadID(101), state: .sleeping))],
            modules: [libc], memory: memory)
        var decoder = SyncDecoder(image: image, descriptors: nil, dataSymbol: { _ in nil })
        let stacks = names.enumerated().map { index, name in
            let address = Address(memoryStart + 0x200)
            return (0..<3).map { frame in
                // Without a name, the frame lies in the library, whose image is made of the same bytes.
                name.isEmpty
                    ? SyncFrame(functions: [], pc: address + UInt64(frame) * 256, moduleName: "libc.so.6")
                    : SyncFrame(
                        functions: [name], pc: Address(UInt64(index * 8 + frame + 1)),
                        stackPointer: address + UInt64(frame) * 256)
            }
        }
        _ = decoder.decodeAll(stacks.map { (thread: thread, stack: $0) })
        _ = decoder.objects
    }
}

/// The fuzzer's bytes as the memory of a process.
private final class WaitMemory: MemorySource {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let offset = address.distance(above: Address(SyncDecodeFuzzing.memoryStart))
        guard offset < UInt64(bytes.count) else { return 0 }
        let count = min(buffer.count, bytes.count - Int(offset))
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<Int(offset) + count]))
        }
        return count
    }
}
