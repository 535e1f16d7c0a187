import Deadwait
import SignalMap
import SignalMapABI

/// What is waited on and nobody is known to signal, by how sure that is.
struct MapSilenceText {
    private let set: SignalMapSet
    private let style: Style

    init(_ set: SignalMapSet, _ style: Style) {
        self.set = set
        self.style = style
    }

    /// In answer to the question for it: says also what is not among them, and why.
    func write(_ conditions: [ConditionSummary], to output: inout ByteWriter) {
        write(conditions, most: .max, to: &output)
        let known = conditions.filter(\.isDecided)
        let silent = known.filter(\.hasNoSignaller)
        if silent.isEmpty {
            output.newline()
            line("Of nothing that is waited on here it is shown that nobody signals it.", &output)
        }
        output.newline()
        // Waits of unknown objects first: they are what is missing most.
        let unknown = conditions.filter { !$0.isDecided }.reduce(0) { $0 + MapText.places($1.waits, set) }
        if unknown > 0 {
            line(
                "\(MapPlaces.count(unknown, "wait")) on objects that are not known: of these nothing is said.", &output)
        }
        let maybe = known.filter { $0.signals.isEmpty && !$0.hasNoSignaller && !$0.isReleasedElsewhere }
        if !maybe.isEmpty {
            let names = maybe.prefix(3).map(\.name).joined(separator: ", ") + (maybe.count > 3 ? ", …" : "")
            line(
                "\(MapPlaces.count(maybe.count, "object")) that only signals of like objects may mean: \(names). "
                    + "--who-signals lists these signals.", &output)
        }
        let elsewhere = known.count { $0.signals.isEmpty && $0.isReleasedElsewhere }
        if elsewhere > 0 {
            line(
                "\(MapPlaces.count(elsewhere, "object")) that the kernel or a library wakes: descriptors, timers, queues "
                    + "and the like.", &output)
        }
        if calls(["dlsym", "dlvsym"]) {
            line("Functions that dlsym(3) finds by names that are put together at run time are not in this.", &output)
        }
        line("Signals from binaries that were not named, and from other processes, are not in this.", &output)
    }

    private func calls(_ symbols: Set<String>) -> Bool {
        set.maps.contains { map in
            map.calls.contains { call in
                call.kind == UInt8(truncatingIfNeeded: DWM_CALL_SYMBOL.rawValue)
                    && map.string(call.target).map(symbols.contains) == true
            }
        }
    }

    /// The sure ones and the doubtful ones, up to `most` of each.
    func write(_ conditions: [ConditionSummary], most: Int, to output: inout ByteWriter) {
        let silent = conditions.filter { $0.isDecided && $0.hasNoSignaller }
        list("Nobody signals", silent.filter(\.isNeverSignalled), most, &output)
        list(
            "No signaller is known, but there are signals of unknown objects", silent.filter { $0.unknown > 0 }, most,
            &output)
    }

    private func list(_ title: String, _ conditions: [ConditionSummary], _ most: Int, _ output: inout ByteWriter) {
        guard !conditions.isEmpty else { return }
        output.newline()
        output.append(trusted: style.begin(.bold))
        Paragraph.write(title, indent: 0, width: style.width, to: &output)
        output.append(trusted: style.end)
        for condition in conditions.prefix(most) {
            let waiters = MapPlaces(set).list(condition.waits, most: 3)
            let doubt =
                condition.unknown > 0 ? "; \(MapPlaces.count(condition.unknown, "signal")) may mean it" : ""
            Paragraph.write(
                "\(condition.name) (\(MapWords.kind(condition.kind))), waited on in \(waiters)\(doubt)", indent: 2,
                hang: 4,
                width: style.width, to: &output)
        }
        if conditions.count > most { line("and \(conditions.count - most) more: --never-signalled.", &output) }
    }

    private func line(_ text: String, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: 2, hang: 2, width: style.width, to: &output)
    }
}
