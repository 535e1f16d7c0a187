import Foundation

/// The threads of a process as /proc shows them, read without the code under test.
enum TargetThreads {
    static func ids(_ process: Int32) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []).compactMap { Int32($0) }
    }

    static func states(_ process: Int32) -> [Character] {
        ids(process).compactMap { state(process, $0) }
    }

    static func state(_ process: Int32, _ thread: Int32) -> Character? {
        guard let text = file("/proc/\(process)/task/\(thread)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        return text[text.index(end, offsetBy: 2)...].first
    }

    static func tracer(_ process: Int32) -> Int32? {
        file("/proc/\(process)/status")?.split(separator: "\n").first { $0.hasPrefix("TracerPid:") }
            .flatMap { Int32($0.split(separator: "\t").last ?? "") }
    }

    /// Waits up to `seconds` for something that takes a moment; false when it does not come.
    static func wait(_ seconds: Double = 5, until condition: () -> Bool) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while !condition() {
            if Date() > end { return false }
            usleep(1000)
        }
        return true
    }

    private static func file(_ path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
