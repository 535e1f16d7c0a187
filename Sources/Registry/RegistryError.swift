import Glibc
import ProcessModel

/// Why there is no registry to show at all. What is only missing in part is a `Gap` of the record instead.
public enum RegistryError: Error, Hashable, Sendable {
    /// A file could not be opened or read.
    case file(operation: String, path: String, errno: Int32)
    /// What was given does not begin as a registry does.
    case notARegistry(place: String)
    /// Of a layout that is not known here.
    case unknownVersion(place: String, version: UInt32)
    /// The header contradicts itself or what it lies in; `reason` is a clause about "it".
    case malformed(place: String, reason: String)
    /// Memory at an address could not be read.
    case unreadable(place: String, address: Address)
    /// It is of another process: this one was made from it without fork handlers.
    case foreign(place: String, owner: ProcessID, process: ProcessID)
    /// The library is loaded and has not made its registry.
    case notMapped(place: String)
}

extension RegistryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let operation, let path, let code):
            "Could not \(operation) \(path): \(String(cString: strerror(code)))."
        case .notARegistry(let place):
            "\(place) is not a registry."
        case .unknownVersion(let place, let version):
            "The registry in \(place) has layout \(version); layouts up to \(RegistryLayout.version) are known here."
        case .malformed(let place, let reason):
            "The registry in \(place) is damaged: \(reason)."
        case .unreadable(let place, let address):
            "The registry in \(place) could not be read at \(address)."
        case .foreign(let place, let owner, let process):
            "The registry in \(place) is of process \(owner), from which process \(process) was copied."
        case .notMapped(let place):
            "The runtime library in \(place) has not made a registry."
        }
    }

    /// What to try, as a sentence; nil when nothing would help.
    public var help: String? {
        switch self {
        case .file(_, _, let code):
            code == EACCES ? "It has mode 0600: read it as the user of the process, or as root." : nil
        case .notARegistry:
            "Give the file that DEADWAIT_REGISTRY named when the program ran, a pid, a core or a saved snapshot."
        case .unknownVersion:
            "Use the deadwait that belongs to the libdeadwait.so in the process: both are of one release."
        case .malformed:
            "What else is in the process or core can be seen with `deadwait stacks`."
        case .unreadable:
            "A core must hold anonymous memory: bit 0 of /proc/PID/coredump_filter (core(5))."
        case .foreign:
            "A child made by clone(2) or vfork(2) alone records nothing of its own; look at the process it was made from."
        case .notMapped:
            "The library says on standard error why it could not; memory or address space was short (ulimit -v)."
        }
    }

    /// The description as a clause that can stand inside a sentence: no capital letter, no full stop.
    public var clause: String {
        let text = description.hasSuffix(".") ? String(description.dropLast()) : description
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
