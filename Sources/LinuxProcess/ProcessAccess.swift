import Glibc
import ProcessModel

/// Why the kernel does not let us trace a process, as far as it can be found out (ptrace(2), "Ptrace access mode
/// checking").
struct ProcessAccess {
    let process: ProcessID
    /// The process's own status; readable by everybody.
    let status: TaskStatus?

    init(_ process: ProcessID, status: TaskStatus?) {
        self.process = process
        self.status = status
    }

    func denied(operation: String, code: Int32) -> LinuxProcessError {
        .permissionDenied(process, operation: operation, errno: code, advice: advice)
    }

    /// What to do about it, as a sentence or two. The checks are in the kernel's order: user ids, dumpable, Yama.
    var advice: String {
        let users = Set((status?.userIDs ?? []).prefix(3))
        let ours = geteuid()
        if users.count > 1 {
            return "The program runs set-user-id (user ids \(list(users))): run this command as root, "
                + "or give it CAP_SYS_PTRACE (`setcap cap_sys_ptrace+ep`)."
        }
        if let user = users.first, user != ours, ours != 0 {
            return "It belongs to user id \(user), this command runs as \(ours): run it with "
                + "`sudo -u '#\(user)'` or as root."
        }
        if ours != 0, let owner = fileOwner, owner != ours {
            return "The process has made itself not dumpable (prctl PR_SET_DUMPABLE, a set-user-id program, or an "
                + "executable without read permission): run this command as root or with CAP_SYS_PTRACE."
        }
        switch Self.yamaScope {
        case 1:
            return "kernel.yama.ptrace_scope is 1: only a parent may look into its children. Run this command as root, "
                + "or set it to 0 (`sysctl kernel.yama.ptrace_scope=0`)."
        case 2:
            return "kernel.yama.ptrace_scope is 2: run this command as root or with CAP_SYS_PTRACE."
        case 3?:
            return "kernel.yama.ptrace_scope is 3: no process may be traced until the machine is started anew with "
                + "another value."
        default:
            return "In a container, start it with `--cap-add=SYS_PTRACE` (or run this command on the host); else a "
                + "security module (SELinux, AppArmor, seccomp) forbids it: its log says so."
        }
    }

    /// The files in `/proc/PID`, not the directory itself, belong to root when the process is not dumpable (proc(5)).
    private var fileOwner: UInt32? {
        var information = Glibc.stat()
        return stat("/proc/\(process)/status", &information) == 0 ? information.st_uid : nil
    }

    /// Nil where the kernel has no Yama.
    static var yamaScope: Int? {
        guard let bytes = try? ProcFile.read("/proc/sys/kernel/yama/ptrace_scope", limit: 16) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self).filter { $0.isNumber })
    }

    private func list(_ users: Set<UInt32>) -> String {
        users.sorted().map(String.init).joined(separator: ", ")
    }
}
