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

    /// Names in a core may lead anywhere; what is no file of a disk is not opened.
    @Test(arguments: [
        "/proc/self/maps", "/sys/kernel/mm/transparent_hugepage/enabled", "/dev/null", "/", "/nonexistent",
    ])
    func onlyFilesOfADiskAreOpened(_ path: String) {
        #expect(throws: LinuxProcessError.self) { try CoreFile(path: path) }
    }
}
