import Glibc
import ProcessModel

/// What the kernel told the program at its start (getauxval(3)): from `/proc/PID/auxv` or a core's NT_AUXV note.
public struct AuxiliaryVector: Sendable {
    private var values: [UInt64: UInt64] = [:]
    /// The first entry, by which the vector can be found again in memory.
    private(set) var firstPair: (type: UInt64, value: UInt64)?

    /// An empty vector: nothing is known.
    public init() {}

    /// Reads pairs of 64-bit type and value up to AT_NULL or the end of the bytes, 1,024 pairs at most.
    public init(bytes: [UInt8]) {
        let span = bytes.span.bytes
        for index in 0..<1024 {
            guard let type = span.integer(at: index * 16, as: UInt64.self), type != UInt64(AT_NULL),
                let value = span.integer(at: index * 16 + 8, as: UInt64.self)
            else { return }
            if index == 0 { firstPair = (type, value) }
            values[type] = value
        }
    }

    /// The value of an AT_ constant of <elf.h>, nil when it is not in the vector.
    public subscript(type: Int32) -> UInt64? { values[UInt64(UInt32(bitPattern: type))] }

    /// AT_ENTRY: the entry point of the main program.
    public var entry: Address? { self[AT_ENTRY].map { Address($0) } }
    /// AT_SYSINFO_EHDR: the start of the vDSO.
    public var vdso: Address? { self[AT_SYSINFO_EHDR].flatMap { $0 == 0 ? nil : Address($0) } }
    /// AT_EXECFN: the address of the path that execve(2) was given.
    public var executablePath: Address? { self[AT_EXECFN].map { Address($0) } }
}
