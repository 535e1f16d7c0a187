import Glibc
import ProcessModel

/// Why a process or a core could not be captured at all. What is only missing in part is a `Gap` instead.
public enum LinuxProcessError: Error, Hashable, Sendable {
    /// There is no process with that id in our pid namespace, or /proc hides it (hidepid).
    case noSuchProcess(ProcessID)
    /// The process has ended and only its exit status is left.
    case zombie(ProcessID, parent: ProcessID?)
    /// A thread of the kernel: no user memory, no user stack.
    case kernelThread(ProcessID)
    /// The kernel does not let us read the process. `advice` says what was found out about the reason.
    case permissionDenied(ProcessID, operation: String, errno: Int32, advice: String)
    /// The ELF header of `path` names a machine or a class that cannot be decoded.
    case unsupportedArchitecture(path: String, Architecture)
    /// The process ended, or replaced itself with exec, while it was being read.
    case ended(ProcessID, operation: String)
    /// A system call failed; `subject` is what it was about: a path, or "pid 42".
    case systemCall(operation: String, subject: String, errno: Int32)
    /// A file does not have the form that it must have.
    case malformed(path: String, operation: String, reason: String)
    /// Readable, and something else than a core; `kind` says what: "is empty".
    case notACore(path: String, kind: String)
    /// A core in a form that cannot be unpacked here; `command` unpacks it.
    case unknownCompression(path: String, format: String, command: String)
    /// A compressed core could not be unpacked to `directory`; `reason` is a clause.
    case unpacking(path: String, directory: String, reason: String)
}

extension LinuxProcessError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchProcess(let process):
            "There is no process \(process)."
        case .zombie(let process, let parent?):
            "Process \(process) has ended; its parent, pid \(parent), has not reaped it."
        case .zombie(let process, nil):
            "Process \(process) has ended and has not been reaped."
        case .kernelThread(let process):
            "Process \(process) is a thread of the kernel: it has no memory and no stack of its own."
        case .permissionDenied(let process, let operation, let code, _):
            "No permission to \(operation) of process \(process): \(Self.text(of: code))."
        case .unsupportedArchitecture(let path, let architecture):
            "\(path) is for \(Self.name(of: architecture)); only 64-bit x86-64 can be read."
        case .ended(let process, let operation):
            "Process \(process) ended while it was being read (\(operation))."
        case .systemCall(let operation, let subject, let code):
            "Could not \(operation) (\(subject)): \(Self.text(of: code))."
        case .malformed(let path, let operation, let reason):
            "Could not \(operation): \(path) \(reason)."
        case .notACore(let path, let kind):
            "\(path) \(kind), not a core."
        case .unknownCompression(let path, let format, _):
            "\(path) is compressed with \(format), which is not unpacked here."
        case .unpacking(let path, let directory, let reason):
            "Could not unpack \(path) to \(directory): \(reason)."
        }
    }

    /// What to try, as a sentence; nil when nothing would help.
    public var help: String? {
        switch self {
        case .noSuchProcess:
            "List the processes with `ps -e`; one in another container has a different id there, and /proc mounted "
                + "with hidepid shows only your own."
        case .zombie(_, let parent?):
            "Look at the parent instead: it waits for nothing or does not call wait. Try the same command with \(parent)."
        case .zombie(_, nil):
            "Look at its parent instead."
        case .kernelThread(let process):
            "As root, `cat /proc/\(process)/stack` shows where it stands in the kernel."
        case .permissionDenied(_, _, _, let advice):
            advice
        case .unsupportedArchitecture(_, .unsupported(let machine, is64Bit: false))
        where [EM_386, EM_X86_64].contains(Int32(machine)):
            "Use gdb, which reads 32-bit x86, too."
        case .unsupportedArchitecture:
            "Use a debugger for that machine, for instance gdb-multiarch."
        case .ended:
            "Start it again, or have it write a core (`ulimit -c unlimited`) and read that."
        case .systemCall(_, _, let code):
            code == EMFILE || code == ENFILE ? "Raise the limit of open files (`ulimit -n`)." : nil
        case .malformed:
            nil
        case .notACore:
            "Give the file that the kernel or gcore wrote; an empty one means that `ulimit -c` was 0 or the disk full. "
                + "With systemd, `coredumpctl dump PID -o core` fetches it."
        case .unknownCompression(_, _, let command):
            "Unpack it first: `\(command)`."
        case .unpacking:
            "Set TMPDIR to a directory on a disk with enough space."
        }
    }

    /// The kernel's words for an errno, in lower case at the start so that they can stand inside a sentence.
    static func text(of code: Int32) -> String {
        guard let words = strerror(code) else { return "errno \(code)" }
        return String(cString: words) + " (errno \(code))"
    }

    /// The machine in words; numbers as in <elf.h>.
    static func name(of architecture: Architecture) -> String {
        guard case .unsupported(let machine, let is64Bit) = architecture else { return "x86-64" }
        let name =
            switch Int32(machine) {
            case EM_386: "i386"
            case EM_X86_64: "x86-64"
            case EM_ARM: "ARM"
            case EM_AARCH64: "AArch64"
            case EM_RISCV: "RISC-V"
            case EM_PPC64: "PowerPC64"
            case EM_S390: "S/390"
            default: "ELF machine \(machine)"
            }
        return "\(name), \(is64Bit ? "64" : "32")-bit"
    }
}

extension LinuxProcessError {
    /// The description as a clause that can stand inside a sentence: no capital letter, no full stop.
    var clause: String {
        let text = description.hasSuffix(".") ? String(description.dropLast()) : description
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
