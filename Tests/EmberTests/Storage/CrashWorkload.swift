import Testing

@testable import Ember

/// Commits, checkpoints, evictions and reopenings by one thread, with a picture of the folder before each system call.
final class CrashWorkload: @unchecked Sendable {
    /// The folder as it would be found, and which states it may hold.
    struct Image {
        let point: FaultPoint
        let folder: ScratchFolder
        let acknowledged: Int
        let begun: Int
        let isPowerLoss: Bool
    }

    private let folder = ScratchFolder()
    private var options = tinyOptions()
    private var random: SeededRandom
    private(set) var images: [Image] = []
    /// What is in both tables after each commit; a reader of one in between would see what is in none.
    private var states: [Contents] = [[:]]
    private var acknowledged = 0
    private var disk = DiskModel()
    /// While a checkpoint is made: what others do meanwhile is done between its system calls.
    private var busy: Store?
    private var isMeanwhile = false

    init(seed: Int) throws {
        random = SeededRandom(seed)
        options.logSegmentBytes = 700
        options.cacheBytes = 2000
    }

    func run(steps: Int) throws {
        options.faults.observe { [unowned self] in takePictures(at: $0) }
        defer { options.faults.observe(nil) }
        var store = try Store(opening: folder.path, options)
        try store.createTable("a")
        try store.createTable("b")
        for step in 0..<steps {
            if step % 12 == 11 {
                busy = store
                try store.checkpoint()
                busy = nil
            }
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<9: try commit(step, in: store)
            case 9: try store.evict(atMost: .max)
            case 10: store.sweep(idleFor: .zero)
            default:
                store.close()
                store = try Store(opening: folder.path, options)
            }
        }
        store.close()
    }

    private func commit(_ step: Int, in store: Store) throws {
        let tables = try ["a", "b"].map { try #require(store.table(named: $0)) }
        let transaction = try store.begin()
        var contents = states[states.count - 1]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let name = "k\(Int.random(in: 0..<25, using: &random))"
            let value = Int.random(in: 0..<4, using: &random) == 0 ? nil : "value \(step)"
            contents[name] = value
            for table in tables {
                if let value {
                    try table.put(key(name), key(value), in: transaction)
                } else {
                    try table.delete(key(name), in: transaction)
                }
            }
        }
        contents["step"] = "\(step)"
        for table in tables { try table.put(key("step"), key("\(step)"), in: transaction) }
        states.append(contents)
        try transaction.commit()
        acknowledged = states.count - 1
    }

    private func takePictures(at point: FaultPoint) {
        do {
            let copy = try folder.copy()
            images.append(
                Image(
                    point: point, folder: copy, acknowledged: acknowledged, begun: states.count - 1, isPowerLoss: false)
            )
            disk.update(to: copy, before: point)
            images.append(
                Image(
                    point: point, folder: try disk.afterPowerLoss(using: &random), acknowledged: acknowledged,
                    begun: states.count - 1, isPowerLoss: true))
            if let busy, !isMeanwhile, [.pageSync, .metaWrite, .metaSync].contains(point) {
                isMeanwhile = true
                defer { isMeanwhile = false }
                try commit(1000 + images.count, in: busy)
                try busy.evict(atMost: .max)
                try commit(2000 + images.count, in: busy)
            }
        } catch {
            Issue.record(error)
        }
    }

    /// Opens an image, twice, and compares.
    func check(_ image: Image) throws {
        var quiet = tinyOptions()
        quiet.logSegmentBytes = options.logSegmentBytes
        for round in 0..<(image.isPowerLoss ? 2 : 1) {
            let what = "before \(image.point) after \(image.acknowledged) commits, power loss: \(image.isPowerLoss)"
            do {
                let store = try Store(opening: image.folder.path, quiet)
                let (a, b) = (try store.contents(of: "a"), try store.contents(of: "b"))
                #expect(a == b, "\(what)")
                let isAllowed = states[image.acknowledged...image.begun].contains(a)
                #expect(isAllowed, "\(what): \(a)")
                if round == 0 { try store.checkpoint() }
                store.close()
            } catch {
                Issue.record("\(what): \(error)")
                return
            }
        }
    }
}
