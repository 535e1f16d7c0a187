import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing
import Unwinding

@testable import DebugInfo

/// The children answer what this process would answer; what kills one costs its module and nothing else.
///
/// These tests fork from a process with several threads, which the product must not do.
@Suite(.serialized) struct IsolatedDebugInfoTests {
    static let options = DebugInfoOptions(useDebuginfod: false)

    func program() throws -> FixtureProgram {
        try FixtureProgram(["frames.c"], flags: ["-g", "-O2", "-pthread"])
    }

    @Test func answersWhatThisProcessAnswers() throws {
        let walked = try WalkedCore(try program())
        let image = walked.image
        let direct = DirectDebugInfo(modules: image.modules, memory: image.memory, options: Self.options)
        let isolated = IsolatedDebugInfo(modules: image.modules, memory: image.memory, options: Self.options)
        let registers = image.threads.map(\.thread.registers)
        let stacks = StackWalker(rules: isolated, memory: image.memory, mappings: image.mappings).walkAll(registers)
        #expect(
            stacks == StackWalker(rules: direct, memory: image.memory, mappings: image.mappings).walkAll(registers))
        let lookups = stacks.flatMap { $0.frames.map(\.lookupAddress) } + [Address(0), Address(.max)]
        #expect(isolated.unwindRules(for: lookups) == direct.unwindRules(for: lookups))
        for detail in [SymbolDetail.names, .lines, .parameters] {
            let records = isolated.symbolize(lookups, detail: detail)
            #expect(records == direct.symbolize(lookups, detail: detail))
            #expect(records.contains { $0.source.contains { $0.function == "block" } })
        }
        let data = image.modules.flatMap { [$0.start, $0.end - 0x100] }
        #expect(isolated.dataSymbols(data) == direct.dataSymbols(data))
        #expect(isolated.libunwindWalks(of: registers) == direct.libunwindWalks(of: registers))
        let frames = registers.map { FrameRegisters(registers: $0, isReturnAddress: false) }
        let callers = isolated.callers(of: frames)
        #expect(callers == direct.callers(of: frames))
        #expect(callers.contains { $0 != nil })
        #expect(isolated.gaps == direct.gaps)
    }

    /// A child that is started before the memory is there answers from files; what needs memory gets another one.
    @Test func answersFromAChildThatWasPrepared() throws {
        let walked = try WalkedCore(try program())
        let image = walked.image
        let direct = DirectDebugInfo(modules: image.modules, memory: image.memory, options: Self.options)
        let isolated = IsolatedDebugInfo(modules: image.modules, memory: NoMemory(), options: Self.options)
        isolated.prepare([0, image.modules.count])
        let prepared = try #require(isolated.workers[0]?.process)
        isolated.take(image.memory)
        let lookups = image.modules.filter { if case .file = $0.content { true } else { false } }.map {
            $0.start + 0x1200
        }
        #expect(isolated.unwindRules(for: lookups) == direct.unwindRules(for: lookups))
        #expect(isolated.symbolize(lookups, detail: .names) == direct.symbolize(lookups, detail: .names))
        #expect(isolated.workers[0]?.process == prepared)
        let frames = image.threads.map { FrameRegisters(registers: $0.thread.registers, isReturnAddress: false) }
        #expect(isolated.callers(of: frames) == direct.callers(of: frames))
        #expect(isolated.workers[0]?.process != prepared)
        #expect(isolated.gaps == direct.gaps)
    }

    /// Two copies of one program's file as two modules; `broken` can be damaged while it is open.
    final class TwoModules {
        let scratch: ScratchDirectory
        let modules: [Module]
        let broken: String
        let function: UInt64

        init(_ program: FixtureProgram) throws {
            scratch = try ScratchDirectory()
            broken = scratch.file("broken")
            let whole = scratch.file("whole")
            for path in [broken, whole] {
                try FileManager.default.copyItem(atPath: program.executable.path, toPath: path)
            }
            function = try #require(try functions(of: whole).first { $0.name == "tail_end" }).start
            modules = [(broken, UInt64(0x10_0000_0000)), (whole, UInt64(0x20_0000_0000))].map { path, bias in
                Module(
                    path: path, start: Address(bias), end: Address(bias + 0x100_0000), loadBias: bias,
                    content: .file(path: path))
            }
        }

        /// An instruction of `tail_end` in each module.
        var lookups: [Address] { modules.map { $0.start + function + 1 } }

        /// Cuts the file to nothing: whoever has it mapped gets SIGBUS at the next look.
        func cut() { truncate(broken, 0) }
    }

    @Test func aFileThatKillsItsReaderCostsOnlyItsModule() throws {
        let target = try TwoModules(try program())
        let isolated = IsolatedDebugInfo(modules: target.modules, memory: NoMemory(), options: Self.options)
        #expect(isolated.unwindRules(for: target.lookups).allSatisfy { $0 != nil })
        let first = isolated.workers[0]?.process
        target.cut()
        // Other addresses, so that something is read of the file that is gone.
        let others = target.modules.flatMap { module in (1..<200).map { module.start + target.function + 16 * $0 } }
        let rules = isolated.unwindRules(for: others)
        #expect(rules.prefix(199).allSatisfy { $0 == nil })
        #expect(rules.suffix(199).contains { $0 != nil })
        let gap = try #require(isolated.gaps.first)
        #expect(gap.subject == .module(target.broken))
        #expect(gap.operation == "read the unwind tables")
        #expect(gap.reason.contains("signal \(SIGBUS)"))
        #expect(isolated.excluded == [.rules: [0]])
        #expect(isolated.workers[0]?.process != first)
        // What the file does not give is missing; the rest is answered, and nobody dies again.
        #expect(isolated.unwindRules(for: target.lookups).map { $0 != nil } == [false, true])
        #expect(isolated.gaps.filter { $0.operation == "read the unwind tables" }.count == 1)
    }

    @Test func aChildThatDoesNotAnswerIsKilledAndReplaced() throws {
        let target = try TwoModules(try program())
        var limits = IsolatedLimits()
        limits.requestMilliseconds = 1_000
        let isolated = IsolatedDebugInfo(
            modules: target.modules, memory: NoMemory(), options: Self.options, limits: limits)
        _ = isolated.unwindRules(for: target.lookups)
        let process = try #require(isolated.workers[0]?.process)
        kill(process, SIGSTOP)
        #expect(isolated.unwindRules(for: target.lookups).allSatisfy { $0 != nil })
        #expect(isolated.gaps.map(\.reason) == ["the isolated reader did not answer in time"])
        #expect(kill(process, 0) == -1, "it was killed and waited for")
    }

    @Test func aChildThatIsKilledIsReplaced() throws {
        let target = try TwoModules(try program())
        let isolated = IsolatedDebugInfo(modules: target.modules, memory: NoMemory(), options: Self.options)
        _ = isolated.unwindRules(for: target.lookups)
        kill(try #require(isolated.workers[0]?.process), SIGSEGV)
        #expect(isolated.unwindRules(for: target.lookups).allSatisfy { $0 != nil })
        #expect(isolated.gaps.map(\.subject) == [.process])
    }

    @Test func tooManyDeathsAreTheEnd() throws {
        let target = try TwoModules(try program())
        var limits = IsolatedLimits()
        limits.deaths = 2
        let isolated = IsolatedDebugInfo(
            modules: target.modules, memory: NoMemory(), options: Self.options, limits: limits)
        for _ in 0..<2 {
            _ = isolated.unwindRules(for: target.lookups)
            if let process = isolated.workers[0]?.process { kill(process, SIGKILL) }
        }
        #expect(isolated.unwindRules(for: target.lookups) == [nil, nil])
        #expect(isolated.workers[0] == nil)
        #expect(!isolated.gaps.isEmpty)
    }

    @Test func aFileBeyondTheMemoryLimitIsAGap() throws {
        let target = try TwoModules(try program())
        // Sparse: large to map, nothing on disk.
        truncate(target.broken, 1 << 30)
        var limits = IsolatedLimits()
        limits.addressSpaceBytes = 256 << 20
        let isolated = IsolatedDebugInfo(
            modules: target.modules, memory: NoMemory(), options: Self.options, limits: limits)
        let records = isolated.symbolize(target.lookups, detail: .lines)
        #expect(records.map(\.source.isEmpty) == [true, false])
        #expect(isolated.gaps.contains { $0.subject == .module(target.broken) })
    }

    @Test func childrenEndWithTheirOwnerAndHoldNoOutput() throws {
        let target = try TwoModules(try program())
        var isolated: IsolatedDebugInfo? = IsolatedDebugInfo(
            modules: target.modules, memory: NoMemory(), options: Self.options)
        _ = isolated?.unwindRules(for: target.lookups)
        let process = try #require(isolated?.workers[0]?.process)
        for descriptor in 0...2 {
            let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(descriptor)")
            #expect(path == "/dev/null")
        }
        let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").dropFirst(4).first == "0")
        isolated = nil
        #expect(kill(process, 0) == -1 && errno == ESRCH, "killed, and no zombie")
    }
}
