import Glibc
import LinuxProcess
import ProcessModel
import Registry

/// Reads the words that an engine's declarations name: whether a predicate is true, how many have arrived.
struct DeclaredWords {
    static let operation = "read the word of a declared"
    /// Between the two looks at a wait whose predicate is true: a thread that was just woken is long gone by then.
    static let interval: UInt64 = 100_000_000

    /// Of the target, as it is at the moment of each read.
    let memory: any MemorySource

    /// Fills in `word` of each declaration that names one; what cannot be read is a gap of the record.
    func read(into record: inout RegistryRecord) {
        for index in record.declarations.indices {
            guard let place = Self.place(record.declarations[index].statement) else { continue }
            record.declarations[index].word = word(at: place.address, bytes: place.bytes)
            if record.declarations[index].word == nil {
                record.gaps.append(
                    Gap(
                        .memory(place.address), operation: "\(Self.operation) \(place.what)",
                        reason: [1, 2, 4, 8].contains(place.bytes)
                            ? "the memory there could not be read" : "\(place.bytes) is no width of an integer"))
            }
        }
    }

    /// Looks again at the waits on objects whose predicate was true: a thread that was woken leaves, one whose wakeup
    /// was lost stays. Nothing is done, and no time spent, where there is none.
    ///
    /// `readAgain` reads the registry once more; nil where it no longer can be.
    func lookAgain(at record: inout RegistryRecord, readAgain: () -> RegistryRecord?) {
        let objects = Set(record.declarations.filter { $0.isTrue(of: $0.word) == true }.compactMap(\.object))
        let waiting = record.threads.indices.filter { index in
            guard let wait = record.threads[index].wait, objects.contains(wait.object) else { return false }
            return wait.check != .stale && wait.check != .later
        }
        guard let first = record.readAt, !waiting.isEmpty else { return }
        Self.sleep(until: first &+ Self.interval)
        guard let second = readAgain(), let now = second.readAt else { return }
        for index in record.declarations.indices where record.declarations[index].object.map(objects.contains) == true {
            guard let place = Self.place(record.declarations[index].statement) else { continue }
            record.declarations[index].secondWord = word(at: place.address, bytes: place.bytes)
        }
        let waits = Dictionary(second.threads.map { ($0.serial, $0.wait) }, uniquingKeysWith: { first, _ in first })
        for index in waiting {
            guard let before = record.threads[index].wait, let after = waits[record.threads[index].serial] else {
                continue
            }
            record.threads[index].wait?.secondLook = RegisteredWait.SecondLook(
                nanosecondsLater: now > first ? now - first : 0, isOnSameObject: after?.object == before.object,
                isSameWait: after?.object == before.object && after?.since == before.since && before.since != nil,
                timeoutsInARow: after?.timeoutsInARow ?? 0)
        }
    }

    private static func place(
        _ statement: EngineDeclaration.Statement
    ) -> (address: Address, bytes: UInt32, what: String)? {
        switch statement {
        case .predicate(let address, _, _, let bytes): (address, bytes, "predicate")
        case .quorum(_, _, let arrived?, let bytes): (arrived, bytes, "quorum")
        case .quorum, .signaller, .expected, .call: nil
        }
    }

    /// Little-endian, zero-extended.
    private func word(at address: Address, bytes: UInt32) -> UInt64? {
        switch bytes {
        case 1: memory.load(address, as: UInt8.self).map { UInt64($0) }
        case 2: memory.load(address, as: UInt16.self).map { UInt64($0) }
        case 4: memory.load(address, as: UInt32.self).map { UInt64($0) }
        case 8: memory.load(address, as: UInt64.self)
        default: nil
        }
    }

    /// Until a time of CLOCK_MONOTONIC, and never longer than the interval.
    private static func sleep(until time: UInt64) {
        var now = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &now) == 0 else { return }
        let passed = UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
        guard time > passed else { return }
        let left = min(time - passed, interval)
        var span = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        // Cut short by a signal handler it makes the second look an earlier one, which says so itself.
        nanosleep(&span, nil)
    }
}
