import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

/// Targets that cannot be captured, or not in the usual way.
@Suite struct TargetTests {
    private func states(_ arguments: String...) throws -> RunningProgram {
        try FixtureProgram(["states.c"]).start(arguments)
    }

    private func child(of program: RunningProgram) throws -> Int32 {
        let line = try #require(program.output.split(separator: "\n").first { $0.hasPrefix("child ") })
        return try #require(Int32(line.dropFirst("child ".count)))
    }

    private func failure(_ process: Int32) -> LinuxProcessError? {
        do throws(LinuxProcessError) {
            _ = try LiveCapture(process: ProcessID(process)).capture()
            return nil
        } catch {
            return error
        }
    }

    private func capture(
        _ process: Int32, _ mode: LiveCaptureOptions.Mode = .hybrid, complete: Bool = true
    ) throws -> ProcessImage {
        var options = LiveCaptureOptions()
        options.mode = mode
        let capture = try LiveCapture(process: ProcessID(process), options: options)
        var image = try capture.capture()
        if complete { capture.completeRegisters(of: image.threads.map(\.thread.id), in: &image) }
        return image
    }

    @Test func aProcessThatIsNotThere() {
        let error = failure(0x3fff_fff0)
        #expect(error == .noSuchProcess(ProcessID(0x3fff_fff0)))
        #expect(error?.help?.contains("ps") == true)
        #expect(failure(-1) == .noSuchProcess(ProcessID(-1)))
    }

    @Test func aZombieNamesItsParent() throws {
        let program = try states("zombie")
        let child = try child(of: program)
        let error = try #require(failure(child))
        #expect(error == .zombie(ProcessID(child), parent: ProcessID(program.processIdentifier)))
        #expect("\(error)".contains("parent, pid \(program.processIdentifier), has not reaped it"))
        #expect(error.help?.contains("\(program.processIdentifier)") == true)
    }

