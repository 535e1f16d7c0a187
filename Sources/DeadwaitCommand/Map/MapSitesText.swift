import Deadwait
import SignalMap
import SignalMapABI

/// Who does something to an object.
struct MapSitesText {
    private let set: SignalMapSet
    private let places: MapPlaces
    private let style: Style
    private let isVerbose: Bool

    init(_ set: SignalMapSet, _ style: Style, _ isVerbose: Bool) {
        self.set = set
        places = MapPlaces(set)
        self.style = style
        self.isVerbose = isVerbose
    }

    func write(_ verb: String, _ object: String, _ answer: SiteAnswer, to output: inout ByteWriter) {
        output.newline()
        output.append(trusted: style.begin(.bold))
        Paragraph.write("Who \(verb) \(object)", indent: 0, width: style.width, to: &output)
        output.append(trusted: style.end)
        let named = answer.sites(.named)
        if named.isEmpty { sentence("Nobody that is known to mean it.", &output) }
        let names = Set(named.map { name($0) })
        for site in named { write(site, showsName: names.count > 1 || answer.identities.count > 1, to: &output) }
        more(answer.sites(.sameType), "The same kind of object, reached in another way", &output)
        more(answer.sites(.possible), "Other objects that may be this one, as far as is known", &output)
        let unknown = answer.sites(.unknown)
        if isVerbose {
            more(unknown, "Objects that nothing is known of", &output)
        } else if !unknown.isEmpty {
            sentence(
                "\(MapPlaces.count(MapText.places(unknown, set), verb == "signals" ? "more signal" : "more wait")), of "
                    + "whose object nothing is known: --verbose lists them.", &output)
        }
    }

    private func name(_ site: SignalMapSet.Site) -> String {
        IdentityText(set.maps[site.map]).name(set.record(site).identity)
    }

    private func write(_ site: SignalMapSet.Site, showsName: Bool, to output: inout ByteWriter) {
        Paragraph.write(
            "\(places.function(site)) (\(places.place(site))): \(places.primitive(site))"
                + (showsName ? " of \(name(site))" : ""), indent: 2, hang: 4, width: style.width, to: &output)
    }

    private func more(_ sites: [SignalMapSet.Site], _ title: String, _ output: inout ByteWriter) {
        guard !sites.isEmpty else { return }
        sentence("\(title) (\(MapPlaces.count(MapText.places(sites, set), "place"))):", &output)
        let shown = isVerbose ? sites[...] : sites.prefix(8)
        for site in shown {
            Paragraph.write(
                "\(places.function(site)) (\(places.place(site))): \(places.primitive(site)) of \(name(site))",
                indent: 4, hang: 4, width: style.width, to: &output)
        }
        if shown.count < sites.count {
            Paragraph.write(
                "and \(sites.count - shown.count) more: --verbose.", indent: 4, width: style.width, to: &output)
        }
    }

    private func sentence(_ text: String, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: 2, width: style.width, to: &output)
    }
}

/// The way from a function to a signal.
struct MapWayText {
    private let set: SignalMapSet
    private let style: Style

    init(_ set: SignalMapSet, _ style: Style) {
        self.set = set
        self.style = style
    }

    func write(
        _ from: String, _ object: String, _ way: CallWay?, _ sites: SiteAnswer, to output: inout ByteWriter
    ) {
        output.newline()
        guard let way else {
            line("\(from) has no way to a signal of \(object).", 0, &output)
            let known = sites.found.filter { $0.certainty < .unknown }
            let unknown = MapText.places(sites.sites(.unknown), set)
            line(
                known.isEmpty
                    ? "Nobody is known to signal it."
                    : "It is signalled in \(MapPlaces(set).list(known.map(\.site), most: 4)), which "
                        + "no call that is known leads to from there.", 2, &output)
            if unknown > 0 {
                line("\(MapPlaces.count(unknown, "signal")) of unknown objects: not followed.", 2, &output)
            }
            return
        }
        line("\(from) may signal \(object):", 0, &output)
        for (number, step) in way.steps.enumerated() {
            let place = set.place(ofCall: step.call, in: step.function.map)?.text ?? ""
            let verb =
                step.isCreation
                ? "starts a thread that runs" : step.isCallback ? "hands on, to be called at once" : "calls"
            line(
                "\(set.name(of: step.function)) (\(place)) \(verb), \(MapWords.level(step.level)):",
                2 + min(number, 20), &output)
        }
        let places = MapPlaces(set)
        line(
            "\(places.function(way.site)) (\(places.place(way.site))): \(places.primitive(way.site))",
            2 + min(way.steps.count, 20), &output)
        if way.certainty != .named {
            line("Whether this object is meant is not known: nothing rules it out.", 2, &output)
        }
        for level in [DWM_PROTOTYPE, DWM_OFFSET, DWM_ANY] where way.steps.contains(where: { $0.level == level }) {
            line("\(MapWords.level(level)): a guess. \(Self.meaning(of: level))", 2, &output)
        }
    }

    private static func meaning(of level: dwm_level) -> String {
        switch level {
        case DWM_PROTOTYPE:
            "The pointer was not understood: any function of its prototype may be called whose address is taken."
        case DWM_OFFSET:
            "The pointer was not understood: any function may be called that is stored at the same offset of anything."
        default: "The pointer was not understood: any function may be called whose address is taken."
        }
    }

    private func line(_ text: String, _ indent: Int, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: indent, hang: 4, width: style.width, to: &output)
    }
}
