import Deadwait
import SignalMap
import SignalMapABI

/// Answers about maps as JSON, for programs. Within a version fields are only added.
struct MapJSON {
    /// Changes when a member changes its meaning or goes away.
    static let schema = "deadwait.map/1"

    func write(_ answer: MapAnswer, to output: inout ByteWriter) {
        var json = JSONWriter(output)
        json.beginObject(lines: true)
        json.string("schema", Self.schema)
        binaries(answer.loaded.mappings, &json)
        switch answer.answer {
        case .summary(let conditions):
            summary(MapSummary(answer.set), &json)
            self.conditions(conditions, answer.set, &json)
        case .neverSignalled(let conditions):
            self.conditions(conditions.filter(\.hasNoSignaller), answer.set, &json)
        case .sites(_, let object, let found):
            json.string("object", object)
            sites(found, answer.set, &json)
        case .way(let from, let object, let way, let found):
            json.string("function", from)
            json.string("object", object)
            self.way(way, answer.set, &json)
            sites(found, answer.set, &json)
        case .thread(let routine, let summary):
            json.string("routine", routine)
            thread(summary, answer.set, &json)
        case .diff(let diff): self.diff(diff, &json)
        }
        gaps(answer.set, &json)
        json.finish(into: &output)
    }

    private func binaries(_ mappings: [SignalMapping], _ json: inout JSONWriter) {
        json.key("binaries")
        json.beginArray(lines: true)
        for mapping in mappings {
            let map = mapping.map
            json.beginObject(lines: true)
            json.string("path", map.binaryPath)
            json.string("buildID", map.buildID?.description)
            json.string("knowledge", MapWords.knowledge(map.header.knowledge))
            json.integer("functions", map.functions.count)
            json.integer("instructions", map.header.instructions)
            json.integer("mapBytes", map.bytes.count)
            json.string("origin", "\(mapping.origin)")
            json.strings("notes", mapping.notes)
            json.key("milliseconds")
            json.beginObject()
            for phase in mapping.phases {
                json.key(phase.name)
                json.integer(Int(phase.milliseconds + 0.5))
            }
            json.end()
            json.end()
        }
        json.end()
    }

    private func summary(_ summary: MapSummary, _ json: inout JSONWriter) {
        json.key("calls")
        json.beginObject()
        json.integer("direct", summary.directCalls)
        for level in MapWords.levels {
            json.key(level == DWM_DIRECT ? "pointerToOne" : MapWords.level(level))
            json.integer(summary.indirectCalls[level.rawValue] ?? 0)
        }
        json.integer("notUnderstood", summary.notUnderstood)
        json.integer("open", summary.open)
        json.end()
        json.key("operations")
        json.beginObject(lines: true)
        let actions: [(String, dwm_action)] = [
            ("waits", DWM_WAIT), ("signals", DWM_SIGNAL), ("creations", DWM_CREATE), ("joins", DWM_JOIN),
            ("acquisitions", DWM_ACQUIRE), ("releases", DWM_RELEASE),
        ]
        for (name, action) in actions {
            let counts = summary.operations[action.rawValue] ?? MapSummary.Operations()
            json.key(name)
            json.beginObject()
            json.integer("sites", counts.sites)
            json.integer("decided", counts.decided)
            json.end()
        }
        json.end()
        json.integer("functionsWithLostValues", summary.lostFunctions)
        json.integer("functionsWithGuessedFlow", summary.guessedFunctions)
    }

    private func conditions(_ conditions: [ConditionSummary], _ set: SignalMapSet, _ json: inout JSONWriter) {
        json.key("conditions")
        json.beginArray(lines: true)
        for condition in conditions {
            json.beginObject(lines: true)
            json.string("object", condition.name)
            json.string("kind", MapWords.kind(condition.kind))
            json.boolean("decided", condition.isDecided)
            json.key("waits")
            list(condition.waits, set, &json)
            json.key("signals")
            list(condition.signals, set, &json)
            json.integer("sameType", condition.sameType)
            json.integer("possible", condition.possible)
            json.integer("unknown", condition.unknown)
            json.boolean("neverSignalled", condition.isNeverSignalled)
            json.end()
        }
        json.end()
    }

