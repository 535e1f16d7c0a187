import DebugInfo
import Foundation
import LinuxProcess
import ProcessModel
import SyncDecode
import TestSupport

/// A zoo program, captured and decoded: what each of its threads said of itself, beside what was found.
struct Zoo {
    /// A line of the program's output.
    struct Cage {
        var name: String
        var thread: ThreadID
        var object: Address?
        var owner: Int32
    }

    struct Found {
        var cage: Cage
        var wait: Wait?
        var object: SyncObject?
        var mutex: SyncObject?
    }

    var found: [String: Found] = [:]
    var gaps: [Gap] = []
    var image: ProcessImage
    var stacks: [ThreadID: [SyncFrame]]

    init(_ image: ProcessImage, stacks: [ThreadID: [SyncFrame]], kernel: (any KernelObjects)?, output: String) {
        self.image = image
        let stacks = Self.named(stacks, image)
        self.stacks = stacks
        var decoder = SyncDecoder(image: image, descriptors: kernel, dataSymbol: { _ in nil })
        let inputs = image.threads.map { thread in
            (
                thread: thread.thread,
                stack: ElfutilsStacks.addStackPointers(
                    stacks[thread.thread.id] ?? [], of: thread.thread, memory: image.memory)
            )
        }
        let waits = decoder.decodeAll(inputs)
        let objects = Dictionary(uniqueKeysWithValues: decoder.objects.map { ($0.id, $0) })
        gaps = decoder.gaps
        for cage in Self.cages(output) {
            let index = inputs.firstIndex { $0.thread.id == cage.thread }
            let wait = index.flatMap { waits[$0] }
            found[cage.name] = Found(
                cage: cage, wait: wait, object: wait?.object.flatMap { objects[$0] },
                mutex: wait?.mutex.flatMap { objects[$0] })
        }
    }

    /// Captures a running zoo without a stop, before eu-stack stops it for the names.
    static func live(_ program: RunningProgram, debugInfo: Bool = true) throws -> Zoo {
        let process = ProcessID(program.processIdentifier)
        var options = LiveCaptureOptions()
        options.mode = .noStop
        options.objectRanges = { SyncWindow.ranges(for: $0, memory: $1) }
        let image = try LiveCapture(process: process, options: options).capture()
        let stacks = try ElfutilsStacks.ofProcess(program.processIdentifier, debugInfo: debugInfo)
        return Zoo(image, stacks: stacks, kernel: nil, output: program.output)
    }

    /// Takes a core with gcore and reads that.
    static func core(_ program: RunningProgram) throws -> Zoo {
        let prefix = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-\(UUID().uuidString)").path
        let path = "\(prefix).\(program.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (status, output) = try run(["gcore", "-o", prefix, String(program.processIdentifier)])
        guard status == 0 else { throw ElfutilsStacks.Failure(description: output) }
        let executable = program.process.executableURL?.path ?? ""
        var options = CoreOptions()
        options.executable = executable
        let image = try CoreFile(path: path, options: options).image()
        let stacks = try ElfutilsStacks.ofCore(path, executable: executable)
        return Zoo(image, stacks: stacks, kernel: nil, output: program.output)
    }

    /// Rust's newer names are demangled by us and not by eu-stack.
    private static func named(_ stacks: [ThreadID: [SyncFrame]], _ image: ProcessImage) -> [ThreadID: [SyncFrame]] {
        let needsNames = stacks.values.joined().filter { $0.functions.contains { $0.hasPrefix("_R") } }
        let session = DebugInfoSession(modules: image.modules, memory: image.memory)
        let pcs = Array(Set(needsNames.map(\.pc)))
        let records = session.symbolize(pcs.map { $0 - 1 }, detail: .names)
        let names = Dictionary(uniqueKeysWithValues: zip(pcs, records.map { $0.source.compactMap(\.function) }))
        return stacks.mapValues { stack in
            stack.map { frame in
                guard let functions = names[frame.pc] else { return frame }
                var frame = frame
                frame.functions = functions
                return frame
            }
        }
    }

    static func cages(_ output: String) -> [Cage] {
        output.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 4, let thread = Int32(parts[1]), let owner = Int32(parts[3]) else { return nil }
            return Cage(name: String(parts[0]), thread: ThreadID(thread), object: Address(parts[2]), owner: owner)
        }
    }
}
