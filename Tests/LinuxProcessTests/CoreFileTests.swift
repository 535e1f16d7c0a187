import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

@Suite struct CoreFileTests {
    @Test func gcoreOfALiveProcess() throws {
        let sample = try CoreSamples.gcore.get()
        let image = try CoreFile(path: sample.path).image()
        #expect(image.process.id == ProcessID(sample.process))
        #expect(image.threads.map(\.thread.id.rawValue).sorted() == sample.threads)
        #expect(image.crash == nil)
        #expect(image.process.executable == sample.executable)
        #expect(image.process.commandLine == [sample.executable, "8"])
        #expect(image.gaps == [])
        #expect(image.modules.contains { $0.path == "[vdso]" })
        // Every mapping of a file as the live process had it; inodes are not in a core.
        let live = sample.mappings.filter { $0.path.hasPrefix("/") }.map { mapping in
            var mapping = mapping
            mapping.inode = 0
            return mapping
        }
        #expect(live.count > 10)
        #expect(image.mappings.filter { $0.path.hasPrefix("/") } == live)
        #expect(Set(image.modules.map(\.path)) == Set(live.map(\.path) + ["[vdso]"]))
        for thread in image.threads {
            #expect(thread.thread.name == nil)
            #expect(thread.stackEnd != nil)
            // futex, or pause for the main thread.
            let call = try #require(thread.thread.systemCall)
            #expect(call.number == (thread.thread.id.rawValue == sample.process ? 34 : 202))
            // glibc's thread control block begins with a pointer to itself (tcbhead_t, sysdeps/x86_64/nptl/tls.h).
            let pointer = try #require(thread.threadPointer)
            #expect(image.memory.loadAddress(pointer) == pointer)
        }
    }

    @Test func kernelCoreOfACrash() throws {
        let sample = try CoreSamples.kernel.get()
        let image = try CoreFile(path: sample.path).image()
        #expect(image.gaps == [])
        #expect(image.threads.count == 9)
        let crash = try #require(image.crash)
        #expect(crash.signal == Int(SIGSEGV))
        #expect(crash.code == 1)  // SEGV_MAPERR
        #expect(crash.faultAddress == Address(0x10))
        #expect(crash.thread?.rawValue == image.process.id?.rawValue)
        #expect(crash.thread == image.threads[0].thread.id)
        #expect(image.threads[0].thread.systemCall == nil)
        #expect(image.process.commandLine == [sample.executable, "8", "crash", "now"])
        #expect(image.threads.dropFirst().allSatisfy { $0.thread.systemCall?.number == 202 })
    }

    /// The code is not in a core; it must come from the file, byte by byte.
    @Test func codeComesFromTheFile() throws {
        for sample in [try CoreSamples.kernel.get(), try CoreSamples.gcore.get()] {
            let image = try CoreFile(path: sample.path).image()
            let main = try #require(image.modules.first { $0.isExecutable })
            let output = try run(["readelf", "-sW", sample.executable]).output
            let line = try #require(output.split(separator: "\n").first { $0.hasSuffix(" parked_main") })
            let value = try #require(UInt64(line.split(separator: " ")[1], radix: 16))
            let code = try #require(image.memory.bytes(Address(value) + main.loadBias, count: 16))
            let file = try Data(contentsOf: URL(fileURLWithPath: sample.executable))
            // In this small program offset and address of the code are equal.
            #expect(code == Array(file[Int(value)..<Int(value) + 16]))
        }
    }

    /// A signal that somebody sent: the sender stands in the siginfo, and no address.
    @Test func coreOfASignalThatWasSent() throws {
        let program = try FixtureProgram(["parked.c"])
        let core = try CoreSamples.kernelCore(name: "abort", program, ["2"], signal: "ABRT")
        let image = try CoreFile(path: core).image()
        let crash = try #require(image.crash)
        #expect(crash.signal == Int(SIGABRT))
        #expect(crash.code == 0)  // SI_USER
        #expect(crash.sender != nil && crash.sender != image.process.id)
        #expect(crash.faultAddress == nil)
        // The signal woke the main thread from pause.
        #expect(image.threads[0].thread.systemCall?.number == 34)
        #expect(image.threads.count == 3)
    }

    /// With ELF headers left out (bit 4 of coredump_filter) nothing in memory tells whether a file is the right one.
    @Test func coreWithoutElfHeaders() throws {
        let program = try FixtureProgram(["parked.c"])
        let core = try CoreSamples.kernelCore(name: "filter", program, ["2", "crash", "now"], filter: "0x23")
        let image = try CoreFile(path: core).image()
        let main = try #require(image.modules.first { $0.isExecutable })
        #expect(main.content == .file(path: program.executable.path))
        #expect(main.loadBias == main.start.rawValue)
        let id = try ModuleResolverTests().buildID(of: program.executable.path)
        #expect(main.buildID?.description == id)
        let unverified = image.gaps.filter { $0.operation.hasPrefix("compare the file's build id") }
        let files = image.modules.filter { $0.path.hasPrefix("/") }
        #expect(Set(unverified.map(\.subject)) == Set(files.map { .module($0.path) }))
        // A file of another layout is not taken.
        let other = try FixtureProgram(["images.c"])
        let wrong = try CoreFile(path: core, options: CoreOptions(executable: other.executable.path)).image()
        #expect(wrong.modules.first { $0.isExecutable }?.content == .file(path: program.executable.path))
        #expect(wrong.gaps.contains { $0.subject == .file(other.executable.path) })
    }

    @Test(arguments: [["-static"], ["-no-pie"], ["-static-pie"]]) func coresOfOtherKinds(_ flags: [String]) throws {
        let program = try FixtureProgram(["parked.c"], flags: ["-g", "-O2", "-pthread"] + flags)
        let name = "kind" + flags.joined()
        let core = try CoreSamples.kernelCore(name: name, program, ["2", "crash", "now"])
        let image = try CoreFile(path: core).image()
        let main = try #require(image.modules.first { $0.isExecutable })
        #expect(main.content == .file(path: program.executable.path))
        #expect(main.loadBias == (flags == ["-static-pie"] ? main.start.rawValue : 0))
        #expect(image.threads.count == 3)
        #expect(image.gaps == [])
        let pc = try #require(image.threads[0].thread.registers.programCounter)
        #expect(main.contains(pc))
    }

    /// Names in a core may lead anywhere; what is no file of a disk is not opened.
    @Test(arguments: [
        "/proc/self/maps", "/sys/kernel/mm/transparent_hugepage/enabled", "/dev/null", "/", "/nonexistent",
    ])
    func onlyFilesOfADiskAreOpened(_ path: String) {
        #expect(throws: LinuxProcessError.self) { try CoreFile(path: path) }
    }
}
