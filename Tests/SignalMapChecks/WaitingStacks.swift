import Foundation
import ProcessModel
import SeededPrograms

/// Where the threads of a seeded program wait for the objects that its truth names, as was seen once.
struct WaitingStacks: Codable, Equatable {
    /// By the object's name in the truth: the return addresses in the program's own files, innermost first, of each
    /// distinct stack. The module of a place is a file's name.
    var stacks: [String: [[FileAddress]]] = [:]

    /// Runs the program for as long as it takes to look at it, or takes what an earlier look at the same build has seen.
    init(of built: BuiltProgram) throws {
        let folder = built.executable.deletingLastPathComponent()
        let file = folder.appendingPathComponent("waits.json")
        if let data = FileManager.default.contents(atPath: file.path) {
            self = try JSONDecoder().decode(WaitingStacks.self, from: data)
            return
        }
        // At the path where it runs: symbolic links are resolved in what the kernel says.
        let place = folder.resolvingSymlinksInPath().path
        self.init(try ProgramState(of: built), folder: place)
        // On a busy machine some thread may not have got there; then the next run looks again.
        let objects = Set(built.program.truth.threads.compactMap(\.object))
        if objects.isSubset(of: stacks.keys) { try JSONEncoder().encode(self).write(to: file, options: .atomic) }
    }

    init(_ state: ProgramState, folder: String) {
        for (thread, line) in state.threads {
            guard let object = line?.object else { continue }
            var stack: [FileAddress] = []
            for frame in state.snapshot.frames(of: thread) {
                guard let pc = frame.pc, frame.isReturnAddress, let index = frame.module,
                    state.snapshot.modules.indices.contains(index)
                else { continue }
                let module = state.snapshot.modules[index]
                guard module.path.hasPrefix(folder + "/") else { continue }
                stack.append(FileAddress(module: module.name, address: pc.rawValue &- module.loadBias))
            }
            if !stack.isEmpty, stacks[object]?.contains(stack) != true { stacks[object, default: []].append(stack) }
        }
    }
}
