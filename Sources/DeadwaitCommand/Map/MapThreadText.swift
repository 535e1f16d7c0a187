import Deadwait
import SignalMap
import SignalMapABI

/// What a thread may do.
struct MapThreadText {
    private let set: SignalMapSet
    private let style: Style
    private let isVerbose: Bool

    init(_ set: SignalMapSet, _ style: Style, _ isVerbose: Bool) {
        self.set = set
        self.style = style
        self.isVerbose = isVerbose
    }

    func write(_ routine: String, _ summary: ThreadSummary, to output: inout ByteWriter) {
        output.newline()
        line(
            "A thread that \(summary.goesOn ? "goes on behind" : "runs") \(routine) may run \(MapPlaces.grouped(summary.reached)) of "
                + "\(MapPlaces.grouped(summary.functionCount)) functions.", 0, &output)
        if summary.goesOn, summary.mayReturn {
            line("It may return to its callers, which are not in this.", 2, &output)
        }
        list("It may wait on", summary.waits, &output)
        list("It may signal", summary.signals, &output)
        line(summary.creates.isEmpty ? "It creates no thread." : "It may create threads that run", 2, &output)
        creations(summary.creates, &output)
        if summary.notUnderstood > 0 {
            line(
                "\(MapPlaces.count(summary.notUnderstood, "call")) on its ways may lead further than is known.", 2,
                &output)
        }
        if !summary.outside.isEmpty {
            let names = summary.outside.prefix(isVerbose ? summary.outside.count : 6).map(MapPlaces.readable).joined(
                separator: ", ")
            line(
                "It calls \(MapPlaces.count(summary.outside.count, "function")) of binaries that were not named: \(names)"
                    + (summary.outside.count > 6 && !isVerbose ? ", …" : "") + ".", 2, &output)
        }
    }

    /// Those that are known first; a pointer that is not understood may be any of many functions, and stands in one line.
    private func creations(
        _ creates: [(routine: String, sites: [SignalMapSet.Site])], _ output: inout ByteWriter
    ) {
        let guesses =
            isVerbose ? [] : creates.filter { $0.routine != IdentityText.unknown && !$0.sites.contains(where: isSure) }
        for (name, sites) in creates where !guesses.contains(where: { $0.routine == name }) {
            line("\(name): in \(MapPlaces(set).list(sites, most: 2))", 4, &output)
        }
        guard !guesses.isEmpty else { return }
        let sites = guesses.flatMap(\.sites)
        line(
            "perhaps \(MapPlaces.count(guesses.count, "more function")) that pointers may hold which are not understood: in "
                + "\(MapPlaces(set).list(sites, most: 2)). --verbose lists them.", 4, &output)
    }

    /// What runs is known by a way that is understood.
    private func isSure(_ site: SignalMapSet.Site) -> Bool {
        set.maps[site.map].targetSet(set.record(site).targets).map { UInt32($0.level) <= DWM_CLASS.rawValue } ?? false
    }

    private func list(
        _ title: String, _ groups: [(name: String, kind: UInt8, sites: [SignalMapSet.Site])],
        _ output: inout ByteWriter
    ) {
        line(groups.isEmpty ? "\(title) nothing." : title, 2, &output)
        let shown = isVerbose ? groups[...] : groups.prefix(16)
        for (name, kind, sites) in shown {
            line("\(name) (\(MapWords.kind(kind))): in \(MapPlaces(set).list(sites, most: 2))", 4, &output)
        }
        if shown.count < groups.count { line("and \(groups.count - shown.count) more: --verbose.", 4, &output) }
    }

    private func line(_ text: String, _ indent: Int, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: indent, hang: 4, width: style.width, to: &output)
    }
}

/// What changed between two builds.
struct MapDiffText {
    var style: Style

    func write(_ diff: SignalMapDiff, to output: inout ByteWriter) {
        output.newline()
        if diff.added.isEmpty, diff.gone.isEmpty, diff.changed.isEmpty {
            line("The same is waited on and signalled by the same functions.", 0, &output)
            return
        }
        let silent = diff.withoutSignaller
        line(
            "\(diff.added.count) new, \(diff.gone.count) gone, \(diff.changed.count) with other signallers"
                + (silent.isEmpty ? "." : "; \(silent.count) without a signaller."), 0, &output)
        for change in silent {
            let lost = change.before.isEmpty ? "" : ": \(names(change.before)) did"
            line(
                change.isNeverSignalled
                    ? "NOBODY SIGNALS \(name(change))\(lost)"
                    : "NO SIGNALLER IS KNOWN of \(name(change))\(lost); signals of unknown objects may mean it", 2,
                &output)
        }
        for change in diff.added where !change.hasNoSignaller {
            line("new: \(name(change)), signalled by \(names(change.now))", 2, &output)
        }
        for change in diff.gone { line("gone: \(name(change))", 2, &output) }
        for change in diff.changed where !silent.contains(where: { $0.name == change.name && $0.kind == change.kind }) {
            let more = change.now.filter { !change.before.contains($0) }
            let fewer = change.before.filter { !change.now.contains($0) }
            line(
                "\(name(change)): " + (more.isEmpty ? "" : "now also signalled by \(names(more))")
                    + (more.isEmpty || fewer.isEmpty ? "" : "; ")
                    + (fewer.isEmpty ? "" : "no longer by \(names(fewer))"), 2, &output)
        }
    }

    private func name(_ change: SignalMapDiff.Change) -> String { "\(change.name) (\(MapWords.kind(change.kind)))" }

    private func names(_ names: [String]) -> String {
        names.isEmpty ? "nobody" : names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
    }

    private func line(_ text: String, _ indent: Int, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: indent, hang: 4, width: style.width, to: &output)
    }
}
