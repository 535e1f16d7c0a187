import DumpText
import Foundation
import ProcessModel
import Testing

/// Dumps of seeded programs, made by the real tools: Fixtures/dumps.
enum DumpSamples {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/dumps")

    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".txt") }
        .sorted()

    static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    /// What a reader makes of each frame: the thread, the function, the place.
    static func picture(_ snapshot: Snapshot) -> [String] {
        snapshot.threads.map { thread in
            let frames = snapshot.frames(of: thread).flatMap { frame in
                frame.source.map { source in
                    "\(source.function ?? "?") \(source.file ?? "-"):\(source.line ?? 0)"
                }
            }
            return "\(thread.id) \(thread.wait?.kind.rawValue ?? "-") \(thread.wait?.object?.description ?? "-"): "
                + frames.joined(separator: " < ")
        }
    }

    static func read(_ text: String) -> DumpReader { DumpReader(Array(text.utf8)) }
}

/// What happens to texts on their way.
enum Damage: String, CaseIterable {
    case flattened, quoted, quotedTwice, syslog, journal, actions, glog, docker, html, quotedPrintable, colours,
        carriageReturns, pagerLines, pagerInFrames, typography, wrapped, trackerKeys, trackerLinks, utf16, nulBytes,
        indented, fenced, emptyLines

    func apply(_ text: String) -> [UInt8] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func each(_ change: (Int, String) -> String) -> [UInt8] {
            Array(lines.enumerated().map { change($0.offset, $0.element) }.joined(separator: "\n").utf8)
        }
        let entities = { (line: String) in
            line.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
                .replacingOccurrences(of: ">", with: "&gt;")
        }
        switch self {
        case .flattened: return Array(lines.filter { !$0.isEmpty }.joined(separator: " ").utf8)
        case .quoted: return each { "> " + $1 }
        case .quotedTwice: return each { ">> " + $1 }
        case .syslog: return each { "Jul 12 04:15:\(10 + $0 % 50) node7 quill[50110]: " + $1 }
        case .journal: return each { "Jul 12 04:15:\(10 + $0 % 50) node7 quill: " + $1 }
        case .actions: return each { "2031-07-12T04:15:\(10 + $0 % 50).1234567Z " + $1 }
        case .glog: return each { "W0712 04:15:\(10 + $0 % 50).120344 50190 trace.cc:40] " + $1 }
        case .docker: return each { "engine-1  | 2031-07-12T04:15:\(10 + $0 % 50)Z " + $1 }
        case .html: return Array(("<pre>\n" + lines.map(entities).joined(separator: "<br>\n") + "\n</pre>").utf8)
        case .quotedPrintable:
            let encoded = lines.map { line -> String in
                let plain = line.replacingOccurrences(of: "=", with: "=3D")
                guard plain.count > 76 else { return plain }
                var pieces: [String] = []
                var rest = Substring(plain)
                while rest.count > 75 {
                    var cut = rest.index(rest.startIndex, offsetBy: 75)
                    // An encoded byte stays in one piece.
                    while rest[..<cut].hasSuffix("=") || rest[..<cut].hasSuffix("=3") { cut = rest.index(before: cut) }
                    pieces.append(rest[..<cut] + "=")
                    rest = rest[cut...]
                }
                return (pieces + [String(rest)]).joined(separator: "\n")
            }
            return Array(encoded.joined(separator: "\n").utf8)
        case .colours: return each { "\u{1b}[3\($0 % 8)m" + $1 + "\u{1b}[0m" }
        case .carriageReturns: return Array(lines.joined(separator: "\r\n").utf8)
        case .pagerLines:
            return each { $0 % 7 == 3 ? "--Type <RET> for more, q to quit, c to continue without paging--\n" + $1 : $1 }
        case .pagerInFrames:
            return each { number, line in
                guard line.hasPrefix("#"), number % 5 == 2, line.count > 30 else { return line }
                let cut = line.index(line.startIndex, offsetBy: 25)
                return line[..<cut] + "---Type <return> to continue, or q <return> to quit---\n" + line[cut...]
            }
        case .typography:
            return each {
                $1.replacingOccurrences(of: "\"", with: "\u{201d}").replacingOccurrences(of: "...", with: "…")
            }
        case .wrapped:
            return each { _, line in
                line.hasPrefix("#")
                    ? line.replacingOccurrences(of: " at ", with: "\n    at ").replacingOccurrences(
                        of: ", ", with: ",\n    ")
                    : line
            }
        case .trackerKeys:
            return each { _, line in
                guard line.hasPrefix("#"), !line.hasPrefix("#0") else { return line }
                return "PRJ-" + line.dropFirst()
            }
        case .trackerLinks:
            return each { _, line in
                guard line.hasPrefix("#"), let blank = line.firstIndex(of: " ") else { return line }
                return "[\(line[..<blank])](https://example.org/issues/1)" + line[blank...]
            }
        case .utf16:
            return [0xff, 0xfe] + text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        case .nulBytes: return each { $0 % 3 == 0 ? "\0" + $1 : $1 }
        case .indented: return each { "    " + $1 }
        case .fenced: return Array(("It hangs:\n```\n" + text + "\n```\nAny idea?").utf8)
        case .emptyLines: return each { $1 + "\n" }
        }
    }
}
