import Deadwait
import SignalMap
import SignalMapABI

/// Answers about maps for people. What was asked comes first; what it rests on follows.
struct MapText {
    var style: Style
    var isVerbose: Bool
    var showsTiming: Bool

    /// Rows of a table that a screen has room for.
    private static let mostRows = 24

    func write(_ answer: MapAnswer, to output: inout ByteWriter) {
        for mapping in answer.loaded.mappings { head(mapping, to: &output) }
        switch answer.answer {
        case .summary(let conditions):
            summary(MapSummary(answer.set), &output)
            table(conditions, answer.set, to: &output)
            MapSilenceText(answer.set, style).write(conditions, most: isVerbose ? .max : 8, to: &output)
        case .neverSignalled(let conditions):
            MapSilenceText(answer.set, style).write(conditions, to: &output)
        case .sites(let verb, let object, let found):
            MapSitesText(answer.set, style, isVerbose).write(verb, object, found, to: &output)
        case .way(let from, let object, let way, let sites):
            MapWayText(answer.set, style).write(from, object, way, sites, to: &output)
        case .thread(let routine, let summary):
            MapThreadText(answer.set, style, isVerbose).write(routine, summary, to: &output)
        case .diff(let diff): MapDiffText(style: style).write(diff, to: &output)
        }
        foot(answer, to: &output)
        output.finish()
    }

    // MARK: Head and foot

    private func head(_ mapping: SignalMapping, to output: inout ByteWriter) {
        let map = mapping.map
        let name = map.binaryPath.split(separator: "/").last.map(String.init) ?? map.binaryPath
        let build = map.buildID.map { " (build \($0.description.prefix(12)))" } ?? ""
        ink(.bold, &output) { output in
            Paragraph.write(
                "\(name)\(build): \(MapWords.knowledge(map.header.knowledge))", indent: 0, hang: 2, width: style.width,
                to: &output)
        }
        switch dwm_knowledge(rawValue: map.header.knowledge) {
        case DWM_STRIPPED:
            sentence(
                "Without symbols and types: objects are told apart by offsets, functions are called by their "
                    + "addresses, and most answers are no more than possible. Its debug file would help: --debug-dir.",
                &output)
        case DWM_SYMBOLS:
            sentence(
                "Without types: objects in structures are told apart by offsets only. Build with -g, or give the "
                    + "debug file: --debug-dir.", &output)
        default: break
        }
        for note in mapping.notes { sentence(note, &output) }
    }

    private func foot(_ answer: MapAnswer, to output: inout ByteWriter) {
        if case .summary = answer.answer { gaps(answer, to: &output) }
        guard showsTiming else { return }
        for mapping in answer.loaded.mappings {
            let steps = mapping.phases.map { "\($0.name) \(Self.milliseconds($0.milliseconds))" }
            let all = mapping.phases.reduce(0) { $0 + $1.milliseconds }
            output.newline()
            Paragraph.write(
                "Time: \(steps.joined(separator: ", ")); \(Self.milliseconds(all)) in all; a map of "
                    + "\(grouped(mapping.map.bytes.count / 1024)) KB.", indent: 0, hang: 2, width: style.width,
                to: &output)
        }
    }

    private static func milliseconds(_ value: Double) -> String {
        let tenths = Int(value * 10 + 0.5)
        return "\(tenths / 10).\(tenths % 10) ms"
    }

    private func gaps(_ answer: MapAnswer, to output: inout ByteWriter) {
        var counts: [String: Int] = [:]
        var order: [String] = []
        for map in answer.set.maps {
            for gap in map.gaps {
                let text = "could not \(map.string(gap.operation) ?? "read something"): \(map.string(gap.reason) ?? "")"
                if counts[text] == nil { order.append(text) }
                counts[text, default: 0] += 1
            }
        }
        let missing = answer.set.missingSymbols().count
        guard !order.isEmpty || missing > 0 else { return }
        heading("Not known", &output)
        for text in order.prefix(isVerbose ? order.count : 6) {
            let count = counts[text] ?? 1
            sentence(count == 1 ? "\(text)." : "\(grouped(count)) times \(text).", &output)
        }
        if !isVerbose, order.count > 6 { sentence("\(order.count - 6) more kinds of gaps: --verbose.", &output) }
        if missing > 0 {
            sentence(
                "\(MapPlaces.count(missing, "called function")) of binaries that were not named: what these signal is not "
                    + "counted.", &output)
        }
    }

    // MARK: Summary

