import Foundation
import ProcessModel
import TestSupport

extension DeadwaitTool {
    /// What `deadwait stacks` saves of the target.
    static func snapshot(_ target: PeerTarget, options: [String] = []) throws -> Snapshot {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("oracle-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        var command = [try executable, "stacks"]
        switch target {
        case .process(let identifier): command.append(String(identifier))
        case .core(let path, let executable): command += [path, executable]
        }
        command += ["--save", file.path] + options
        let (status, output) = try run(command)
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw Failure.noSnapshot(command: command, status: status, output: output)
        }
        return try JSONDecoder().decode(Snapshot.self, from: data)
    }
}

extension PeerStacks {
    /// The snapshot's stacks in the form that peers are read in.
    init(_ snapshot: Snapshot) {
        var threads: [Int32: [PeerFrame]] = [:]
        for thread in snapshot.threads {
            threads[thread.id.rawValue] = snapshot.frames(of: thread).flatMap(Self.peerFrames)
        }
        self.init(threads: threads)
    }

    /// The functions of one frame, innermost first.
    static func peerFrames(_ frame: Frame) -> [PeerFrame] {
        let pc = frame.pc?.rawValue ?? 0
        guard !frame.source.isEmpty else {
            return [PeerFrame(pc: pc, kind: .physical, functions: [], file: nil, line: nil)]
        }
        return frame.source.map { source in
            PeerFrame(
                pc: pc, kind: source.isInlined ? .inlined : .physical,
                functions: [source.function, source.linkageName].compactMap { $0 }, file: source.file,
                line: source.line)
        }
    }
}
