import DebugInfo
import Foundation
import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// Files that are no programs, and programs that some tool left little of.
@Suite struct OddFileTests {
    /// A folder of its own, removed at the end.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("odd-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        func path(_ name: String) -> String { url.appendingPathComponent(name).path }

        func file(_ name: String, _ bytes: [UInt8]) throws -> String {
            try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
            return path(name)
        }

        func run(_ command: String...) throws {
            let (status, output) = try TestSupport.run(command, directory: url)
            #expect(status == 0, "\(command): \(output)")
        }
    }

    private func kind(_ path: String) -> FileKind? {
        do throws(SignalMapError) {
            _ = try SignalMapping.of(path, SignalMapOptions())
            return nil
        } catch .otherKind(_, let kind) {
            #expect(!kind.description.isEmpty && kind.help.hasSuffix("."))
            return kind
        } catch {
            Issue.record("\(path): \(error)")
            return nil
        }
    }

    private static let source = """
        #include <pthread.h>
        struct pool { pthread_mutex_t lock; pthread_cond_t idle; int jobs; };
        void pool_wait(struct pool *pool) {
            pthread_mutex_lock(&pool->lock);
            while (!pool->jobs) pthread_cond_wait(&pool->idle, &pool->lock);
            pthread_mutex_unlock(&pool->lock);
        }
        static struct pool one;
        static void wake(void) { pthread_cond_signal(&one.idle); }
        void (*volatile hook)(void) = wake;
        void pool_push(void) { hook(); }
        """

    private func program(_ folder: Folder, _ name: String, _ flags: String...) throws -> String {
        let source = try folder.file("pool.c", Array(Self.source.utf8))
        let command = ["gcc", "-O1", "-pthread", "-Wl,--build-id", source, "-o", folder.path(name)] + flags
        let (status, output) = try TestSupport.run(command)
        #expect(status == 0, "\(output)")
        return folder.path(name)
    }

    // MARK: No programs

    @Test func whatIsNoProgramIsTold() throws {
        let folder = try Folder()
        #expect(kind(try folder.file("empty", [])) == .empty)
        #expect(kind(try folder.file("text", Array("int main(void);\n".utf8))) == .text)
        #expect(kind(try folder.file("script", Array("#!/bin/sh\ntrue\n".utf8))) == .script)
        let names = "/* GNU ld script */\nGROUP ( /lib/x86_64-linux-gnu/libc.so.6 )\n"
        #expect(kind(try folder.file("libc.so", Array(names.utf8))) == .linkerScript)
        #expect(kind(folder.url.path) == .notRegular("a folder"))
        #expect(mkfifo(folder.path("fifo"), 0o600) == 0)
        #expect(kind(folder.path("fifo")) == .notRegular("a FIFO"))
        #expect(kind("/dev/zero") == .notRegular("a device"))
        #expect(kind(try folder.file("packed", [0x1f, 0x8b, 8, 0, 0, 0])) == .compressed("gzip"))
        #expect(kind(try folder.file("x.exe", Array("MZ\u{0}\u{0}".utf8))) == .foreign("Windows"))
    }

    @Test func whatIsNotLinkedIsTold() throws {
        let folder = try Folder()
        let object = try program(folder, "pool.o", "-c")
        #expect(kind(object) == .object)
        try folder.run("ar", "rc", "libpool.a", "pool.o")
        #expect(kind(folder.path("libpool.a")) == .archive)
        // What makes an object file a kernel module, by objcopy.
        let license = try folder.file("license", Array("license=GPL\0".utf8))
        try folder.run("objcopy", "--add-section", ".modinfo=\(license)", "pool.o", "pool.ko")
        #expect(kind(folder.path("pool.ko")) == .kernelModule)
    }

    @Test func otherMachinesAndCoresAreTold() throws {
        let folder = try Folder()
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: program(folder, "pool.so", "-shared", "-fPIC"))))
        func changed(_ name: String, _ places: [Int: UInt8]) throws -> String {
            var bytes = whole
            for (place, byte) in places { bytes[place] = byte }
            return try folder.file(name, bytes)
        }
        #expect(kind(try changed("arm", [18: 183])) == .otherMachine("AArch64"))
        #expect(kind(try changed("i386", [4: 1, 18: 3])) == .otherMachine("32-bit x86 (i386)"))
        #expect(kind(try changed("x32", [4: 1])) == .otherMachine("32-bit x86-64 (x32)"))
        #expect(kind(try changed("s390", [5: 2, 18: 0, 19: 22])) == .otherMachine("s390"))
        #expect(kind(try changed("core", [16: 4])) == .core)
    }

    @Test func whatCannotBeReadSaysWhy() throws {
        let folder = try Folder()
        #expect(throws: SignalMapError.file(operation: "open", path: folder.path("none"), errno: ENOENT)) {
            try SignalMapping.of(folder.path("none"), SignalMapOptions())
        }
        let cut = try folder.file("cut", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
        #expect(throws: SignalMapError.self) { try SignalMapping.of(cut, SignalMapOptions()) }
        // A terabyte of nothing behind a real header.
        let program = try program(folder, "sparse.so", "-shared", "-fPIC")
        #expect(truncate(program, 1 << 40) == 0)
        let map = try SignalMapping.of(program, SignalMapOptions()).map
        #expect(map.export(named: "pool_wait") != nil)
    }

    @Test func aFileThatIsWrittenToMeanwhileIsNoticed() throws {
        let folder = try Folder()
        let program = try program(folder, "pool.so", "-shared", "-fPIC")
        let file = try ObjectFile(path: program)
        #expect(!file.hasChanged)
        #expect(truncate(program, 1 << 16) == 0)
        #expect(file.hasChanged)
        let again = try ObjectFile(path: program)
        #expect(!again.hasChanged)
        try FileManager.default.removeItem(atPath: program)
        #expect(again.hasChanged)
    }

    @Test func aFileThatIsCutShortSaysSo() throws {
        let folder = try Folder()
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: program(folder, "pool.so", "-shared", "-fPIC"))))
        // Behind the code, before the section headers.
        let map = try SignalMapping.of(try folder.file("cut.so", Array(whole.dropLast(2000))), SignalMapOptions()).map
        #expect(gaps(map).contains { $0.contains("cut short") }, "\(gaps(map))")
        let error = #expect(throws: SignalMapError.self) {
            try SignalMapping.of(try folder.file("stump.so", Array(whole.prefix(1024))), SignalMapOptions())
        }
        #expect(error?.help.contains("cut short") == true)
    }

    // MARK: Little left

    private func waits(_ map: SignalMapFile) -> Int {
        map.operations.count { $0.action == UInt8(DWM_WAIT.rawValue) }
    }

    private func gaps(_ map: SignalMapFile) -> [String] {
        map.gaps.map { "\(map.string($0.operation) ?? ""): \(map.string($0.reason) ?? "")" }
    }

    @Test func aDebugFileAloneHoldsNoCode() throws {
        let folder = try Folder()
        let program = try program(folder, "pool.so", "-shared", "-fPIC", "-g")
        try folder.run("objcopy", "--only-keep-debug", program, "pool.debug")
        let error = #expect(throws: SignalMapError.self) {
            try SignalMapping.of(folder.path("pool.debug"), SignalMapOptions())
        }
        #expect(error == .noCode(path: folder.path("pool.debug")))
        #expect(error?.help.contains("debug file") == true)
    }

    @Test(arguments: [[], ["-Wl,-z,pack-relative-relocs"]]) func withoutSectionHeadersTheSegmentsTell(
        _ flags: [String]
    ) throws {
        let folder = try Folder()
        let source = try folder.file("pool.c", Array(Self.source.utf8))
        let (status, output) = try TestSupport.run(
            ["gcc", "-O1", "-pthread", "-shared", "-fPIC", "-s", source, "-o", folder.path("pool.so")] + flags)
        #expect(status == 0, "\(output)")
        let whole = try SignalMapping.of(folder.path("pool.so"), SignalMapOptions()).map
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.path("pool.so"))))
        for place in Array(40..<48) + Array(58..<64) { bytes[place] = 0 }
        let bare = try SignalMapping.of(try folder.file("bare.so", bytes), SignalMapOptions()).map
        #expect(gaps(bare).contains { $0.hasPrefix("read section headers: there are none") }, "\(gaps(bare))")
        #expect(waits(whole) == 1)
        let wait = try #require(bare.export(named: "pool_wait"))
        // Which of the others are stubs is told by the sections' names: the wait itself counts for those, too.
        let own = bare.operations(ofFunction: wait).filter { bare.operations[$0].action == UInt8(DWM_WAIT.rawValue) }
        #expect(own.count == 1)
        #expect(bare.function(wait)?.end == whole.export(named: "pool_wait").flatMap { whole.function($0)?.end })
        // The pointer in `hook` is known by its relocation alone.
        let set = SignalMapSet([bare])
        let push = try #require(bare.export(named: "pool_push"))
        let reach = Reachability(set).reach(from: [.function(.init(map: 0, index: push))])
        #expect(reach.outside.keys.contains("pthread_cond_signal"))
    }

    @Test func withoutUnwindTablesSymbolsTell() throws {
        let folder = try Folder()
        let bare = try program(
            folder, "pool.so", "-shared", "-fPIC", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables",
            "-nostartfiles")
        let map = try SignalMapping.of(bare, SignalMapOptions()).map
        #expect(waits(map) == 1)
        #expect(map.export(named: "pool_push") != nil)
    }

    /// One segment that may be read, written and executed, as packers leave it, and nothing else.
    @Test func oneSegmentOfCodeIsRead() throws {
        func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let code: [UInt8] = [0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 1, 0, 0, 0, 0xc3, 0x31, 0xc0, 0x0f, 0x05, 0xc3]
        var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        file += little(UInt16(2)) + little(UInt16(62)) + little(UInt32(1)) + little(UInt64(0x40_0078))
        file += little(UInt64(64)) + little(UInt64(0)) + little(UInt32(0)) + little(UInt16(64))
        file += little(UInt16(56)) + little(UInt16(1)) + [UInt8](repeating: 0, count: 6)
        let size = UInt64(120 + code.count)
        file += little(UInt32(1)) + little(UInt32(7)) + little(UInt64(0)) + little(UInt64(0x40_0000))
        file += little(UInt64(0x40_0000)) + little(size) + little(size) + little(UInt64(4096))
        let folder = try Folder()
        let map = try SignalMapping.of(try folder.file("packed", file + code), SignalMapOptions()).map
        #expect(!map.functions.isEmpty)
        #expect(gaps(map).contains { $0.hasPrefix("read section headers") })
    }
}
