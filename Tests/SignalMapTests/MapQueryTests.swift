import SignalMapABI
import Testing

@testable import SignalMap

/// Questions to maps that are laid out by hand.
@Suite struct MapQueryTests {
    private func set(_ change: (inout MapSketch) -> Void = { _ in }) throws -> SignalMapSet {
        var sketch = MapSketch()
        change(&sketch)
        return SignalMapSet([try sketch.finished()])
    }

    private func names(_ set: SignalMapSet, _ sites: [SignalMapSet.Site]) -> [String] {
        sites.compactMap { set.function(of: $0) }.map { set.name(of: $0) }
    }

    @Test(arguments: ["queue.ready", "QUEUE_T.ready", "struct queue.ready", "ready", "jobs", "jobs.ready"])
    func anObjectIsFoundByItsNames(_ name: String) throws {
        let set = try set()
        let signals = set.sites(DWM_SIGNAL, on: IdentityPattern(name))
        #expect(names(set, signals.sites(.named)) == ["push"], "\(name)")
        let waits = set.sites(DWM_WAIT, on: IdentityPattern(name))
        #expect(names(set, waits.sites(.named)) == ["worker"], "\(name)")
    }

    @Test(arguments: ["queue.other", "stack.ready", "job", "push:ready"])
    func whatIsCalledOtherwiseIsNot(_ name: String) throws {
        #expect(try set().sites(DWM_SIGNAL, on: IdentityPattern(name)).identities.isEmpty, "\(name)")
    }

    @Test func aSignalOfWhatIsNotKnownMayBeMeant() throws {
        let set = try set { sketch in
            var hop = dwm_hop()
            hop.kind = UInt8(DWM_HOP_UNKNOWN.rawValue)
            hop.keys = DWM_NONE
            hop.name = DWM_NONE
            hop.function = DWM_NONE
            let unknown = sketch.builder.identity([hop])
            sketch.operation(
                DWM_SIGNAL, call: 2, function: MapSketch.main, identity: unknown, "pthread_cond_broadcast")
        }
        let answer = set.sites(DWM_SIGNAL, on: IdentityPattern("queue.ready"))
        #expect(names(set, answer.sites(.named)) == ["push"])
        #expect(names(set, answer.sites(.unknown)) == ["main"])
    }

    @Test func aConditionWithoutSignallerIsTold() throws {
        #expect(try set().conditions().map(\.hasNoSignaller) == [false])
        let silent = try set { $0.builder.operations.removeAll { $0.action == UInt8(DWM_SIGNAL.rawValue) } }
        let condition = try #require(silent.conditions().first)
        #expect(condition.isNeverSignalled)
        #expect(condition.name == "jobs.ready")
    }

    @Test func aSignalOfUnknownObjectKeepsAConditionFromBeingCalledSilent() throws {
        let set = try set { sketch in
            var hop = dwm_hop()
            hop.kind = UInt8(DWM_HOP_UNKNOWN.rawValue)
            hop.keys = DWM_NONE
            hop.name = DWM_NONE
            hop.function = DWM_NONE
            let unknown = sketch.builder.identity([hop])
            for index in sketch.builder.operations.indices
            where sketch.builder.operations[index].action == UInt8(DWM_SIGNAL.rawValue) {
                sketch.builder.operations[index].identity = unknown
            }
        }
        let condition = try #require(set.conditions().first)
        #expect(condition.hasNoSignaller)
        #expect(condition.unknown == 1)
        #expect(!condition.isNeverSignalled)
    }

    @Test func whatAllCallersStandForIsNotCountedTwice() throws {
        // A static wrapper that signals its parameter, lifted to its one caller.
        let set = try set { sketch in
            sketch.builder.operations.removeAll { $0.action == UInt8(DWM_SIGNAL.rawValue) }
            var hop = dwm_hop()
            hop.kind = UInt8(DWM_HOP_PARAMETER.rawValue)
            hop.keys = DWM_NONE
            hop.name = DWM_NONE
            hop.function = MapSketch.push
            let handed = sketch.builder.identity([hop])
            sketch.operation(DWM_SIGNAL, call: 1, function: MapSketch.push, identity: handed, "pthread_cond_signal")
            sketch.operation(
                DWM_SIGNAL, call: 3, function: MapSketch.main, identity: sketch.ready, "pthread_cond_signal")
            let last = sketch.builder.operations.count - 1
            sketch.builder.operations[last - 1].flags = UInt16(DWM_PARAMETRIC.rawValue)
            sketch.builder.operations[last].flags = UInt16(DWM_LIFTED.rawValue)
            sketch.builder.operations[last].origin = 1
        }
        let answer = set.sites(DWM_SIGNAL, on: IdentityPattern("queue.ready"))
        #expect(names(set, answer.sites(.named)) == ["main"])
        #expect(answer.sites(.unknown).isEmpty)
        #expect(MapSummary(set).operations[DWM_SIGNAL.rawValue]?.sites == 1)
        #expect(set.conditions().map(\.unknown) == [0])
    }

