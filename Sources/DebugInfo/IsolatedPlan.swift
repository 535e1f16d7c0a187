import Glibc
import ProcessModel

/// Divides addresses among the isolated children.
///
/// A module stays with the child that had it first, so that its indexes are made once. Only where lines are asked for
/// is the work worth a second child: then whole modules are dealt out by the size of their files, and one big module's
/// addresses are cut in two by address, since each child reads only the units that its addresses lie in.
final class IsolatedPlan {
    struct Run: Equatable {
        var module: Int
        var detail = SymbolDetail.names
        /// Where the answers belong.
        var positions: [Int]
        var addresses: [Address]
    }

    /// A file with fewer bytes is read by one child in less time than another one takes to start.
    static let bigFileBytes: UInt64 = 24 << 20
    /// Fewer addresses of a big file are not divided.
    static let bigRunAddresses = 16

    private let modules: [Module]
    private let debugDirectories: [String]
    private let children: Int
    private var homes: [Int: Int] = [:]
    private var loads: [UInt64]
    private var sizes: [Int: UInt64] = [:]

    init(modules: [Module], debugDirectories: [String], children: Int) {
        self.modules = modules
        self.debugDirectories = debugDirectories + ["/usr/lib/debug"]
        self.children = children
        loads = Array(repeating: 0, count: children)
    }

    /// The addresses by module, sorted by address within one; those in no module are left out.
    func group(_ addresses: [Address]) -> [Run] {
        var byModule: [Int: [Int]] = [:]
        for (position, address) in addresses.enumerated() {
            if let module = modules.index(holding: address) { byModule[module, default: []].append(position) }
        }
        return byModule.keys.sorted().map { module in
            let positions = (byModule[module] ?? []).sorted { addresses[$0] < addresses[$1] }
            return Run(module: module, positions: positions, addresses: positions.map { addresses[$0] })
        }
    }

    /// The runs of each child, by slot.
    func distribute(_ runs: [Run], isHeavy: Bool) -> [[Run]] {
        var jobs: [[Run]] = Array(repeating: [], count: children)
        guard children > 1, isHeavy else {
            jobs[0] = runs
            return jobs
        }
        let total = runs.reduce(UInt64(0)) { $0 &+ size($1.module) }
        guard total >= Self.bigFileBytes else {
            jobs[0] = runs
            return jobs
        }
        for run in runs.sorted(by: { (size($0.module), $1.module) > (size($1.module), $0.module) }) {
            let size = size(run.module)
            if size >= Self.bigFileBytes, size > total / 2, run.addresses.count >= Self.bigRunAddresses {
                for (slot, part) in Self.cut(run, into: children).enumerated() {
                    jobs[slot].append(part)
                    loads[slot] &+= size / UInt64(children)
                }
                continue
            }
            let home = homes[run.module] ?? loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
            if homes[run.module] == nil {
                homes[run.module] = home
                loads[home] &+= max(size, 1)
            }
            jobs[home].append(run)
        }
        return jobs
    }

    private static func cut(_ run: Run, into parts: Int) -> [Run] {
        (0..<parts).map { part in
            let range = run.addresses.count * part / parts..<run.addresses.count * (part + 1) / parts
            return Run(
                module: run.module, detail: run.detail, positions: Array(run.positions[range]),
                addresses: Array(run.addresses[range]))
        }
    }

    /// The bytes of a module's file and of its separate debug file; 0 where there is none. A file that only its debug
    /// link leads to does not count.
    private func size(_ module: Int) -> UInt64 {
        if let known = sizes[module] { return known }
        var size: UInt64 = 0
        switch modules[module].content {
        case .file(let path): size = Self.fileSize(path)
        case .memory(let bytes): size = bytes
        case .unavailable: break
        }
        if let digits = modules[module].buildID?.description, digits.utf8.count > 2 {
            let name = "/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug"
            size &+= debugDirectories.lazy.map { Self.fileSize($0 + name) }.first { $0 > 0 } ?? 0
        }
        sizes[module] = size
        return size
    }

    private static func fileSize(_ path: String) -> UInt64 {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 0 ? UInt64(status.st_size) : 0
    }
}
