/// What the driver is made to fail by.
public enum EngineTrouble: Hashable, Sendable, CustomStringConvertible {
    /// So much address space is left to the process.
    case addressSpace(mebibytes: Int)
    /// This creation of a thread, from 1, and all later ones fail with EAGAIN.
    case failedCreations(from: Int)

    var options: [String] {
        switch self {
        case .addressSpace(let mebibytes): ["--limit", String(mebibytes << 20)]
        case .failedCreations(let first): ["--fail-create", String(first)]
        }
    }

    public var description: String {
        switch self {
        case .addressSpace(let mebibytes): "\(mebibytes) MiB"
        case .failedCreations(let first): "no thread from creation \(first) on"
        }
    }
}
