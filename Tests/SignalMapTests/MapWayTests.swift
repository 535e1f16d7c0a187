import SignalMapABI
import Testing

@testable import SignalMap

/// Ways through maps that are laid out by hand: over binaries, and from the midst of functions.
@Suite struct MapWayTests {
    /// A program whose `start` calls through a member which a library stores `push` in, or another one.
    private func linked(_ stored: String) throws -> SignalMapSet {
        let user = SignalMapBuilder.calling { user in
            let run = user.member(structure: "hooks", name: "run", offset: 8, type: "function pointer", size: 16)
            var call = dwm_call()
            call.level = UInt8(DWM_TABLE.rawValue)
            call.target = user.targetSet(
                list: user.targetList([]), level: DWM_TABLE, isOpen: true,
                cells: [.init(kind: DWM_CELL_MEMBER.rawValue, value: run)])
            return call
        }
        var library = MapSketch()
        let member = library.builder.member(
            structure: "hooks", name: stored, offset: 8, type: "function pointer", size: 16)
        let held = library.builder.targetSet([MapSketch.push], level: DWM_TABLE, isOpen: false)
        library.builder.slot(.init(kind: DWM_CELL_MEMBER.rawValue, value: member), targets: held)
        return SignalMapSet([try user.finish(), try library.finished()])
    }

    @Test func aWayGoesThroughWhatAnotherBinaryStored() throws {
        let set = try linked("run")
        let way = try #require(set.way(from: set.roots(named: "start"), to: IdentityPattern("queue.ready")))
        #expect(way.steps.map { set.name(of: $0.function) } == ["start"])
        #expect(way.steps.map(\.level) == [DWM_TABLE])
        #expect(set.thread(running: set.roots(named: "start")).signals.map(\.name) == ["jobs.ready"])
        // Another member is another cell.
        let other = try linked("stop")
        #expect(other.way(from: other.roots(named: "start"), to: IdentityPattern("queue.ready")) == nil)
        #expect(other.thread(running: other.roots(named: "start")).notUnderstood == 1)
    }

    /// `push` and then a call of nothing, in blocks that come back to none: what lies behind which?
    private func straight() throws -> SignalMapSet {
        var sketch = MapSketch(isLoop: false)
        sketch.builder.lines.append(
            dwm_line(address: 0x1084, file: sketch.builder.string("/src/main.c"), line: 30))
        sketch.builder.lines.append(
            dwm_line(address: 0x1090, file: sketch.builder.string("/src/main.c"), line: 31))
        return SignalMapSet([try sketch.finished()])
    }

    @Test(arguments: [("main+0x9", true), ("main+0x15", false), ("0x1089", true), ("0x1095", false)])
    func onlyWhatLiesAheadOfAReturnAddressCounts(_ place: String, _ isAhead: Bool) throws {
        let set = try straight()
        let roots = set.roots(named: place)
        #expect(roots.count == 1)
        #expect((set.way(from: roots, to: IdentityPattern("queue.ready")) != nil) == isAhead)
        let summary = set.thread(running: roots)
        #expect(summary.signals.isEmpty != isAhead)
        #expect(summary.goesOn && summary.mayReturn)
        #expect(summary.reached == (isAhead ? 2 : 1))
    }

    @Test(arguments: [("main.c:30", true), ("src/main.c:31", false)])
    func aLineStandsForTheCallsOnIt(_ place: String, _ isAhead: Bool) throws {
        let set = try straight()
        let roots = set.roots(named: place)
        #expect(roots.count == 1)
        #expect((set.way(from: roots, to: IdentityPattern("queue.ready")) != nil) == isAhead)
    }

    @Test(arguments: ["in.c:30", "main.c:29", "0x1085", "main+0x5", "nobody", "main.c:", "0x"])
    func whatIsNoPlaceHasNoRoot(_ place: String) throws {
        #expect(try straight().roots(named: place).isEmpty, "\(place)")
    }

    @Test func aWayThatBeginsBehindACallBeginsInItsFunction() throws {
        let set = try straight()
        let way = try #require(set.way(from: set.roots(named: "main+0x9"), to: IdentityPattern("queue.ready")))
        #expect(way.steps.map { set.name(of: $0.function) } == ["main"])
        // The site itself may lie in the rest of the function.
        let inside = try #require(set.way(from: set.roots(named: "push"), to: IdentityPattern("queue.ready")))
        #expect(inside.steps.isEmpty)
    }
}
