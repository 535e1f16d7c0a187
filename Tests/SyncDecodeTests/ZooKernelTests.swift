import Foundation
import LinuxProcess
import ProcessModel
import SyncDecode
import TestSupport
import Testing

@Suite("Waits on the kernel")
struct ZooKernelTests {
    static let kinds: [String: WaitKind] = [
        "read-pipe": .read, "write-pipe": .write, "read-event": .read, "read-timer": .read, "inotify": .inotify,
        "recv-unix": .receive, "recv-tcp": .receive, "send": .send, "accept": .accept, "connect": .connect,
        "poll": .poll, "poll-timed": .poll, "select": .select, "epoll": .epoll, "flock": .fileLock,
        "fcntl": .fileLock, "semop": .semaphoreSet, "msgrcv": .messageQueue, "nanosleep": .sleep,
        "sleep-until": .sleep, "sigwait": .signal, "waitpid": .child, "waitid": .child, "pause": .signal,
    ]

    @Test("live, with what is behind each descriptor")
    func live() throws {
        let program = try FixtureProgram(["zoo-kernel.c"]).start()
        let process = ProcessID(program.processIdentifier)
        var options = LiveCaptureOptions()
        options.mode = .noStop
        options.objectRanges = { SyncWindow.ranges(for: $0, memory: $1) }
        let image = try LiveCapture(process: process, options: options).capture()
        let zoo = Zoo(image, stacks: [:], kernel: KernelObjectsInspector(process: process), output: program.output)
        checkKinds(zoo, kinds: Self.kinds)
        let own = [process]

        #expect(target(zoo, "read-pipe")?.detail == "pipe, writing end open in this process")
        #expect(target(zoo, "read-pipe")?.peers == own)
        #expect(target(zoo, "read-pipe")?.target?.hasPrefix("pipe:[") == true)
        #expect(target(zoo, "write-pipe")?.detail == "pipe, reading end open in this process")
        #expect(target(zoo, "read-event")?.detail == "event counter at 0")
        #expect(target(zoo, "read-timer")?.detail?.hasPrefix("timer, expires in 99999.") == true)
        #expect(target(zoo, "inotify")?.detail == "1 watches")
        #expect(target(zoo, "recv-unix")?.detail == "Unix stream, other end in this process")
        #expect(target(zoo, "recv-unix")?.peers == own)
        #expect(target(zoo, "recv-tcp")?.detail?.contains("established, other end in this process") == true)
        #expect(target(zoo, "recv-tcp")?.detail?.hasPrefix("TCP 127.0.0.1:") == true)
        #expect(target(zoo, "accept")?.detail?.hasSuffix(", listening") == true)
        #expect(target(zoo, "epoll")?.detail?.hasPrefix("epoll set of 2 (") == true)
        #expect(target(zoo, "epoll")?.detail?.contains("event counter at 0") == true)
        for name in ["flock", "fcntl"] {
            #expect(target(zoo, name)?.peers.map(\.rawValue) == [zoo.found[name]?.cage.owner ?? 0], "\(name)")
        }
        #expect(zoo.found["fcntl"]?.wait?.summary.contains("held by pid") == true)
        #expect(zoo.found["waitpid"]?.wait?.summary.contains("pid \(zoo.found["waitpid"]!.cage.owner)") == true)
        #expect(zoo.found["waitid"]?.wait?.summary.hasPrefix("waitid(any child), children: ") == true)
        #expect(zoo.found["semop"]?.wait?.summary.contains("semaphore 0 by -1") == true)
        #expect(zoo.found["sigwait"]?.wait?.summary == "rt_sigtimedwait(signals 10)")
        checkSets(zoo)
        checkTimes(zoo)
    }

    /// The look-ups need no stop, so the calls that a stop would end are still blocked.
    @Test("is left alone")
    func undisturbed() throws {
        let program = try FixtureProgram(["zoo-kernel.c"]).start()
        let process = ProcessID(program.processIdentifier)
        let inspector = KernelObjectsInspector(process: process)
        for descriptor in Int32(0)..<40 { _ = inspector.descriptor(descriptor) }
        _ = inspector.children()
        usleep(50_000)
        #expect(program.newOutput() == "")
        #expect(inspector.descriptor(4000) == nil)
        #expect(inspector.descriptor(-1) == nil)
    }

    /// A stop ends epoll_wait, semop and sigtimedwait with EINTR, so a core of gcore has most of the calls, but not
    /// all. There is no kernel to ask, so descriptors stay numbers.
    @Test("in a core: numbers, times and arguments without the kernel")
    func core() throws {
        let program = try FixtureProgram(["zoo-kernel.c"]).start()
        let prefix = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-\(UUID().uuidString)").path
        let path = "\(prefix).\(program.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try run(["gcore", "-o", prefix, String(program.processIdentifier)]).status == 0)
        let stacks = try ElfutilsStacks.ofCore(path, executable: program.process.executableURL?.path ?? "")
        let zoo = Zoo(try CoreFile(path: path).image(), stacks: stacks, kernel: nil, output: program.output)
        var kinds = Self.kinds.filter { !["epoll", "semop", "sigwait"].contains($0.key) }
        // Only the kernel knows that this descriptor is one of inotify(7).
        kinds["inotify"] = .read
        checkKinds(zoo, kinds: kinds)
        for name in ["read-pipe", "accept", "flock"] {
            #expect(target(zoo, name)?.target == nil)
            #expect(target(zoo, name)?.peers == [])
        }
        checkSets(zoo)
    }

    private func target(_ zoo: Zoo, _ name: String) -> FileDescriptorTarget? {
        zoo.found[name]?.wait?.descriptors.first
    }

    private func checkKinds(_ zoo: Zoo, kinds: [String: WaitKind]) {
        for (name, kind) in kinds {
            let found = zoo.found[name]
            #expect(found?.wait?.kind == kind, "\(name): \(String(describing: found?.wait))")
            let hasDescriptor = [.read, .write, .receive, .send, .accept, .connect, .poll, .select, .epoll, .fileLock]
                .contains(kind)
            if hasDescriptor {
                #expect(
                    found?.wait?.descriptors.first?.descriptor == found?.cage.object.map { Int32($0.rawValue) },
                    "\(name)")
            }
        }
    }

    private func checkSets(_ zoo: Zoo) {
        #expect(zoo.found["poll"]?.wait?.descriptors.count == 2)
        #expect(zoo.found["poll"]?.wait?.isTimed == false)
        #expect(zoo.found["select"]?.wait?.descriptors.count == 2)
        #expect(zoo.found["poll-timed"]?.wait?.isTimed == true)
    }

    private func checkTimes(_ zoo: Zoo) {
        #expect(zoo.found["poll-timed"]?.wait?.timeoutNanoseconds == 100_000_000 * 1_000_000)
        #expect(zoo.found["nanosleep"]?.wait?.timeoutNanoseconds == 100_000 * 1_000_000_000)
        #expect(zoo.found["select"]?.wait?.isTimed == true)
        let left = zoo.found["sleep-until"]?.wait?.timeoutNanoseconds ?? 0
        #expect(left > 99_000 * 1_000_000_000 && left <= 100_000 * 1_000_000_000)
    }
}
