import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct WaitGraphTests {
    @Test func anEdgeNeedsEachOrAnyOrSoMany() {
        func edge(_ need: WaitGraph.Need) -> WaitGraph.Edge {
            WaitGraph.Edge(kind: .mutex, object: nil, need: need, releasers: [1, 2], isTimed: false)
        }
        #expect(edge(.all).needsEach)
        #expect(!edge(.any).needsEach)
        #expect(!edge(.quorum(1)).needsEach)
        #expect(edge(.quorum(2)).needsEach)
    }

    @Test func whereAnyReleaserWillDoNoCycleIsClaimed() {
        var graph = WaitGraph(threads: [ThreadID(1), ThreadID(2), ThreadID(3)])
        graph.setEdge(
            WaitGraph.Edge(kind: .condition, object: nil, need: .any, releasers: [1, 2], isTimed: false), at: 0)
        graph.setEdge(WaitGraph.Edge(kind: .mutex, object: nil, need: .all, releasers: [0], isTimed: false), at: 1)
        #expect(graph.requiredThreads() == [[], [0], []])
        #expect(graph.waiters()[2] == [0])
    }

    @Test func aNodeIsMadeOnce() {
        var graph = WaitGraph(threads: [ThreadID(7)])
        let first = graph.position(adding: .absent(ThreadID(9)))
        #expect(graph.position(adding: .absent(ThreadID(9))) == first)
        #expect(graph.position(adding: .thread(ThreadID(7))) == 0)
        #expect(graph.nodes == [.thread(ThreadID(7)), .absent(ThreadID(9))])
        #expect(graph.threadID(at: first) == nil)
    }

    @Test func theSameSnapshotGivesTheSameFindings() {
        var sketch = SnapshotSketch()
        for id in 0..<200 as Range<Int32> {
            let next = (id / 10) * 10 + (id + 3) % 10
            sketch.mutex(nil, at: UInt64(id + 1) * 64, owner: 101 + id)
            sketch.thread(101 + id, wait: .mutex(at: UInt64(next + 1) * 64, owner: 101 + next))
        }
        let first = Assessment(of: sketch.snapshot)
        #expect(first.findings.count == 20)
        for _ in 0..<5 {
            let again = Assessment(of: sketch.snapshot)
            #expect(again.findings == first.findings)
            #expect(again.verdicts == first.verdicts)
        }
    }

    /// A chain of all threads that closes into one circle: no recursion, and no work that grows with the square.
    @Test func tenThousandThreadsInOneCircle() throws {
        let count: Int32 = 10_000
        var threads: [Thread] = []
        var objects: [SyncObject] = []
        for id in 0..<count {
            let next = (id + 1) % count
            threads.append(
                Thread(
                    id: ThreadID(1_000 + id), state: .sleeping,
                    instant: Instant(start: 1, end: 2, proof: .runCountUnchanged),
                    wait: .mutex(at: UInt64(next + 1) * 64, owner: 1_000 + next)))
            objects.append(
                SyncObject(
                    id: SyncObjectID(Address(UInt64(id + 1) * 64)), type: "pthread_mutex_t",
                    owners: [ThreadID(1_000 + id)], layout: .probed))
        }
        let snapshot = Snapshot(
            process: ProcessInfo(id: ProcessID(1_000), source: .live), threads: threads, objects: objects)
        let clock = ContinuousClock()
        var assessment: Assessment?
        let time = clock.measure { assessment = Assessment(of: snapshot) }
        let finding = try #require(assessment?.findings.first)
        #expect(finding.threads.count == 10_000)
        #expect(finding.confidence == .proved)
        // A debug build on a busy machine takes a second; the square of the threads would take minutes.
        #expect(time < .seconds(20))
    }
}
