import Deadwait

/// What the demo says around its report.
enum DemoWords {
    /// The last lines of what a program wrote, each cut at 200 characters and without control characters.
    static func lastLines(_ text: String, _ count: Int) -> [String] {
        text.split(separator: "\n").suffix(count).map { line in
            let shown = line.unicodeScalars.prefix(200).map { scalar in
                scalar.properties.generalCategory == .control ? "?" : Character(scalar)
            }
            return String(shown) + (line.unicodeScalars.count > 200 ? "…" : "")
        }
    }

    /// What the application does, in the program's own words: the line before "ready".
    static func story(_ output: String) -> String? {
        let lines = output.split(separator: "\n").filter { !$0.hasPrefix("process ") && $0 != "ready" }
        return lines.last.flatMap { lastLines(String($0), 1).first }
    }

    /// The process that the program says is the one to look at.
    static func otherProcess(_ output: String) -> ProcessID? {
        output.split(separator: "\n").compactMap { line in
            line.hasPrefix("process ") ? Int32(line.dropFirst(8)).flatMap { $0 > 0 ? ProcessID($0) : nil } : nil
        }.last
    }

    static func isReady(_ output: String) -> Bool { output.hasPrefix("ready\n") || output.contains("\nready\n") }

    /// What can be done with a process that was left, and how to get rid of it.
    static func leftBehind(_ process: ProcessID, of leader: ProcessID, folder: String) -> String {
        """

        It is still there, as process \(process). To look for yourself:
          deadwait attach \(process)
          deadwait stacks \(process)
          deadwait registry \(process)
        To end it and remove what it wrote:
          kill -9 -- -\(leader); rm -r \(folder)

        """
    }

    /// The same of a core.
    static func leftBehind(core: String, folder: String) -> String {
        """

        The core is still there. To look for yourself:
          deadwait core \(core)
          deadwait stacks \(core)
        To remove it:
          rm -r \(folder)

        """
    }
}
