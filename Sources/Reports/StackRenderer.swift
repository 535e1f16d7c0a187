import Diagnosis
import ProcessModel

/// Makes the lines of stacks. Each distinct frame is laid out once, each stack that several threads share as well.
struct StackRenderer {
    private let snapshot: Snapshot
    private let style: Style
    private let isVerbose: Bool
    private let usesShortNames: Bool
    /// By frame: its lines, each without the number that begins the first, and with its newline.
    private var frames: [[UInt8]?]
    private var stacks: [[UInt8]?]

    /// Columns before the text of a frame: two spaces, "#", three digits, a space.
    static let indent = 7

    /// With `usesShortNames` functions are named without their types.
    init(_ snapshot: Snapshot, style: Style, isVerbose: Bool, usesShortNames: Bool = false) {
        self.snapshot = snapshot
        self.usesShortNames = usesShortNames
        self.style = style
        self.isVerbose = isVerbose
        frames = Array(repeating: nil, count: snapshot.frames.count)
        stacks = Array(repeating: nil, count: snapshot.stacks.count)
    }

    /// Writes the stack at `index`, all frames and how it ends.
    mutating func write(stack index: Int, isShared: Bool, to output: inout ByteWriter) {
        guard snapshot.stacks.indices.contains(index) else { return }
        if let rendered = stacks[index] {
            output.append(rendered: rendered)
            return
        }
        var lines = ByteWriter()
        let frames = snapshot.stacks[index].frames
        var position = 0
        while position < frames.count {
            guard !isVerbose, let (period, count) = Self.recursion(in: frames, from: position) else {
                write(frame: frames[position], at: position, to: &lines)
                position += 1
                continue
            }
            for _ in 0..<period {
                write(frame: frames[position], at: position, to: &lines)
                position += 1
            }
            position += period * (count - 1)
            let what = period == 1 ? "this frame" : "these \(period) frames"
            Paragraph.write(
                "(\(what) \(count) times, to #\(position - 1))", indent: Self.indent, width: style.width, to: &lines)
        }
        switch snapshot.stacks[index].end {
        case .complete: break
        case .limit:
            Paragraph.write("(more frames follow; the limit was reached)", indent: 2, width: style.width, to: &lines)
        case .failed(let reason):
            Paragraph.write("(the stack is cut short: \(reason))", indent: 2, hang: 2, width: style.width, to: &lines)
        }
        if isShared { stacks[index] = lines.bytes }
        output.append(rendered: lines.bytes)
    }

    /// How many frames from `start` on come again and again, and how often; nil where writing them once saves little.
    private static func recursion(in frames: [Int], from start: Int) -> (period: Int, count: Int)? {
        for period in 1...8 where start + 2 * period <= frames.count {
            var end = start + period
            while end < frames.count, frames[end] == frames[end - period] { end += 1 }
            let count = (end - start) / period
            if count > 2, (count - 1) * period > 4 { return (period, count) }
        }
        return nil
    }

    /// Writes one frame with its number.
    mutating func write(frame index: Int, at position: Int, to output: inout ByteWriter) {
        guard frames.indices.contains(index) else { return }
        output.append("  #")
        let before = output.bytes.count
        output.decimal(position)
        output.spaces(Self.indent - 3 - (output.bytes.count - before))
        if let rendered = frames[index] {
            output.append(rendered: rendered)
            return
        }
        let rendered = render(snapshot.frames[index])
        frames[index] = rendered
        output.append(rendered: rendered)
    }

    private func render(_ frame: Frame) -> [UInt8] {
        var output = ByteWriter()
        if frame.source.isEmpty {
            line(unnamed(frame), place: nil, frame: frame, isInlined: false, column: Self.indent, to: &output)
        }
        for (position, source) in frame.source.enumerated() {
            if position > 0 { output.spaces(Self.indent) }
            var name = (usesShortNames ? source.shortFunction : source.function) ?? unnamed(frame)
            if !source.parameters.isEmpty {
                // A demangled C++ name brings its own list of parameter types.
                name +=
                    (name.hasSuffix(")") ? " " : "") + "(" + source.parameters.map(words).joined(separator: ", ") + ")"
            } else if source.function != nil, source.file == nil, !source.isInlined, let offset = frame.symbolOffset {
                name += "+0x" + String(offset, radix: 16)
            }
            line(
                name, place: place(source), frame: frame, isInlined: source.isInlined, column: Self.indent, to: &output)
        }
        return output.bytes
    }

    private func line(
        _ name: String, place: String?, frame: Frame, isInlined: Bool, column: Int, to output: inout ByteWriter
    ) {
        var text = name
        if let place { text += " at " + place }
        if isInlined {
            text += " [inlined]"
        } else {
            if frame.isSignalFrame { text += " [signal handler called]" }
            if let index = frame.module, snapshot.modules.indices.contains(index) {
                text += " in " + snapshot.modules[index].name
            }
            if isVerbose, let pc = frame.pc { text += " pc \(pc)" }
            if let mark = mark(frame.trust) { text += " [\(mark)]" }
        }
        Paragraph.write(text, column: column, indent: column + 2, width: style.width, to: &output)
    }

    private func mark(_ trust: Trust) -> String? {
        switch trust {
        case .context, .cfi, .registry: nil
        case .libunwind: "by libunwind"
        case .framePointer: "by frame pointer"
        case .scan: "by stack scan: a guess"
        case .text: "from text"
        }
    }

    /// The module and the address in its file, for a debugger: "libfoo.so+0x1234".
    private func unnamed(_ frame: Frame) -> String {
        guard let pc = frame.pc else { return "(no address)" }
        guard let index = frame.module, snapshot.modules.indices.contains(index) else { return "\(pc)" }
        return "\(snapshot.modules[index].name)+\(pc - snapshot.modules[index].loadBias)"
    }

    private func place(_ source: SourceFrame) -> String? {
        guard let file = source.file else { return nil }
        let name = isVerbose ? file : file.split(separator: "/").suffix(2).joined(separator: "/")
        guard let line = source.line else { return name }
        if isVerbose, let column = source.column { return "\(name):\(line):\(column)" }
        return "\(name):\(line)"
    }

    private func words(_ parameter: Parameter) -> String {
        if let value = parameter.value { return "\(parameter.name)=\(value)" }
        return parameter.location.map { "\(parameter.name)@\($0)" } ?? parameter.name
    }
}
