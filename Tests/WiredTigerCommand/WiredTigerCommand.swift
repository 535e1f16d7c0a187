import Foundation
import TestSupport
import WiredTigerCases

/// The states of a real engine, Debian's WiredTiger, by hand:
///
///     swift run deadwait-wiredtiger limits [FROM TO STEP]   MiB of address space, and how the driver comes out
///     swift run deadwait-wiredtiger creations [FROM TO]     the same for failing thread creations
///     swift run deadwait-wiredtiger attach [COUNT]          COUNT times `deadwait attach` on each healthy state
///     swift run deadwait-wiredtiger start CASE              brings about a state, says its pid, holds it until killed
///
/// Before these words: --debug-info for the build of .ci/wiredtiger, --runtime for a process with the runtime library.
/// Exit status: 0; 1 where an attach did not end with 0; 3 a state could not be brought about; 64 usage.
@main struct WiredTigerCommand {
    var build = EngineBuild.debian
    var environment: [String: String] = [:]

    static func main() {
        do {
            var command = WiredTigerCommand()
            var words = Array(CommandLine.arguments.dropFirst())
            while let option = words.first, option.hasPrefix("-") {
                switch option {
                case "--debug-info": command.build = .debugInfo
                case "--runtime": command.environment = try RuntimeLibrary.environment()
                default: usage()
                }
                words.removeFirst()
            }
            exit(try command.run(words))
        } catch {
            FileHandle.standardError.write(Data("deadwait-wiredtiger: \(error)\n".utf8))
            exit(3)
        }
    }

    static func usage() -> Never {
        let cases = WiredTigerCase.allCases.map(\.rawValue).joined(separator: "|")
        let text = """
            usage: deadwait-wiredtiger [--debug-info] [--runtime] limits [FROM TO STEP] | creations [FROM TO]
                   | attach [COUNT] | start \(cases)

            """
        FileHandle.standardError.write(Data(text.utf8))
        exit(64)
    }

    /// At once, also into a pipe.
    private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    /// Its exit status.
    private func run(_ words: [String]) throws -> Int32 {
        switch words.first {
        case "limits":
            let range = Self.numbers(words, or: [32, 132, 4])
            try table(
                stride(from: range[0], through: range[1], by: range[2]).map { .addressSpace(mebibytes: $0) })
        case "creations":
            let range = Self.numbers(words, or: [1, 14])
            try table(stride(from: range[0], through: range[1], by: 1).map { .failedCreations(from: $0) })
        case "attach":
            return try attach(Self.numbers(words, or: [12])[0]) ? 0 : 1
        case "start":
            guard words.count == 2, let state = WiredTigerCase(rawValue: words[1]) else { Self.usage() }
            try hold(state)
        default: Self.usage()
        }
        return 0
    }

    private static func numbers(_ words: [String], or preset: [Int]) -> [Int] {
        if words.count == 1 { return preset }
        let numbers = words.dropFirst().compactMap { Int($0) }.filter { (1...(1 << 20)).contains($0) }
        guard numbers.count == preset.count, words.count == preset.count + 1 else { usage() }
        return numbers
    }

    private func table(_ troubles: [EngineTrouble]) throws {
        let search = TroubleSearch(build, environment: environment)
        for trouble in troubles {
            let (run, outcome) = try search.attempt(trouble)
            let said = try run.output.split(separator: "\n").joined(separator: ", ")
            say("\(trouble): \(outcome) (\(said))")
        }
    }

    /// Whether each `deadwait attach` ended with 0.
    private func attach(_ count: Int) throws -> Bool {
        var isClean = true
        for state in WiredTigerCase.healthy {
            let run = try state.start(build, seconds: Double(10 + count * 5), environment: environment)
            let command = [try DeadwaitTool.executable, "attach", "\(run.processIdentifier)"]
            var statuses: [Int32] = []
            for _ in 0..<count {
                statuses.append(try TestSupport.run(command).status)
                usleep(500_000)
            }
            guard run.end(within: 0) == nil else {
                say("\(state.rawValue): ended too early")
                return false
            }
            isClean = isClean && statuses.allSatisfy { $0 == 0 }
            say("\(state.rawValue): \(count) times attach, status \(Set(statuses).sorted())")
        }
        return isClean
    }

    private func hold(_ state: WiredTigerCase) throws {
        Interruption.listen()
        let run = try state.start(build, seconds: 3600, environment: environment)
        say("\(run.processIdentifier)")
        while !Interruption.isWanted, run.end(within: 0.2) == nil { continue }
    }
}
