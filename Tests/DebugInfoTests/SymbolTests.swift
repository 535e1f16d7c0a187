import CLinux
import DebugInfo
import Foundation
import ProcessModel
import TestSupport
import Testing

/// Names from symbol tables, against nm(1).
@Suite struct SymbolTests {
    static let source = """
        #include <stdio.h>
        #include <stdlib.h>
        int g_counter = 3; int g_table[16] = {1};
        static __attribute__((noinline)) int hidden(int x) { return x * g_counter + g_table[x & 15]; }
        __attribute__((noinline)) int shown(int x) { return hidden(x) + 1; }
        int other(int) __attribute__((alias("shown"))); int weak_one(int) __attribute__((weak, alias("shown")));
        int main(int c, char **v) { (void)v; puts("x"); return shown(c) + abs(c); }
        """

    func build(_ directory: ScratchDirectory, _ flags: String...) throws -> String {
        let source = try directory.write(Self.source, to: "program.c")
        let output = directory.file("program")
        let (status, text) = try run(["gcc", source, "-O1", "-o", output] + flags)
        if status != 0 { throw CommandFailure(description: text) }
        return output
    }

    func name(_ session: DebugInfoSession, _ address: UInt64) -> SymbolRecord {
        session.symbolize([Address(address)], detail: .names)[0]
    }

    @Test func everyFunctionOfTheTableIsNamedThroughoutItsSize() throws {
        let directory = try ScratchDirectory()
        let path = try build(directory)
        let session = session(path)
        let all = try functions(of: path)
        #expect(all.count > 4)
        for function in all {
            let aliases = all.filter { $0.start == function.start }.map(\.name)
            for address in [function.start, function.start + function.size - 1] {
                let record = name(session, address)
                #expect(aliases.contains(record.source.first?.function ?? "none"))
                #expect(record.symbolOffset == address - function.start)
            }
        }
        #expect(session.gaps.isEmpty)
    }

    @Test func aGlobalNameComesBeforeItsWeakAlias() throws {
        let directory = try ScratchDirectory()
        let path = try build(directory)
        let start = try #require(try functions(of: path).first { $0.name == "weak_one" }).start
        let found = name(session(path), start).source.first?.function
        #expect(found == "shown" || found == "other")
    }

