import Foundation
import ProcessModel
import TestSupport
import Testing
import Unwinding

@testable import DebugInfo

/// Files whose unwind tables are found in other ways than by the section .eh_frame_hdr and its table.
@Suite struct CallFrameFileTests {
    func program(_ flags: [String] = []) throws -> String {
        try FixtureProgram(["frames.c"], flags: ["-g", "-O2", "-pthread"] + flags).executable.path
    }

    /// Three addresses in each function of a program.
    func addresses(_ path: String) throws -> [Address] {
        try functions(of: path).flatMap {
            [Address($0.start), Address($0.start + $0.size / 2), Address($0.start + $0.size - 1)]
        }
    }

    func rules(_ module: Module, _ addresses: [Address], _ memory: any MemorySource = NoMemory()) -> [UnwindRule?] {
        CallFrameInformation(modules: [module], memory: memory).unwindRules(for: addresses)
    }

    /// The bytes of a file at its own addresses, as a loader would put them.
    final class LoadedFile: MemorySource {
        let bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
            guard address.rawValue < UInt64(bytes.count) else { return 0 }
            let start = Int(address.rawValue)
            let count = min(buffer.count, bytes.count - start)
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
            }
            return count
        }
    }

    @Test func withoutSectionHeadersTheProgramHeaderLeadsToTheTables() throws {
        let path = try program()
        let scratch = try ScratchDirectory()
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        // Elf64_Ehdr: e_shoff at 40; e_shentsize, e_shnum and e_shstrndx from 58 on.
        for index in Array(40..<48) + Array(58..<64) { bytes[index] = 0 }
        try Data(bytes).write(to: URL(fileURLWithPath: scratch.file("bare")))
        let wanted = try addresses(path)
        let expected = rules(fileModule(path), wanted)
        #expect(expected.count { $0 != nil } > 20)
        #expect(rules(fileModule(scratch.file("bare")), wanted) == expected)
    }

    @Test func aRegisterThatNoRowMentionsHasNoRule() throws {
        // At a function's first instruction nothing is saved: rbx is kept as the psABI says, rax is lost.
        let path = try program()
        let entries = try functions(of: path).filter { $0.name != "_start" }.map { Address($0.start) }
        let found = rules(fileModule(path), entries).compactMap { $0 }
        #expect(found.count > 10)
        for rule in found {
            #expect(rule.canonicalFrameAddress == .register(7, offset: 8))
            #expect(rule.returnAddress == .offset(-8))
            #expect(rule.registers.isEmpty)
        }
    }

    @Test func aHeaderlessTableGivesTheSameRules() throws {
        let path = try program(["-Wl,--no-eh-frame-hdr"])
        let found = rules(fileModule(path), try addresses(path))
        #expect(found.count { $0 != nil } > 20)
    }

    @Test func anImageInMemoryGivesTheRulesOfItsFile() throws {
        let path = try program()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let wanted = try addresses(path)
        var module = fileModule(path)
        module.content = .memory(size: UInt64(bytes.count))
        #expect(rules(module, wanted, LoadedFile(bytes)) == rules(fileModule(path), wanted))
        module.content = .memory(size: .max)
        let frames = CallFrameInformation(modules: [module], memory: LoadedFile(bytes))
        #expect(frames.unwindRules(for: [wanted[0]]) == [nil])
        #expect(frames.failures[0] == .tooLarge(subject: path, size: .max))
    }

    @Test func debugFrameOfASeparateFileIsFound() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.file("program")
        let flags = ["-fno-asynchronous-unwind-tables", "-fno-exceptions"]
        try FileManager.default.copyItem(atPath: try program(flags), toPath: path)
        let wanted = try functions(of: path).first { $0.name == "tail_end" }.map { [Address($0.start + 4)] } ?? []
        let whole = rules(fileModule(path), wanted)
        #expect(whole.first.flatMap { $0 } != nil)
        try tool("objcopy", "--only-keep-debug", path, scratch.file("program.debug"))
        try tool("strip", path)
        #expect(rules(fileModule(path), wanted) == [nil])
        try tool("objcopy", "--add-gnu-debuglink=program.debug", path, directory: scratch.path)
        let options = DebugInfoOptions(useDebuginfod: false)
        let provider = DirectDebugInfo(modules: [fileModule(path)], memory: NoMemory(), options: options)
        #expect(provider.unwindRules(for: wanted) == whole)
    }

    @Test func aFileWithAnotherBuildIDIsRefused() throws {
        let path = try program()
        let other = try #require(BuildID(bytes: [1, 2, 3]))
        let frames = CallFrameInformation(modules: [fileModule(path, buildID: other)], memory: NoMemory())
        #expect(frames.unwindRules(for: try addresses(path)).allSatisfy { $0 == nil })
        guard case .otherBuildID = frames.failures[0] else {
            Issue.record("\(String(describing: frames.failures[0]))")
            return
        }
    }

    @Test func damagedFilesGiveRulesOrNoneAndNoTrapOfOurs() throws {
        // The children take libdw's crashes; what is looked at here is what our own code makes of its answers.
        let path = try program()
        let scratch = try ScratchDirectory()
        let options = DebugInfoOptions(useDebuginfod: false)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let wanted = try addresses(path)
        var generator = SplitMix(seed: 7)
        for round in 0..<12 {
            var damaged = bytes
            for _ in 0..<200 {
                damaged[Int.random(in: 64..<damaged.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if round % 3 == 0 { damaged.removeLast(damaged.count * round / 16) }
            let file = scratch.file("damaged\(round)")
            try Data(damaged).write(to: URL(fileURLWithPath: file))
            let isolated = IsolatedDebugInfo(modules: [fileModule(file)], memory: NoMemory(), options: options)
            #expect(isolated.unwindRules(for: wanted).count == wanted.count)
            #expect(isolated.symbolize(wanted, detail: .parameters).count == wanted.count)
        }
    }
}
