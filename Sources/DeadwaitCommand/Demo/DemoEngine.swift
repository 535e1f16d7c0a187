import Deadwait
import Glibc

/// The program that hangs, crashes or only looks as if it did: the demo engine's tool, beside this program.
struct DemoEngine {
    /// One thing that it can do, as its list tells.
    struct Scenario {
        enum Kind: String {
            case hang
            case crash
            case healthy
        }

        var name: String
        var kind: Kind
        var summary: String
    }

    /// What is shown to who names none: a flush on close that waits for workers that were never created.
    static let firstScenario = "async-never-created"

    let path: String

    /// `path` instead of the file beside this program.
    init(at path: String?) throws(CommandFailure) {
        if let path {
            guard let resolved = realpath(path, nil) else {
                throw CommandFailure(reason: "\(path) is not there: \(String(cString: strerror(errno)))", help: nil)
            }
            defer { free(resolved) }
            self.path = String(cString: resolved)
            return
        }
        var own = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, readlink("/proc/self/exe", &own, own.count))
        let file = String(decoding: own[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        self.path = "\(folder)/ember"
        guard access(self.path, X_OK) == 0 else {
            let release = folder.hasSuffix("/release") ? " -c release" : ""
            throw CommandFailure(
                reason: "there is no \(self.path): \(String(cString: strerror(errno)))",
                help: "Build the demo engine first: swift build\(release) --product ember")
        }
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The lines of `ember --list`: name, kind and a sentence each.
    func scenarios(in session: inout DemoSession) throws(CommandFailure) -> [Scenario] {
        try session.start(path, ["--list"])
        let deadline = DemoClock.now() + 20_000_000_000
        while !session.hasEnded() {
            guard DemoClock.now() < deadline else {
                throw CommandFailure(reason: "\(path) --list did not end", help: "Build it anew.")
            }
            DemoClock.sleep(nanoseconds: 1_000_000)
        }
        guard case .exit(0) = session.end else {
            throw CommandFailure(
                reason:
                    "\(path) --list failed: \(DemoWords.lastLines(session.writtenErrors(), 3).joined(separator: " "))",
                help: "Build it anew.")
        }
        return session.writtenOutput().split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 1)
            let rest = words.last?.drop { $0 == " " }.split(separator: " ", maxSplits: 1) ?? []
            guard words.count == 2, let kind = rest.first.flatMap({ Scenario.Kind(rawValue: String($0)) }) else {
                return nil
            }
            return Scenario(
                name: String(words[0]), kind: kind,
                summary: rest.count > 1 ? String(rest[1].drop { $0 == " " }) : "")
        }
    }
}

/// CLOCK_MONOTONIC, in nanoseconds.
enum DemoClock {
    static func now() -> UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Shorter than a second.
    static func sleep(nanoseconds: Int) {
        var span = timespec(tv_sec: 0, tv_nsec: nanoseconds)
        nanosleep(&span, nil)
    }
}
