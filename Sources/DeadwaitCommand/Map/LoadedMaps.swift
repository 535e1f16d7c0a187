import Deadwait
import Glibc
import SignalMap

/// The maps that a command works on, made or loaded, and linked.
struct LoadedMaps {
    var mappings: [SignalMapping] = []
    let set: SignalMapSet

    init(_ files: [String], _ options: SignalMapOptions) throws(CommandFailure) {
        for file in files {
            for path in try Self.members(of: file) {
                do throws(SignalMapError) {
                    mappings.append(try SignalMapping.of(path, options))
                } catch {
                    throw CommandFailure(error)
                }
            }
        }
        set = SignalMapSet(mappings.map(\.map))
    }

    /// A folder stands for the maps in it, in the order of their names.
    private static func members(of path: String) throws(CommandFailure) -> [String] {
        guard let stream = opendir(path) else { return [path] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".dwmap"), !name.hasPrefix(".") { names.append("\(path)/\(name)") }
        }
        guard !names.isEmpty else {
            throw CommandFailure(
                reason: "the folder \(path) holds no signal maps",
                help: "Give a folder that `deadwait map … -o FOLDER` wrote, or name the binaries.")
        }
        return names.sorted()
    }

    /// One map to a file; several into a folder, numbered in the order in which they are linked.
    func write(to path: String) throws(CommandFailure) {
        do throws(SignalMapError) {
            if mappings.count == 1 {
                try mappings[0].map.write(to: path)
                return
            }
            for (number, mapping) in mappings.enumerated() {
                let name = mapping.map.binaryPath.split(separator: "/").last.map(String.init) ?? "binary"
                let digits = number < 10 ? "0\(number)" : "\(number)"
                try mapping.map.write(to: "\(path)/\(digits)-\(name).dwmap")
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}