    @Test func stubsOfTheLinkageTableAreNamed() throws {
        let directory = try ScratchDirectory()
        for flags in [["-Wl,-z,lazy"], ["-fcf-protection=full", "-Wl,-z,ibtplt"], ["-fno-plt"], ["-no-pie"]] {
            let path = try build(directory, flags[0], flags.count > 1 ? flags[1] : "-O1")
            let dump = try tool("objdump", "-d", "--no-show-raw-insn", path)
            let stubs = dump.split(separator: "\n").compactMap { line -> (UInt64, String)? in
                guard line.hasSuffix("@plt>:"), let address = UInt64(line.prefix(16), radix: 16) else { return nil }
                return (address, String(line.dropFirst(18).dropLast(2)))
            }
            let session = session(path)
            for (address, stub) in stubs where !stub.hasPrefix("*ABS*") {
                #expect(name(session, address + 4).source.first?.function == stub)
            }
            if flags[0] != "-fno-plt" { #expect(stubs.contains { $0.1 == "puts@plt" }) }
        }
    }

    @Test func aStrippedProgramHasItsDynamicNamesOnly() throws {
        let directory = try ScratchDirectory()
        let path = try build(directory, "-rdynamic")
        let all = try functions(of: path)
        let hidden = try #require(all.first { $0.name == "hidden" })
        let main = try #require(all.first { $0.name == "main" })
        try tool("strip", path)
        let session = session(path)
        #expect(name(session, main.start + 1).source.first?.function == "main")
        #expect(name(session, hidden.start + 1) == SymbolRecord(module: 0))
        #expect(session.gaps.isEmpty)
    }

    @Test func miniDebugInfoNamesWhatTheDynamicTableLacks() throws {
        let directory = try ScratchDirectory()
        let path = try build(directory, "-rdynamic")
        let hidden = try #require(try functions(of: path).first { $0.name == "hidden" })
        // As Fedora's find-debuginfo does it (GDB manual, "MiniDebugInfo").
        let script = """
            set -e
            nm -D program --format=posix --defined-only | awk '{ print $1 }' | sort > dynsyms
            nm program --format=posix --defined-only | awk '{ if ($2 == "T" || $2 == "t" || $2 == "D") print $1 }' \
              | sort > funcsyms
            comm -13 dynsyms funcsyms > keep
            objcopy --only-keep-debug program debug
            objcopy -S --remove-section .gdb_index --remove-section .comment --keep-symbols=keep debug mini
            strip --strip-all -R .comment program
            xz mini
            objcopy --add-section .gnu_debugdata=mini.xz program
            """
        try tool("sh", "-c", script, directory: directory.path)
        let session = session(path)
        #expect(name(session, hidden.start + 1).source.first?.function == "hidden")
        #expect(session.gaps.isEmpty)
    }

    @Test func withoutSectionHeadersTheDynamicSegmentServes() throws {
        let directory = try ScratchDirectory()
        let path = try build(directory, "-rdynamic")
        let main = try #require(try functions(of: path).first { $0.name == "main" })
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        for offset in Array(40..<48) + Array(58..<64) { data[offset] = 0 }
        let stripped = directory.file("headless")
        try data.write(to: URL(fileURLWithPath: stripped))
        #expect(name(session(stripped), main.start + 1).source.first?.function == "main")
    }

    @Test func dataIsNamedWithItsDistance() throws {
        let directory = try ScratchDirectory()
        let path = try build(directory)
        let lines = try tool("nm", path).split(separator: "\n")
        let line = try #require(lines.first { $0.hasSuffix(" g_table") })
        let table = try #require(UInt64(line.prefix(16), radix: 16))
        let names = session(path).dataSymbols([Address(table), Address(table + 12), Address(8)])
        #expect(names == ["g_table", "g_table+0xc", nil])
    }

    @Test func aModuleWithoutAFileIsAGap() {
        let module = Module(
            path: "/nowhere/lib.so", start: Address(0x1000), end: Address(0x2000), loadBias: 0x1000,
            content: .unavailable(reason: "the file was deleted"))
        let session = DebugInfoSession(
            modules: [module], memory: NoMemory(), options: DebugInfoOptions(useDebuginfod: false))
        let records = session.symbolize([Address(0x1800), Address(0x10)], detail: .names)
        #expect(records == [SymbolRecord(module: 0), SymbolRecord()])
        #expect(session.gaps.count == 1)
        #expect(session.gaps.first?.subject == .module("/nowhere/lib.so"))
        #expect(session.gaps.first?.reason.contains("the file was deleted") == true)
    }

    /// Our own memory, as a target's.
    final class OwnMemory: MemorySource {
        func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
            var local = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
            var remote = iovec(
                iov_base: UnsafeMutableRawPointer(bitPattern: UInt(address.rawValue)), iov_len: buffer.count)
            return max(0, Int(clinux_process_vm_readv(getpid(), &local, 1, &remote, 1)))
        }
    }

    @Test func theVDSOIsReadFromMemory() throws {
        let maps = try tool("cat", "/proc/\(getpid())/maps")
        let line = try #require(maps.split(separator: "\n").first { $0.hasSuffix("[vdso]") })
        let start = try #require(UInt64(line.prefix { $0 != "-" }, radix: 16))
        let module = Module(
            path: "[vdso]", start: Address(start), end: Address(start + 0x2000), loadBias: start,
            content: .memory(size: 0x2000))
        let session = DebugInfoSession(
            modules: [module], memory: OwnMemory(), options: DebugInfoOptions(useDebuginfod: false))
        let records = session.symbolize(
            stride(from: start, to: start + 0x2000, by: 16).map { Address($0) }, detail: .lines)
        let names = Set(records.compactMap { $0.source.first?.function })
        #expect(names.contains { $0.hasSuffix("clock_gettime") })
        #expect(session.gaps.isEmpty)
    }
}
