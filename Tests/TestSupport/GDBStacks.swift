import Foundation

extension PeerStacks {
    /// The stacks that gdb's `thread apply all bt` shows, past main, with the debug information on this machine only.
    ///
    /// Asked through gdb's own Python, since the printed form does not tell a tail-call frame from one that is there.
    public static func gdb(_ target: PeerTarget) throws -> PeerStacks {
        let script = FileManager.default.temporaryDirectory
            .appendingPathComponent("deadwait-frames-\(UUID().uuidString).py")
        try gdbScript.write(to: script, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: script) }
        var command = ["gdb", "-nx", "-batch"]
        for setting in ["debuginfod enabled off", "backtrace past-main on", "backtrace limit unlimited"] {
            command += ["-iex", "set \(setting)"]
        }
        switch target {
        case .process(let identifier): command += ["-p", String(identifier)]
        case .core(let path, let executable): command += [executable, path]
        }
        command += ["-x", script.path]
        let output = try run(command).output
        let stacks = parseGDB(output)
        guard !stacks.threads.isEmpty else { throw Failure.noStacks(command: command, output: output) }
        return stacks
    }

    /// Lines of `frame TID PC KIND LINE FILE FUNCTION` between tabs, innermost first; others are gdb's chatter.
    static func parseGDB(_ text: String) -> PeerStacks {
        var threads: [Int32: [PeerFrame]] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("frame\t") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 7, let thread = Int32(fields[1]), let pc = UInt64(fields[2].dropFirst(2), radix: 16),
                let kind = PeerFrame.Kind(rawValue: fields[3])
            else { continue }
            threads[thread, default: []].append(
                PeerFrame(
                    pc: pc, kind: kind, functions: fields[6].isEmpty ? [] : [fields[6]],
                    file: fields[5].isEmpty ? nil : fields[5], line: Int(fields[4]).flatMap { $0 > 0 ? $0 : nil }))
        }
        return PeerStacks(threads: threads)
    }

    private static let gdbScript = """
        import gdb
        kinds = {gdb.INLINE_FRAME: "inlined", gdb.TAILCALL_FRAME: "tailCall", gdb.SIGTRAMP_FRAME: "signal"}
        for thread in gdb.selected_inferior().threads():
            thread.switch()
            frame = gdb.newest_frame()
            while frame is not None:
                place = frame.find_sal()
                table = place.symtab
                print("frame", thread.ptid[1] or thread.ptid[0], "%#x" % frame.pc(),
                      kinds.get(frame.type(), "physical"), place.line if table else 0,
                      table.filename if table else "", frame.name() or "", sep="\\t")
                try:
                    frame = frame.older()
                except gdb.error:
                    frame = None
        """
}