    private func summary(_ summary: MapSummary, _ output: inout ByteWriter) {
        var levels: [String] = []
        for level in MapWords.levels {
            if let count = summary.indirectCalls[level.rawValue] {
                levels.append("\(MapWords.level(level)) \(grouped(count))")
            }
        }
        if summary.notUnderstood > 0 { levels.append("not understood \(grouped(summary.notUnderstood))") }
        sentence(
            "\(MapPlaces.count(summary.functions, "function")), "
                + "\(MapPlaces.count(Int(clamping: summary.instructions), "instruction")); "
                + "\(MapPlaces.count(summary.directCalls, "direct call")), \(grouped(summary.indirectCount)) through pointers"
                + (levels.isEmpty ? "." : ": \(levels.joined(separator: ", "))."), &output)
        let words: [(dwm_action, String, String)] = [
            (DWM_WAIT, "wait", "on a known object"), (DWM_SIGNAL, "signal", "of a known object"),
            (DWM_CREATE, "creation", "with a known start routine"),
        ]
        let counts = words.map { action, name, known in
            let operations = summary.operations[action.rawValue] ?? MapSummary.Operations()
            return "\(MapPlaces.count(operations.sites, name)) (\(grouped(operations.decided)) \(known))"
        }
        sentence(counts.joined(separator: ", ") + ".", &output)
        if summary.lostFunctions + summary.guessedFunctions > 0 {
            sentence(
                "Marks: \(MapPlaces.count(summary.lostFunctions, "function")) in which a value was lost, "
                    + "\(grouped(summary.guessedFunctions)) in which a jump was not understood.", &output)
        }
    }

    private func table(_ conditions: [ConditionSummary], _ set: SignalMapSet, to output: inout ByteWriter) {
        let shown = conditions.filter(\.isDecided)
        heading("Waited on", &output)
        guard !shown.isEmpty else {
            sentence(conditions.isEmpty ? "Nothing that is known." : "Nothing whose object is known.", &output)
            return
        }
        let rows = isVerbose ? shown[...] : shown.prefix(Self.mostRows)
        let widest = max(10, rows.map { Paragraph.columns($0.name) }.max() ?? 0)
        let name = min(widest, max(style.width - 36, 16))
        row("  ", "object", "kind", "waits", "signals", name, &output)
        for condition in rows {
            let more = condition.sameType + condition.possible + condition.unknown
            row(
                "  ", Paragraph.elided(condition.name, to: name), MapWords.kind(condition.kind),
                "\(Self.places(condition.waits, set))",
                "\(Self.places(condition.signals, set))" + (more > 0 ? " +\(more)?" : ""), name, &output)
        }
        if rows.count < shown.count { sentence("and \(shown.count - rows.count) more: --verbose.", &output) }
        let unknown = conditions.filter { !$0.isDecided }.reduce(0) { $0 + Self.places($1.waits, set) }
        if unknown > 0 {
            sentence("\(MapPlaces.count(unknown, "more wait")) on objects that are not known.", &output)
        }
        if rows.contains(where: { $0.sameType + $0.possible + $0.unknown > 0 }) {
            sentence("+N?: places that may signal it, as far as is known. --who-signals lists them.", &output)
        }
    }

    /// Calls; one that may be several objects has several sites.
    static func places(_ sites: [SignalMapSet.Site], _ set: SignalMapSet) -> Int {
        struct Place: Hashable {
            var map: Int
            var call: UInt32
        }
        return Set(sites.map { Place(map: $0.map, call: set.record($0).call) }).count
    }

    private func row(
        _ indent: String, _ object: String, _ kind: String, _ waits: String, _ signals: String, _ name: Int,
        _ output: inout ByteWriter
    ) {
        output.append(trusted: indent)
        output.text(object)
        output.spaces(name - Paragraph.columns(object) + 2)
        output.append(trusted: kind)
        output.spaces(14 - Paragraph.columns(kind) + 5 - waits.utf8.count)
        output.append(trusted: waits)
        output.spaces(2)
        output.append(trusted: signals)
        output.newline()
    }

    // MARK: Layout

    func heading(_ text: String, _ output: inout ByteWriter) {
        output.newline()
        ink(.bold, &output) { $0.append(trusted: text + "\n") }
    }

    func sentence(_ text: String, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: 2, width: style.width, to: &output)
    }

    private func ink(_ ink: Style.Ink, _ output: inout ByteWriter, _ body: (inout ByteWriter) -> Void) {
        output.append(trusted: style.begin(ink))
        body(&output)
        output.append(trusted: style.end)
    }

    private func grouped(_ number: Int) -> String { MapPlaces.grouped(number) }
}
