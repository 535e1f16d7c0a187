/// One way in which two reports of the same stacks differ.
public struct StackDifference: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// A thread that only the peer has, or only we have.
        case missingThread, extraThread
        /// A frame that only the peer has, or only we have.
        case missingFrame, extraFrame
        /// The inlined functions of a frame: other ones, or other in number.
        case inlines
        case function, file, line
    }

    public var kind: Kind
    public var ours: String
    public var theirs: String

    public init(kind: Kind, ours: String, theirs: String) {
        self.kind = kind
        self.ours = ours
        self.theirs = theirs
    }

    public var description: String { "\(kind.rawValue): ours \(ours) | theirs \(theirs)" }
}

/// Compares the stacks of one target as we and as a peer report them.
public enum StackComparison {
    /// The frames that follow each other with one pc: functions inlined into one physical frame, or a recursion.
    struct Run {
        var pc: UInt64
        var frames: [PeerFrame]
    }

    /// Each difference once, however many threads show it. The peer's reconstructed tail-call frames are left out.
    public static func differences(ours: PeerStacks, theirs: PeerStacks) -> Set<StackDifference> {
        var found: Set<StackDifference> = []
        for (thread, frames) in theirs.threads {
            if let own = ours.threads[thread] {
                compare(runs(own), runs(frames.filter { $0.kind != .tailCall }), into: &found)
            } else {
                found.insert(StackDifference(kind: .missingThread, ours: "", theirs: name(frames.last)))
            }
        }
        for (thread, frames) in ours.threads where theirs.threads[thread] == nil {
            found.insert(StackDifference(kind: .extraThread, ours: name(frames.last), theirs: ""))
        }
        return found
    }

    static func runs(_ frames: [PeerFrame]) -> [Run] {
        var runs: [Run] = []
        for frame in frames {
            if let last = runs.indices.last, runs[last].pc == frame.pc {
                runs[last].frames.append(frame)
            } else {
                runs.append(Run(pc: frame.pc, frames: [frame]))
            }
        }
        return runs
    }

    private static func compare(_ ours: [Run], _ theirs: [Run], into found: inout Set<StackDifference>) {
        var left = 0
        var right = 0
        while left < ours.count || right < theirs.count {
            if left < ours.count, right < theirs.count, ours[left].pc == theirs[right].pc {
                compare(ours[left], theirs[right], into: &found)
                left += 1
                right += 1
                continue
            }
            // Where both meet again; nothing in common any more means that all the rest differs.
            let (skipLeft, skipRight) = meeting(ours[left...], theirs[right...])
            for run in ours[left..<left + skipLeft] {
                found.insert(StackDifference(kind: .extraFrame, ours: name(run.frames.last), theirs: ""))
            }
            for run in theirs[right..<right + skipRight] {
                found.insert(StackDifference(kind: .missingFrame, ours: "", theirs: name(run.frames.last)))
            }
            left += skipLeft
            right += skipRight
        }
    }

    private static func meeting(_ ours: ArraySlice<Run>, _ theirs: ArraySlice<Run>) -> (Int, Int) {
        let farthest = 64
        for distance in 1...farthest {
            for skipLeft in 0...distance where skipLeft < ours.count && distance - skipLeft < theirs.count {
                let skipRight = distance - skipLeft
                if ours[ours.startIndex + skipLeft].pc == theirs[theirs.startIndex + skipRight].pc {
                    return (skipLeft, skipRight)
                }
            }
        }
        return (ours.count, theirs.count)
    }

    private static func compare(_ ours: Run, _ theirs: Run, into found: inout Set<StackDifference>) {
        if ours.frames.count == theirs.frames.count {
            for (own, other) in zip(ours.frames, theirs.frames) where other.kind != .signal {
                compareNames(own, other, into: &found)
                comparePlaces(own, other, into: &found)
            }
            return
        }
        found.insert(StackDifference(kind: .inlines, ours: chain(ours), theirs: chain(theirs)))
        // A tool that shows no inlined functions still names the physical one, and the innermost line.
        if theirs.frames.count == 1, let own = ours.frames.last, let innermost = ours.frames.first {
            compareNames(own, theirs.frames[0], into: &found)
            comparePlaces(innermost, theirs.frames[0], into: &found)
        }
    }

    private static func compareNames(_ own: PeerFrame, _ other: PeerFrame, into found: inout Set<StackDifference>) {
        if !FunctionSpelling.agree(own.functions, other.functions) {
            found.insert(StackDifference(kind: .function, ours: name(own), theirs: name(other)))
        }
    }

    private static func comparePlaces(_ own: PeerFrame, _ other: PeerFrame, into found: inout Set<StackDifference>) {
        if !sameFile(own.file, other.file) {
            let ownFile = "\(name(own)) \(own.file ?? "nowhere")"
            found.insert(StackDifference(kind: .file, ours: ownFile, theirs: other.file ?? "nowhere"))
        } else if own.line != other.line {
            let ownLine = "\(name(own)) \(own.line ?? 0)"
            found.insert(StackDifference(kind: .line, ours: ownLine, theirs: String(other.line ?? 0)))
        }
    }

    private static func chain(_ run: Run) -> String {
        run.frames.map { name($0) }.joined(separator: " < ")
    }

    private static func name(_ frame: PeerFrame?) -> String { frame?.functions.first ?? "?" }

    /// Whether one path ends with the other: tools differ in how much of the compilation folder they put before it.
    static func sameFile(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        let longer = components(left)
        let shorter = components(right)
        let count = min(longer.count, shorter.count)
        return longer.suffix(count) == shorter.suffix(count)
    }

    private static func components(_ path: String) -> [String] {
        var parts: [String] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else {
                parts.append(String(part))
            }
        }
        return Array(parts.drop { $0 == ".." })
    }
}
