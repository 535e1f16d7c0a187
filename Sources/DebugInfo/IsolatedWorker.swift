import CLinux
import Glibc
import ProcessModel

/// One child process as its parent holds it. Killed and waited for when released: it never becomes a zombie.
final class IsolatedWorker {
    /// How a child ended.
    enum Death: Hashable {
        case signal(Int32)
        case exit(Int32)
        /// It did not answer in time and was killed.
        case deadline
        /// It answered what it must not, and was killed.
        case malformed(String)

        var reason: String {
            switch self {
            case .signal(let number): "the isolated reader was ended by signal \(number) (\(Self.name(number)))"
            case .exit(let status): "the isolated reader left with status \(status)"
            case .deadline: "the isolated reader did not answer in time"
            case .malformed(let problem): problem
            }
        }

        private static func name(_ number: Int32) -> String {
            strsignal(number).map { String(cString: $0) } ?? "unknown"
        }
    }

    let process: pid_t
    let marker: IsolatedMarker
    /// Non-blocking.
    let socket: Int32
    private var death: Death?

    /// Forks a child. Only for a process with one thread: another thread's locks would stay taken in the child for
    /// ever. `closing` are the parent's ends of the other children's sockets, which this child must not keep open.
    init(
        closing others: [Int32], _ makeChild: (_ socket: Int32, _ marker: IsolatedMarker) -> IsolatedChild
    ) throws(DebugInfoError) {
        var ends: InlineArray<2, Int32> = .init(repeating: -1)
        var span = ends.mutableSpan
        let paired = span.withUnsafeMutableBufferPointer {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, $0.baseAddress)
        }
        guard paired == 0 else { throw .child(operation: "make a socket pair", errno: errno) }
        let (ours, childs) = (ends[0], ends[1])
        let marker: IsolatedMarker
        do throws(DebugInfoError) {
            marker = try IsolatedMarker()
        } catch {
            close(ours)
            close(childs)
            throw error
        }
        let child = makeChild(childs, marker)
        let process = clinux_fork()
        if process == 0 {
            close(ours)
            for descriptor in others { close(descriptor) }
            child.run()
        }
        close(childs)
        guard process > 0 else {
            close(ours)
            throw .child(operation: "fork an isolated reader", errno: -process)
        }
        _ = fcntl(ours, F_SETFL, O_NONBLOCK)
        self.process = process
        self.socket = ours
        self.marker = marker
    }

    deinit {
        end(as: .deadline)
        close(socket)
    }

    /// Kills the child if it still lives, waits for it, and says how it ended: as the kernel tells where it ended by
    /// itself, `killedAs` where it had to be killed.
    @discardableResult
    func end(as killedAs: Death) -> Death {
        if let death { return death }
        var status: Int32 = 0
        var ended = waitpid(process, &status, WNOHANG)
        var result = killedAs
        if ended == process {
            result = Self.death(status)
        } else {
            kill(process, SIGKILL)
            repeat { ended = waitpid(process, &status, 0) } while ended < 0 && errno == EINTR
        }
        death = result
        return result
    }

    /// The stream has ended: the child is dying. What it dies of, or, when it does not, that it left.
    func endOfStream() -> Death {
        if let death { return death }
        var status: Int32 = 0
        // The kernel closes the descriptors of a dying process before it can be waited for, and before a large address
        // space is taken down.
        for _ in 0..<1_000 {
            if waitpid(process, &status, WNOHANG) == process {
                let result = Self.death(status)
                death = result
                return result
            }
            usleep(1_000)
        }
        return end(as: .malformed("the isolated reader closed its end and did not leave"))
    }

    /// The status macros of wait(2) are function-like: the low 7 bits are the signal, the next byte the exit status.
    private static func death(_ status: Int32) -> Death {
        let signal = status & 0x7f
        return signal != 0 ? .signal(signal) : .exit(status >> 8 & 0xff)
    }
}
