import TestSupport
import Testing

/// What each call of deadwait.h leaves in the registry, read by a reader of its own.
@Suite struct DeclarationTests {
    @Test func threadsAreNamedAndHaveRoles() throws {
        let recorded = try RecordedProgram(try Declared.program())
        let lines = try recorded.lines()
        #expect(lines.of("thread", ["role": "application", "name": "the first thread of all"]).count == 1)
        #expect(lines.of("thread", ["role": "evict", "name": "eviction server of the cache"]).count == 1)
        #expect(lines.of("start", ["role": "evict", "live": "1"]).count == 1)
        #expect(lines.of("start", ["role": "reader", "live": "1"]).count == 1)
    }

    @Test func expectedThreadsChangeAndGo() throws {
        let recorded = try RecordedProgram(try Declared.program())
        let expected = try recorded.lines().of("declaration", ["kind": "4"])
        #expect(Set(expected.map { "\($0["text"] ?? "") \($0["count"] ?? "")" }) == ["evict 3", "reader 1"])
        #expect(expected.count == 2)
    }

    @Test func anObjectsDeclarations() throws {
        let recorded = try RecordedProgram(try Declared.program())
        let lines = try recorded.lines()
        let flushed = try recorded.address("flushed")
        let about = lines.of("declaration", ["object": flushed])
        #expect(about.allSatisfy { $0.has(["stack": "1", "since": "1", "even": "1"]) })
        #expect(about.of("declaration", ["kind": "1"]).compactMap { $0["text"] }.sorted() == ["evict", "worker"])
        let predicates = about.of("declaration", ["kind": "2"])
        #expect(predicates.count == 1)
        #expect(
            predicates.first?.has(["a": try recorded.address("state"), "b": "0xf0", "c": "0x10", "count": "4"]) == true)
        let quorums = about.of("declaration", ["kind": "3"])
        #expect(quorums.count == 1)
        #expect(
            quorums.first?.has(["a": try recorded.address("arrived"), "b": "0x2", "count": "4", "text": "worker"])
                == true)
        // What was freed, or destroyed by libc's function, has left nothing.
        #expect(lines.of("declaration").allSatisfy { $0["object"] == flushed || $0["object"] == "0x0" })
        // The one quorum of the queue was withdrawn, and what had no width was dropped and counted.
        #expect(lines.of("declaration", ["object": try recorded.address("queue")]).isEmpty)
        #expect(lines.contains { $0.description == "counter 9=1" })
        let object = try #require(lines.of("object", ["address": flushed]).first)
        #expect(object.has(["kind": "1", "flags": "4", "signals": "1", "unheard": "1", "name": "flush done"]))
    }

    @Test func locksHaveOwnersAndWaiters() throws {
        let recorded = try RecordedProgram(try Declared.program())
        let lines = try recorded.lines()
        let lock = try recorded.address("page_lock")
        let main = try #require(lines.of("thread", ["role": "application"]).first?["tid"])
        let record = try #require(lines.of("object", ["address": lock]).first)
        #expect(record.has(["kind": "10", "owner": main, "waiting": "1", "waits": "3", "timeouts": "2"]))
        #expect(record.has(["sites": "1", "stack": "1", "name": "page lock"]))
        let shared = try #require(lines.of("object", ["address": try recorded.address("shared_lock")]).first)
        #expect(shared.has(["kind": "10", "owner": "0", "sites": "1", "stack": "1"]))
        let cheap = try #require(lines.of("object", ["address": try recorded.address("cheap_lock")]).first)
        #expect(cheap.has(["owner": "0", "sites": "0", "stack": "0"]))
        let reader = try #require(lines.of("thread", ["role": "reader"]).first?["tid"])
        let wait = try #require(lines.of("wait", ["tid": reader]).first)
        #expect(wait.has(["kind": "10", "flags": "8", "object": lock, "stack": "1", "idle": "-"]))
    }

    /// The engine's locks are among those that a thread holds, where these are recorded.
    @Test func locksAreHeld() throws {
        let recorded = try RecordedProgram(try Declared.program(), locks: true)
        let lines = try recorded.lines()
        let main = try #require(lines.of("thread", ["role": "application"]).first?["tid"])
        let held = lines.of("held", ["kind": "10"])
        #expect(held.allSatisfy { $0["tid"] == main })
        let wanted = [try recorded.address("page_lock"), try recorded.address("shared_lock")]
        #expect(held.map { $0["object"] } == wanted)
    }

    @Test func waitsForAConditionOfTheEngine() throws {
        let recorded = try RecordedProgram(try Declared.program())
        let lines = try recorded.lines()
        let queue = try recorded.address("queue")
        let server = try #require(lines.of("thread", ["role": "evict"]).first?["tid"])
        let wait = try #require(lines.of("wait", ["tid": server]).first)
        // Timed and idle, with its reason.
        #expect(wait.has(["kind": "11", "flags": "3", "object": queue, "timeout": "5000000000"]))
        #expect(wait.has(["mutex": try recorded.address("mutex"), "idle": "waits for pages to evict"]))
        let record = try #require(lines.of("object", ["address": queue]).first)
        #expect(record.has(["kind": "11", "signals": "1", "broadcasts": "1", "unheard": "2", "waiting": "1"]))
    }

    @Test func pendingThingsAndCallsInProgress() throws {
        let recorded = try RecordedProgram(try Declared.program())
        let lines = try recorded.lines()
        let main = try #require(lines.of("thread", ["role": "application"]).first?["tid"])
        let pending = lines.of("pending", ["tid": main, "stack": "1", "since": "1", "even": "1"])
        #expect(pending.compactMap { $0["text"] }.sorted() == ["flush of table 1", "flush of table 3"])
        let kept = try #require(pending.of("pending", ["text": "flush of table 1"]).first)
        #expect(kept.has(["kind": "12", "context": try recorded.address("flushed"), "dropped": "0"]))
        let dropped = try #require(pending.of("pending", ["text": "flush of table 3"]).first)
        #expect(dropped.has(["kind": "0", "context": "0x3000", "dropped": "1"]))
        let calls = lines.of("declaration", ["kind": "5"])
        #expect(calls.compactMap { $0["text"] }.sorted() == ["checkpoint", "session_close"])
        let number = try #require(Int(main))
        #expect(calls.allSatisfy { $0["a"] == "0x\(String(number, radix: 16))" })
    }

    @Test func whatIsWithdrawnIsGone() throws {
        let recorded = try RecordedProgram(try Declared.program(), ["withdraw"])
        let lines = try recorded.lines()
        #expect(lines.of("declaration").isEmpty)
        #expect(lines.of("pending").isEmpty)
        // Left is the lock, which somebody still waits for, now released.
        let objects = lines.of("object")
        #expect(objects.map { $0["address"] } == [try recorded.address("page_lock")])
        #expect(objects.first?.has(["owner": "0", "signals": "1"]) == true)
    }
}
