/// Gathers threads and frames for formats whose headers say when a thread begins.
struct StackReader {
    private var text = ParsedText()
    var dump: ParsedDump
    private var thread: ParsedThread?
    private let format: String
    private var lines: ClosedRange<Int>?

    init(format: String) {
        self.format = format
        dump = ParsedDump(format: format)
    }

    var isInStack: Bool { thread?.frames.isEmpty == false }

    mutating func note(_ role: LineRole, _ line: DumpLine) {
        text.roles.append(role)
        guard role != .blank, role != .ignored else { return }
        lines = (lines?.lowerBound ?? line.number)...Swift.max(lines?.upperBound ?? 0, line.number)
    }

    mutating func begin(_ header: ParsedThread) {
        endThread()
        // The same thread once more is another dump.
        if let lwp = header.lwp, dump.threads.contains(where: { $0.lwp == lwp }) { beginDump() }
        thread = header
    }

    mutating func add(_ frame: ParsedFrame, _ line: DumpLine) {
        if thread == nil { thread = ParsedThread(line: line.number) }
        thread?.frames.append(frame)
    }

    /// Says more of the frame that was read last.
    mutating func refine(_ body: (inout ParsedFrame) -> Void) {
        guard let last = thread?.frames.indices.last else { return }
        if var frame = thread?.frames[last] {
            body(&frame)
            thread?.frames[last] = frame
        }
    }

    mutating func fail(_ bytes: ArraySlice<UInt8>) {
        if thread != nil { thread?.failure = bytes.string } else { dump.complaints.append(bytes.string) }
    }

    mutating func beginDump() {
        endThread()
        if !dump.threads.isEmpty {
            dump.lines = lines ?? 1...1
            text.dumps.append(dump)
        }
        dump = ParsedDump(format: format)
        lines = nil
    }

    mutating func endThread() {
        if let thread { dump.threads.append(thread) }
        thread = nil
    }

    mutating func finish() -> ParsedText {
        beginDump()
        return text
    }
}
