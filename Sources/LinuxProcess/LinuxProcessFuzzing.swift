import Glibc
import ProcessModel

/// The parsers of this module that read untrusted bytes, each as one call: for DeadwaitFuzz and tests.
///
/// A call may find nothing; it must come back, in bounded time and memory, and never trap.
package enum LinuxProcessFuzzing {
    /// A whole core: headers, notes, mappings, modules, and the memory that an analysis reads.
    package static func core(_ bytes: UnsafeRawBufferPointer) {
        do throws(LinuxProcessError) {
            let image = try CoreFile(bytes: Array(bytes)).image()
            for thread in image.threads.prefix(256) {
                for register in [X86Register.rsp, X86Register.returnAddress, X86Register.rbp] {
                    guard let place = thread.thread.registers[register].map({ Address($0) }) else { continue }
                    _ = image.memory.residentBytes(around: place)
                    _ = image.memory.bytes(place - 16, count: 4096)
                    _ = image.memory.loadAddress(place)
                }
            }
            for module in image.modules { _ = image.memory.bytes(module.start, count: 64) }
        } catch {
            _ = error.description
        }
    }

    /// An ELF image and its notes, as a file.
    package static func elfImage(_ bytes: UnsafeRawBufferPointer) {
        let file = ReadOnlyFile(bytes: Array(bytes))
        do throws(ElfProblem) {
            let image = try ElfImage(file: file)
            _ = image.buildID(file: file)
        } catch {}
    }

    /// The modules of a process whose mappings all hold the same hostile bytes.
    package static func modules(_ bytes: UnsafeRawBufferPointer) {
        let memory = RepeatedMemory(Array(bytes))
        var mappings: [Mapping] = []
        var place: UInt64 = 0x10000
        // The first bytes choose the mappings, so that they change with the input, too.
        for byte in bytes.prefix(32) {
            let size = (UInt64(byte & 15) + 1) << 12
            mappings.append(
                Mapping(
                    start: Address(place), end: Address(place + size),
                    permissions: Mapping.Permissions(rawValue: byte >> 4 & 7),
                    fileOffset: byte & 8 == 0 ? 0 : UInt64(byte) << 12, inode: byte & 128 == 0 ? 0 : 1,
                    path: byte & 128 == 0 ? "" : "/nonexistent/module"))
            place += size + (byte & 64 == 0 ? 0 : 4096)
        }
        let resolver = ModuleResolver(files: .core(CoreOptions()))
        _ = resolver.resolve(mappings, memory: memory)
    }

    /// A compressed file of any known format, 16 MiB at most when it is unpacked.
    package static func compressed(_ bytes: UnsafeRawBufferPointer) {
        let options = CoreOptions(maximumUncompressedBytes: 16 << 20)
        do throws(LinuxProcessError) {
            _ = try CompressedFile.unpacked(ReadOnlyFile(bytes: Array(bytes)), path: "core", options: options)
        } catch {
            _ = error.description
        }
    }

    /// An auxiliary vector.
    package static func auxiliaryVector(_ bytes: UnsafeRawBufferPointer) {
        let vector = AuxiliaryVector(bytes: Array(bytes))
        _ = vector.commandLine(memory: RepeatedMemory(Array(bytes)))
    }

    /// The files of /proc, each parser on the same bytes: a process chooses names, paths and arguments in them.
    package static func procFiles(_ bytes: UnsafeRawBufferPointer) {
        let array = Array(bytes)
        _ = MappingParser.parse(array)
        _ = TaskStatus(array)
        _ = ProcFile.strings(array)
        array.withUnsafeBufferPointer { buffer in
            _ = TaskStat(buffer)
            _ = TaskSystemCall(buffer)
            _ = SchedulerCounters(schedstat: buffer)
        }
        _ = KernelObjectsLocks(bytes: array)
        let lines = String(decoding: array, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
        let sockets = KernelObjectsSockets(tcp: lines, unix: lines)
        _ = sockets.peer(of: 12345)
    }

    /// Answers each address with the bytes at its offset within a 64 KiB stretch.
    private final class RepeatedMemory: MemorySource {
        private let content: [UInt8]

        init(_ content: [UInt8]) { self.content = content }

        func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let offset = Int(address.rawValue & 0xffff)
            guard offset < content.count else { return 0 }
            let part = content[offset...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
    }
}
