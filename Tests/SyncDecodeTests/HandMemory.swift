import ProcessModel
import SyncDecode

/// Memory laid out by hand: words at addresses, in pages of 4,096 bytes that are readable as a whole or not at all.
final class HandMemory: MemorySource {
    private var pages: [UInt64: [UInt8]] = [:]
    private(set) var reads = 0

    func put(_ value: some FixedWidthInteger, at address: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { put(Array($0), at: address) }
    }

    func put(_ bytes: [UInt8], at address: UInt64) {
        for (index, byte) in bytes.enumerated() {
            let position = address &+ UInt64(index)
            pages[position >> 12, default: [UInt8](repeating: 0, count: 4096)][Int(position & 4095)] = byte
        }
    }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        reads += 1
        for index in 0..<buffer.count {
            let position = address.rawValue &+ UInt64(index)
            guard let page = pages[position >> 12] else { return index }
            buffer[index] = page[Int(position & 4095)]
        }
        return buffer.count
    }
}

/// A process laid out by hand: threads 100 and 101, a C library, and a thread 100 blocked in futex(2).
struct HandProcess {
    enum Library {
        /// glibc 2.NN, told by the version definitions of its ELF image; from 2.31 to 2.33 by its file name.
        case glibc(Int)
        /// libc.so.6 whose image cannot be read.
        case glibcUnread
        case musl
        case none
    }

    static let stackPointer: UInt64 = 0x7f00_0000_0000
    static let object: UInt64 = 0x5555_0000_1000
    static let libraryStart: UInt64 = 0x7fff_0000_0000

    let memory = HandMemory()
    var library: Library
    var sharesNamespace: Bool?

    init(_ library: Library) { self.library = library }

    /// Words of 32 bits from the object's start on.
    func putObject(_ words: [UInt32], at address: UInt64 = Self.object) {
        for (index, word) in words.enumerated() { memory.put(word, at: address + UInt64(index) * 4) }
    }

    private var modules: [Module] {
        let name: String
        switch library {
        case .glibc(let minor) where minor <= 33: name = "/lib/libc-2.\(minor).so"
        case .glibc(let minor):
            putImage(versions: ["libc.so.6", "GLIBC_2.2.5", "GLIBC_2.\(minor)", "GLIBC_2.4", "GLIBC_PRIVATE"])
            name = "/lib/libc.so.6"
        case .glibcUnread: name = "/lib/libc.so.6"
        case .musl: name = "/lib/ld-musl-x86_64.so.1"
        case .none: return []
        }
        return [
            Module(
                path: name, start: Address(Self.libraryStart), end: Address(Self.libraryStart + 0x10000),
                loadBias: Self.libraryStart, content: .unavailable(reason: "by hand"))
        ]
    }

    /// An ELF header, one PT_DYNAMIC, strings, and version definitions (System V gABI and its GNU extension).
    private func putImage(versions: [String]) {
        let start = Self.libraryStart
        memory.put([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], at: start)
        memory.put(UInt64(64), at: start + 32)
        memory.put(UInt16(56), at: start + 54)
        memory.put(UInt16(1), at: start + 56)
        memory.put(UInt32(2), at: start + 64)
        memory.put(UInt64(0x200), at: start + 64 + 16)
        let dynamic: [(UInt64, UInt64)] = [
            (5, 0x400), (0x6fff_fffc, start + 0x600), (0x6fff_fffd, UInt64(versions.count)), (0, 0),
        ]
        for (index, entry) in dynamic.enumerated() {
            memory.put(entry.0, at: start + 0x200 + UInt64(index) * 16)
            memory.put(entry.1, at: start + 0x208 + UInt64(index) * 16)
        }
        var text: UInt64 = 1
        for (index, version) in versions.enumerated() {
            let entry = start + 0x600 + UInt64(index) * 32
            memory.put(Array(version.utf8) + [0], at: start + 0x400 + text)
            memory.put(UInt32(20), at: entry + 12)
            memory.put(UInt32(index + 1 < versions.count ? 32 : 0), at: entry + 16)
            memory.put(UInt32(truncatingIfNeeded: text), at: entry + 20)
            text += UInt64(version.utf8.count) + 1
        }
    }

    static let wait: UInt64 = 0x80
    static let waitShared: UInt64 = 0
    static let waitBitset: UInt64 = 0x189
    static let waitBitsetShared: UInt64 = 0x109
    static let lockPI: UInt64 = 0x86

    func image() -> ProcessImage {
        let threads = [100, 101].map { id in
            ThreadImage(thread: Thread(id: ThreadID(id), state: .sleeping))
        }
        return ProcessImage(
            process: ProcessInfo(id: ProcessID(100), source: .live, sharesPIDNamespace: sharesNamespace),
            threads: threads, modules: modules, memory: memory)
    }

    func thread(_ call: SystemCall) -> ProcessModel.Thread {
        var registers = RegisterSet()
        registers[X86Register.rsp] = Self.stackPointer
        return Thread(id: ThreadID(100), state: .sleeping, registers: registers, systemCall: call)
    }

    static func stack(_ names: [String]) -> [SyncFrame] {
        names.enumerated().map { index, name in
            SyncFrame(
                functions: name.isEmpty ? [] : [name], pc: Address(UInt64(0x1000 + index)), moduleName: "libc.so.6")
        }
    }

    /// Decodes the wait of thread 100 in futex(2).
    func decode(
        _ names: [String], at address: UInt64, operation: UInt64, value: UInt32, timeout: UInt64 = 0
    ) -> (wait: Wait?, objects: [SyncObject], gaps: [Gap]) {
        let call = SystemCall(number: 202, arguments: [address, operation, UInt64(value), timeout, 0, 0xffff_ffff])
        var decoder = SyncDecoder(image: image(), descriptors: nil, dataSymbol: { _ in nil })
        let wait = decoder.decode(thread: thread(call), stack: Self.stack(names))
        return (wait, decoder.objects, decoder.gaps)
    }
}
