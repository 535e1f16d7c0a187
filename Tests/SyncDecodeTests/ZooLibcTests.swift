import Foundation
import LinuxProcess
import ProcessModel
import SyncDecode
import TestSupport
import Testing

@Suite("Waits on objects of libc, each blocking primitive once")
struct ZooLibcTests {
    static let flags: [[String]] = [["-g", "-O0", "-pthread"], ["-g", "-O2", "-pthread"], ["-s", "-O2", "-pthread"]]

    @Test("live, without a stop", arguments: flags)
    func live(flags: [String]) throws {
        let program = try FixtureProgram(["zoo.c"], flags: flags).start()
        LibcZoo.check(try Zoo.live(program))
        // eu-stack has stopped it: timed waits now stand in restart_syscall.
        let timed = Zoo.cages(program.output).first { $0.name == "cond-timed" }?.thread.rawValue ?? 0
        let call = try String(
            contentsOfFile: "/proc/\(program.processIdentifier)/task/\(timed)/syscall", encoding: .utf8)
        #expect(call.hasPrefix("219 "))
        LibcZoo.check(try Zoo.live(program))
    }

    @Test("in a core of gcore", arguments: flags)
    func core(flags: [String]) throws {
        LibcZoo.check(try Zoo.core(try FixtureProgram(["zoo.c"], flags: flags).start()))
    }

    /// A machine without libc6-dbg: the waits in functions that libc does not export are told by its code.
    @Test("live, without debug information of libc", arguments: flags)
    func stripped(flags: [String]) throws {
        let program = try FixtureProgram(["zoo.c"], flags: flags).start()
        let stacks = try ElfutilsStacks.ofProcess(program.processIdentifier, debugInfo: false)
        let semaphore = try #require(Zoo.cages(program.output).first { $0.name == "sem" }?.thread)
        #expect(stacks[semaphore]?.first?.functions == [])
        LibcZoo.check(try Zoo.live(program, debugInfo: false))
    }

    /// No libc.so.6 tells the release, and there is no debug information of libc: names and probes alone.
    @Test("in a static program")
    func staticProgram() throws {
        let program = try FixtureProgram(["zoo.c"], flags: ["-O2", "-pthread", "-static"]).start()
        let zoo = try Zoo.live(program)
        for (name, kind) in LibcZoo.kinds {
            let found = zoo.found[name]
            #expect(found?.wait?.kind == kind, "\(name)")
            let isProven = !["mutex-orphan", "cond-destroy"].contains(name)
            #expect(found?.object?.layout == (isProven ? .probed : .unknown), "\(name)")
            if isProven, kind != .once { #expect(found?.wait?.owner?.rawValue ?? 0 == found?.cage.owner, "\(name)") }
        }
    }

    @Test("robust mutexes that a thread holds, from its list")
    func robustList() throws {
        let program = try FixtureProgram(["zoo.c"]).start()
        let process = ProcessID(program.processIdentifier)
        var options = LiveCaptureOptions()
        options.mode = .noStop
        let image = try LiveCapture(process: process, options: options).capture()
        var decoder = SyncDecoder(
            image: image, descriptors: KernelObjectsInspector(process: process), dataSymbol: { _ in nil })
        decoder.addHeldRobustMutexes()
        let cages = Zoo.cages(program.output)
        let holder = try #require(cages.first { $0.name == "holder" }).thread
        let expected = ["mutex-robust", "mutex-robshared", "mutex-pirobust"].map { name in
            cages.first { $0.name == name }?.object
        }
        #expect(Set(decoder.objects.map { Optional($0.id.rawValue) }) == Set(expected))
        #expect(decoder.objects.allSatisfy { $0.owners == [holder] && $0.has(.robust) && $0.layout == .probed })
    }
}
