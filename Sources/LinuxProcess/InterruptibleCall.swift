import CLinux
import Glibc
import ProcessModel

/// System calls that return EINTR to the program when its thread is stopped and goes on, with no signal handler
/// anywhere.
///
/// Source: signal(7), "Interruption of system calls and library functions by stop signals", whose list holds for a
/// ptrace stop, too, since both wake the sleeper the same way. Added to it from the kernel's sources, which return
/// EINTR and not one of the restart codes when a signal is pending: io_getevents and io_pgetevents (fs/aio.c),
/// io_uring_enter (io_uring/), and read, write and their kin on a socket with a timeout (sock_intr_errno in
/// include/net/sock.h).
enum InterruptibleCall {
    enum Answer: Equatable {
        case restarts
        /// The call's name.
        case interrupted(String)
    }

    /// Whether a stop would end `call` with EINTR.
    ///
    /// For calls on a socket its timeouts are asked for, through a duplicate of the descriptor that lives for one call;
    /// where that is not possible (kernels before 5.6), a socket counts as one that has them.
    static func answer(for call: SystemCall, of process: ProcessID) -> Answer {
        if let name = always[call.number] { return .interrupted(name) }
        guard let socketCall = onSockets[call.number], let first = call.arguments.first else { return .restarts }
        if call.number == SystemCallNumber.recvmmsg, call.arguments.count > 4, call.arguments[4] != 0 {
            return .interrupted(socketCall.name)
        }
        let descriptor = Int32(truncatingIfNeeded: first)
        var receive = timeval()
        var send = timeval()
        let code = clinux_socket_timeouts(process.rawValue, descriptor, &receive, &send)
        switch code {
        case 0:
            let timeout = socketCall.isInput ? receive : send
            return timeout.tv_sec != 0 || timeout.tv_usec != 0 ? .interrupted(socketCall.name) : .restarts
        case -ENOTSOCK, -EBADF:
            return .restarts
        default:
            let isSocket = (try? ProcFile.link("/proc/\(process)/fd/\(descriptor)"))?.hasPrefix("socket:") ?? true
            return isSocket ? .interrupted(socketCall.name) : .restarts
        }
    }

    /// Whether the call of that number is one of those that may end with EINTR, timeouts aside.
    static func name(of number: Int) -> String? { always[number] ?? onSockets[number]?.name }

    private static let always: [Int: String] = [
        SystemCallNumber.epollWait: "epoll_wait",
        SystemCallNumber.epollPwait: "epoll_pwait",
        SystemCallNumber.epollPwait2: "epoll_pwait2",
        SystemCallNumber.semop: "semop",
        SystemCallNumber.semtimedop: "semtimedop",
        // Both sigtimedwait(2) and sigwaitinfo(2).
        SystemCallNumber.rtSigtimedwait: "sigtimedwait",
        SystemCallNumber.ioGetevents: "io_getevents",
        SystemCallNumber.ioPgetevents: "io_pgetevents",
        SystemCallNumber.ioUringEnter: "io_uring_enter",
    ]

    private static let onSockets: [Int: (name: String, isInput: Bool)] = [
        SystemCallNumber.read: ("read", true),
        SystemCallNumber.readv: ("readv", true),
        SystemCallNumber.accept: ("accept", true),
        SystemCallNumber.accept4: ("accept4", true),
        SystemCallNumber.recvfrom: ("recv", true),
        SystemCallNumber.recvmsg: ("recvmsg", true),
        SystemCallNumber.recvmmsg: ("recvmmsg", true),
        SystemCallNumber.write: ("write", false),
        SystemCallNumber.writev: ("writev", false),
        SystemCallNumber.connect: ("connect", false),
        SystemCallNumber.sendto: ("send", false),
        SystemCallNumber.sendmsg: ("sendmsg", false),
        SystemCallNumber.sendmmsg: ("sendmmsg", false),
        SystemCallNumber.sendfile: ("sendfile", false),
    ]
}