    private func list(_ sites: [SignalMapSet.Site], _ set: SignalMapSet, _ json: inout JSONWriter) {
        json.beginArray(lines: true)
        for site in sites { self.site(site, nil, set, &json) }
        json.end()
    }

    private func sites(_ answer: SiteAnswer, _ set: SignalMapSet, _ json: inout JSONWriter) {
        json.strings("identities", answer.identities)
        json.key("sites")
        json.beginArray(lines: true)
        for found in answer.found { site(found.site, found.certainty, set, &json) }
        json.end()
    }

    private func site(
        _ site: SignalMapSet.Site, _ certainty: SiteCertainty?, _ set: SignalMapSet, _ json: inout JSONWriter
    ) {
        let record = set.record(site)
        let map = set.maps[site.map]
        let place = set.place(ofCall: record.call, in: site.map)
        json.beginObject()
        json.integer("binary", site.map)
        json.string("function", set.function(of: site).map { set.name(of: $0) })
        json.address("call", place?.address)
        json.string("file", place?.file)
        json.integer("line", place?.line)
        json.string("primitive", map.string(record.primitive))
        json.string("object", IdentityText(map).path(record.identity))
        if let certainty { json.string("certainty", "\(certainty)") }
        json.end()
    }

    private func way(_ way: CallWay?, _ set: SignalMapSet, _ json: inout JSONWriter) {
        json.key("way")
        guard let way else { return json.null() }
        json.beginArray(lines: true)
        for step in way.steps {
            let place = set.place(ofCall: step.call, in: step.function.map)
            json.beginObject()
            json.string("function", set.name(of: step.function))
            json.address("call", place?.address)
            json.string("file", place?.file)
            json.integer("line", place?.line)
            json.string("level", MapWords.level(step.level))
            json.boolean("callback", step.isCallback)
            json.boolean("creation", step.isCreation)
            json.end()
        }
        site(way.site, way.certainty, set, &json)
        json.end()
    }

    private func thread(_ summary: ThreadSummary, _ set: SignalMapSet, _ json: inout JSONWriter) {
        json.integer("reachedFunctions", summary.reached)
        json.boolean("mayReturn", summary.mayReturn)
        for (name, groups) in [("waits", summary.waits), ("signals", summary.signals)] {
            json.key(name)
            json.beginArray(lines: true)
            for (object, kind, sites) in groups {
                json.beginObject(lines: true)
                json.string("object", object)
                json.string("kind", MapWords.kind(kind))
                json.key("sites")
                list(sites, set, &json)
                json.end()
            }
            json.end()
        }
        json.key("creates")
        json.beginArray(lines: true)
        for (routine, sites) in summary.creates {
            json.beginObject(lines: true)
            json.string("routine", routine)
            json.key("sites")
            list(sites, set, &json)
            json.end()
        }
        json.end()
        json.strings("outside", summary.outside)
        json.integer("notUnderstood", summary.notUnderstood)
    }

    private func diff(_ diff: SignalMapDiff, _ json: inout JSONWriter) {
        for (name, changes) in [("added", diff.added), ("gone", diff.gone), ("changed", diff.changed)] {
            json.key(name)
            json.beginArray(lines: true)
            for change in changes {
                json.beginObject()
                json.string("object", change.name)
                json.string("kind", MapWords.kind(change.kind))
                json.strings("signallersBefore", change.before)
                json.strings("signallersNow", change.now)
                json.boolean("noSignaller", change.hasNoSignaller)
                json.end()
            }
            json.end()
        }
    }

    private func gaps(_ set: SignalMapSet, _ json: inout JSONWriter) {
        json.strings("missingSymbols", set.missingSymbols().sorted())
        json.key("gaps")
        json.beginArray(lines: true)
        for (place, map) in set.maps.enumerated() {
            for gap in map.gaps {
                json.beginObject()
                json.integer("binary", place)
                json.string("operation", map.string(gap.operation))
                json.string("reason", map.string(gap.reason))
                json.string(
                    "function", map.function(gap.function) == nil ? nil : IdentityText(map).functionName(gap.function))
                json.end()
            }
        }
        json.end()
    }
}