    /// Where the pid namespace has any: kthreadd is pid 2 of the first one.
    @Test func aThreadOfTheKernel() throws {
        let name = try? String(contentsOfFile: "/proc/2/comm", encoding: .utf8)
        guard name == "kthreadd\n" else { return }
        #expect(failure(2) == .kernelThread(ProcessID(2)))
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll])
    func uninterruptibleSleepIsReadWithoutAStop(_ mode: LiveCaptureOptions.Mode) throws {
        let program = try states("vfork")
        let begin = Date()
        let image = try capture(program.processIdentifier, mode)
        #expect(Date().timeIntervalSince(begin) < 5)
        let thread = try #require(image.threads.first { $0.thread.name == "vforker" })
        #expect(thread.thread.state == .diskSleep)
        #expect(thread.thread.instant.proof == .runCountUnchanged)
        #expect(thread.stackEnd != nil)
        let gap = try #require(image.gaps.first { $0.subject == .thread(thread.thread.id) })
        #expect(gap.reason.contains("uninterruptible sleep; kernel wait channel"))
        #expect(gap.reason.contains(try #require(thread.thread.kernelWaitChannel)))
        // Nobody is left attached to it.
        #expect(TargetThreads.tracer(program.processIdentifier) == 0)
    }

    @Test func theFirstThreadHasEnded() throws {
        let program = try states("leaderless")
        let process = program.processIdentifier
        #expect(TargetThreads.wait { TargetThreads.state(process, process) == "Z" })
        for mode in [LiveCaptureOptions.Mode.hybrid, .stopAll] {
            let image = try capture(process, mode)
            let survivor = try #require(image.threads.first { $0.thread.name == "survivor" })
            #expect(survivor.thread.registers.known == 0x1ffff)
            #expect(survivor.stackEnd != nil)
            #expect(image.modules.contains { $0.path.contains("libc.so") })
            let leader = try #require(image.threads.first { $0.thread.id.rawValue == process })
            #expect(leader.thread.state == .zombie)
            #expect(leader.stackEnd == nil && leader.thread.registers.known == 0)
            // It has no stack that could be missing.
            #expect(image.gaps.isEmpty)
        }
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll])
    func aTracedProcessIsReadWithoutAStop(_ mode: LiveCaptureOptions.Mode) throws {
        let program = try FixtureProgram(["cond.c"]).start(["5"])
        for stop in [[], ["stop"]] {
            let tracer = try FixtureProgram(["tracer.c"]).start(["\(program.processIdentifier)"] + stop)
            let image = try capture(program.processIdentifier, mode)
            #expect(image.threads.count == 6)
            #expect(image.threads.allSatisfy { $0.stackEnd != nil && $0.thread.instant.proof == .runCountUnchanged })
            #expect(image.timing.stoppedThreads == 0)
            let gap = try #require(image.gaps.first { $0.subject == .process })
            #expect(gap.reason.contains("already traced by pid \(tracer.processIdentifier) (tracer-"))
            #expect(TargetThreads.tracer(program.processIdentifier) == tracer.processIdentifier)
        }
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll])
    func aProcessThatEndsMeanwhile(_ mode: LiveCaptureOptions.Mode) throws {
        for turn in 0..<15 {
            let program = try states("exit", "\(turn * 500)")
            var error: LinuxProcessError?
            let begin = Date()
            while error == nil, Date().timeIntervalSince(begin) < 20 {
                do throws(LinuxProcessError) {
                    var options = LiveCaptureOptions()
                    options.mode = mode
                    let capture = try LiveCapture(process: ProcessID(program.processIdentifier), options: options)
                    while true {
                        var image = try capture.capture()
                        capture.completeRegisters(of: image.threads.map(\.thread.id), in: &image)
                    }
                } catch let failure { error = failure }
            }
            switch error {
            case .ended?, .noSuchProcess?, .zombie?: break
            default: Issue.record("\(String(describing: error))")
            }
        }
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll])
    func aProcessThatReplacesItself(_ mode: LiveCaptureOptions.Mode) throws {
        let program = try states("exec", "3000")
        for _ in 0..<20 {
            do throws(LinuxProcessError) {
                var options = LiveCaptureOptions()
                options.mode = mode
                let image = try LiveCapture(process: ProcessID(program.processIdentifier), options: options).capture()
                #expect(!image.threads.isEmpty)
            } catch {
                guard case .ended = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
        #expect(program.process.isRunning)
        #expect(TargetThreads.wait { TargetThreads.tracer(program.processIdentifier) == 0 })
        // It goes on replacing itself: nothing of it is held.
        #expect(TargetThreads.wait { TargetThreads.ids(program.processIdentifier).count == 1 })
        #expect(TargetThreads.wait { TargetThreads.ids(program.processIdentifier).count > 1 })
    }

    @Test func threadIDsOfAnotherNamespace() throws {
        let fixture = try FixtureProgram(["states.c"])
        // Root of a namespace of users may make one of pids.
        let unshare = Process()
        unshare.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        let users = geteuid() == 0 ? [] : ["--user", "--map-root-user"]
        unshare.arguments = users + ["--pid", "--fork", "--kill-child", fixture.executable.path, "leaderless"]
        let pipe = Pipe()
        unshare.standardOutput = pipe
        try unshare.run()
        defer {
            // The child is the first process of its namespace and ends with its parent.
            kill(unshare.processIdentifier, SIGKILL)
            unshare.waitUntilExit()
        }
        #expect(String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) == "ready 1\n")
        let children = "/proc/\(unshare.processIdentifier)/task/\(unshare.processIdentifier)/children"
        let handle = try #require(FileHandle(forReadingAtPath: children))
        let text = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        let process = try #require(Int32(text.split(separator: " ")[0]))
        let image = try capture(process)
        let survivor = try #require(image.threads.first { $0.thread.name == "survivor" })
        #expect(survivor.namespaceID == ThreadID(2))
        #expect(survivor.thread.id.rawValue > 2)
    }

    @Test func otherPeoplesProcesses() throws {
        // As nobody: root's process; as whoever runs this test, when it is not root: that of the first process.
        let isRoot = geteuid() == 0
        let program = try states("nobody")
        let own = try CaptureLoop(program.processIdentifier, "once", user: isRoot ? 65534 : nil).lines()
        #expect(own == ["threads 1"])

        let roots = try CaptureLoop(isRoot ? getpid() : 1, "once", user: isRoot ? 65534 : nil).lines()
        #expect(roots.first?.hasPrefix("error No permission to") == true)
        #expect(roots.last?.contains("It belongs to user id 0") == true)
        #expect(roots.last?.contains("sudo -u '#0'") == true)

        let hidden = try states("undumpable")
        let refused = try CaptureLoop(hidden.processIdentifier, "once", user: isRoot ? 65534 : nil).lines()
        #expect(refused.first?.hasPrefix("error No permission to") == true)
        #expect(refused.last?.contains("not dumpable") == true)
    }
}