    @Test func theWayToASignalIsTheSurest() throws {
        let set = try set()
        let way = try #require(
            set.way(from: set.roots(named: "main"), to: IdentityPattern("queue.ready")))
        #expect(way.steps.map { set.name(of: $0.function) } == ["main"])
        #expect(way.steps.map(\.level) == [DWM_DIRECT])
        #expect(way.certainty == .named)
        #expect(set.way(from: set.roots(named: "worker"), to: IdentityPattern("queue.ready")) == nil)
    }

    @Test func aWayGoesThroughThreadsThatAreCreated() throws {
        let set = try set { sketch in
            // The signal moves into the thread's own routine.
            for index in sketch.builder.operations.indices
            where sketch.builder.operations[index].action == UInt8(DWM_SIGNAL.rawValue) {
                sketch.builder.operations[index].function = MapSketch.worker
                sketch.builder.operations[index].call = 0
            }
        }
        let way = try #require(set.way(from: set.roots(named: "main"), to: IdentityPattern("queue.ready")))
        #expect(way.steps.map(\.isCreation) == [true])
    }

    @Test func whatAThreadMayDoIsWhatItReaches() throws {
        let set = try set()
        let main = set.thread(running: set.roots(named: "main"))
        #expect(main.reached == 2)
        #expect(main.signals.map(\.name) == ["jobs.ready"])
        #expect(main.waits.isEmpty)
        #expect(main.creates.map(\.routine) == ["worker"])
        #expect(main.outside == ["pthread_cond_signal", "pthread_create"])
        let worker = set.thread(running: set.roots(named: "worker"))
        #expect(worker.waits.map(\.name) == ["jobs.ready"])
        #expect(worker.signals.isEmpty)
    }

    @Test func symbolsAreBoundInTheOrderOfTheMaps() throws {
        let user = SignalMapBuilder.calling { user in
            var call = dwm_call()
            call.kind = UInt8(DWM_CALL_SYMBOL.rawValue)
            call.target = user.string("push")
            return call
        }
        let set = SignalMapSet([try user.finish(), try MapSketch().finished()])
        let way = try #require(set.way(from: set.roots(named: "start"), to: IdentityPattern("queue.ready")))
        #expect(way.steps.map { set.name(of: $0.function) } == ["start"])
        #expect(set.function(of: way.site).map { set.name(of: $0) } == "push")
        #expect(!set.missingSymbols().contains("push"))
    }

    @Test func buildsAreComparedByNames() throws {
        let old = try set { $0.builder.operations.removeAll { $0.action == UInt8(DWM_WAIT.rawValue) } }
        let added = SignalMapDiff(from: old, to: try set())
        #expect(added.added.map(\.name) == ["jobs.ready"])
        #expect(added.added.map(\.now) == [["push"]])
        #expect(added.withoutSignaller.isEmpty)
        #expect(SignalMapDiff(from: try set(), to: old).gone.map(\.name) == ["jobs.ready"])
        let silent = try set { $0.builder.operations.removeAll { $0.action == UInt8(DWM_SIGNAL.rawValue) } }
        let lost = SignalMapDiff(from: try set(), to: silent)
        #expect(lost.changed.map(\.before) == [["push"]])
        #expect(lost.withoutSignaller.map(\.name) == ["jobs.ready"])
        #expect(SignalMapDiff(from: try set(), to: try set()).changed.isEmpty)
    }

    @Test func typesAreTheSameByTheUsualSpellings() {
        #expect(IdentityPattern.isSameType("WT_ASYNC", "__wt_async"))
        #expect(IdentityPattern.isSameType("queue_t", "queue"))
        #expect(IdentityPattern.isSameType("Pool", "engine::Pool"))
        #expect(!IdentityPattern.isSameType("Pool", "Spool"))
    }

    @Test func functionNamesLoseTheirParameters() {
        #expect(IdentityText.short("ns::f<int (char)>(char*) const") == "ns::f<int (char)>")
        #expect(IdentityText.short("(anonymous namespace)::g()") == "(anonymous namespace)::g")
        #expect(IdentityText.short("A::operator()(int)") == "A::operator()")
        #expect(IdentityText.short("plain") == "plain")
    }
}
