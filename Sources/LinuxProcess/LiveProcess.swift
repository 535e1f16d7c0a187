import Glibc
import ProcessModel

/// A running process as /proc shows it: whether it can be captured, and what stays the same while it is.
struct LiveProcess {
    let id: ProcessID
    /// The thread through whose directory the process's files are read: the first thread, or another one when the
    /// first has ended (its /proc files are then empty while the others still run).
    let representative: ThreadID
    /// As the target knows it; nil when the link cannot be read.
    let executable: String?
    let commandLine: [String]
    /// Why `commandLine` is empty although the process may have one.
    let commandLineFailure: LinuxProcessError?
    let architecture: Architecture
    /// 0 when nobody traces the process.
    let tracer: ProcessID?
    /// The process's id in each pid namespace from ours to its own.
    let namespaceIDs: [Int32]

    /// `/proc/PID`, or a thread's directory below it.
    var directory: String { "/proc/\(id)/task/\(representative)" }

    /// Finds out whether the process can be captured; throws with the reason and advice when not.
    ///
    /// Only reads; nothing of the target is touched.
    init(_ process: ProcessID, tasks: borrowing TaskDirectory) throws(LinuxProcessError) {
        id = process
        let leader = ThreadID(process.rawValue)
        // The first thread stays, as a zombie at the least, for as long as there is a process.
        guard let stat = tasks.stat(of: leader) else { throw .noSuchProcess(process) }
        if stat.isKernelThread { throw .kernelThread(process) }
        var representative = leader
        if stat.state == .zombie || stat.state == .dead {
            let alive = try tasks.threads().first { thread in
                guard let state = tasks.stat(of: thread)?.state else { return false }
                return state != .zombie && state != .dead
            }
            guard let alive else { throw .zombie(process, parent: stat.parent.rawValue > 0 ? stat.parent : nil) }
            representative = alive
        }
        self.representative = representative
        let status = tasks.status(of: representative)
        tracer = status?.tracer
        namespaceIDs = status?.namespaceIDs ?? []
        let directory = "/proc/\(process)/task/\(representative)"
        do {
            executable = try ProcFile.link("\(directory)/exe")
        } catch .systemCall(_, _, let code) where code == EACCES || code == EPERM {
            throw ProcessAccess(process, status: status).denied(operation: "read the program", code: code)
        } catch {
            executable = nil
        }
        architecture = try Self.architecture(of: "\(directory)/exe", name: executable)
        if case .unsupported = architecture {
            throw .unsupportedArchitecture(path: executable ?? "\(directory)/exe", architecture)
        }
        // One read of each kind that the capture will do, so that the lack of a permission is told at once and once.
        var code: Int32 = 0
        let mayLook: Bool? = tasks.read("syscall", of: representative, code: &code) { _ in true }
        if mayLook == nil, code == EPERM || code == EACCES {
            throw ProcessAccess(process, status: status).denied(operation: "read the registers", code: code)
        }
        do {
            commandLine = ProcFile.strings(try ProcFile.read("\(directory)/cmdline", limit: 1 << 20))
            commandLineFailure = nil
        } catch {
            commandLine = []
            commandLineFailure = error
        }
    }

    /// From the ELF header of the running program (elf(5)): e_ident[EI_CLASS] at 4, e_machine at 18.
    static func architecture(of path: String, name: String?) throws(LinuxProcessError) -> Architecture {
        let header: [UInt8]
        do {
            header = try ProcFile.read(path, limit: 1)
        } catch {
            // The file cannot be opened (a replaced file on a dead network share): the kernel could run it, and the
            // registers will tell when they do not have the 64-bit form.
            return .amd64
        }
        guard header.count >= 20, header.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
            throw .malformed(path: name ?? path, operation: "read the program's ELF header", reason: "is not ELF")
        }
        let machine = UInt16(header[18]) | UInt16(header[19]) << 8
        let is64Bit = header[4] == 2
        return Int32(machine) == EM_X86_64 && is64Bit ? .amd64 : .unsupported(machine: machine, is64Bit: is64Bit)
    }

    /// The mappings as they are now.
    func mappings() throws(LinuxProcessError) -> (mappings: [Mapping], malformedLines: Int) {
        do {
            return MappingParser.parse(try ProcFile.read("\(directory)/maps"))
        } catch .systemCall(_, _, let code) where code == ENOENT || code == ESRCH {
            throw .ended(id, operation: "read the mappings")
        }
    }

    /// What changes when the process replaces itself with another program: the vector that exec writes, with random
    /// addresses in it, and the program's path. Nil when it cannot be read.
    func executionMark() -> [UInt8]? {
        guard let vector = try? ProcFile.read("\(directory)/auxv", limit: 1 << 16), !vector.isEmpty else { return nil }
        return vector + Array(((try? ProcFile.link("\(directory)/exe")) ?? "").utf8)
    }
}
