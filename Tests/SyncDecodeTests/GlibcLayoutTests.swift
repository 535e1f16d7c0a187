import ProcessModel
import SyncDecode
import Testing

/// glibc's objects laid out by hand from the published definitions; 2.31, 2.36 and 2.41 run in the zoo.
@Suite("Layouts of glibc 2.31 to 2.41")
struct GlibcLayoutTests {
    private static let object = HandProcess.object
    private static let mutex: UInt64 = 0x5555_0000_1400
    private static let waitNames = ["__futex_abstimed_wait_common", "pthread_cond_wait", "work"]

    /// Five waits, one waiter in group 1, two timeouts; 2.25 to 2.40: __g_refs at 16.
    private static let conditionWithReferences: [UInt32] = [
        11, 0, 3, 0, 2, 0, 0, UInt32(bitPattern: -2), 4, 8, 0, 0,
    ]
    /// The same without __g_refs: 2.41.
    private static let conditionWithoutReferences: [UInt32] = [
        11, 0, 1, 0, 0, UInt32(bitPattern: -2), 4, 8, 0, 0, 0, 0,
    ]

    private func putEvidence(_ process: HandProcess, sequence: UInt64 = 9) {
        process.memory.put(UInt64(7), at: HandProcess.stackPointer)
        process.memory.put(sequence, at: HandProcess.stackPointer + 144)
        process.memory.put(Self.object, at: HandProcess.stackPointer + 152)
        process.memory.put(Self.mutex, at: HandProcess.stackPointer + 160)
        process.putObject([0, 0, 0, 0, 2, 0], at: Self.mutex)
    }

    @Test("a condition, with the waiter's cleanup buffer", arguments: 31...41)
    func condition(minor: Int) {
        let process = HandProcess(.glibc(minor))
        process.putObject(minor < 41 ? Self.conditionWithReferences : Self.conditionWithoutReferences)
        putEvidence(process)
        let word = Self.object + (minor < 41 ? 44 : 36)
        let found = process.decode(Self.waitNames, at: word, operation: HandProcess.waitBitset, value: 0)
        #expect(found.wait?.kind == .condition)
        #expect(found.wait?.object?.rawValue.rawValue == Self.object)
        #expect(found.wait?.mutex?.rawValue.rawValue == Self.mutex)
        let condition = found.objects.first { $0.type == "pthread_cond_t" }
        #expect(condition?.layout == .probed)
        #expect(condition?.waiters == 1)
        #expect(condition?.wasEverSignalled == true)
        #expect(condition?.fields.first { $0.name == "waits ever" }?.value == "5")
        #expect(condition?.fields.first { $0.name == "timeouts of the group" }?.value == "2")
        #expect(found.objects.first { $0.type == "pthread_mutex_t" }?.flavor == "errorcheck")
    }

    @Test("a condition without the cleanup buffer is believed by the table", arguments: [31, 36, 40, 41])
    func conditionByTable(minor: Int) {
        let process = HandProcess(.glibc(minor))
        process.putObject(minor < 41 ? Self.conditionWithReferences : Self.conditionWithoutReferences)
        let word = Self.object + (minor < 41 ? 44 : 36)
        let found = process.decode(Self.waitNames, at: word, operation: HandProcess.waitBitset, value: 0)
        #expect(found.objects.map(\.layout) == [.table])
        #expect(found.wait?.object?.rawValue.rawValue == Self.object)
        #expect(found.wait?.mutex == nil)
    }

    /// Distributions bring the repair of 2.41 to older releases.
    @Test("a condition of the other layout is found by the probe, and by nothing else", arguments: [36, 41])
    func backported(minor: Int) {
        let process = HandProcess(.glibc(minor))
        process.putObject(minor < 41 ? Self.conditionWithoutReferences : Self.conditionWithReferences)
        let word = Self.object + (minor < 41 ? 36 : 44)
        let without = process.decode(Self.waitNames, at: word, operation: HandProcess.waitBitset, value: 0)
        #expect(without.objects.allSatisfy { $0.layout == .unknown })
        #expect(without.wait?.kind == .condition)
        putEvidence(process)
        let with = process.decode(Self.waitNames, at: word, operation: HandProcess.waitBitset, value: 0)
        #expect(with.objects.first { $0.type == "pthread_cond_t" }?.layout == .probed)
        #expect(with.wait?.object?.rawValue.rawValue == Self.object)
    }

    @Test("a cleanup buffer of the other group proves nothing")
    func otherGroup() {
        let process = HandProcess(.glibc(42))
        process.putObject(Self.conditionWithReferences)
        putEvidence(process, sequence: 8)
        let found = process.decode(
            Self.waitNames, at: Self.object + 44, operation: HandProcess.waitBitset, value: 0)
        #expect(found.objects.map(\.layout) == [.unknown])
        #expect(found.wait?.mutex == nil)
        #expect(found.gaps.first?.reason.contains("2.42") == true)
    }

    @Test("a mutex held by a live thread proves itself in any release", arguments: [31, 36, 41, 42])
    func mutex(minor: Int) {
        let process = HandProcess(.glibc(minor))
        process.putObject([2, 3, 101, 1, 1, 0])
        let found = process.decode(
            ["__lll_lock_wait", "pthread_mutex_lock"], at: Self.object, operation: HandProcess.wait, value: 2)
        #expect(found.wait?.owner == ThreadID(101))
        #expect(found.objects.map(\.layout) == [.probed])
        #expect(found.objects.first?.flavor == "recursive")
        #expect(found.objects.first?.fields.first { $0.name == "__count" }?.value == "3")
    }

    @Test("a mutex of a dead thread needs the table", arguments: [(36, true), (41, true), (42, false)])
    func orphan(minor: Int, isBelieved: Bool) {
        let process = HandProcess(.glibc(minor))
        process.putObject([2, 0, 555, 1, 0, 0])
        let found = process.decode(
            ["pthread_mutex_lock"], at: Self.object, operation: HandProcess.wait, value: 2)
        #expect(found.wait?.kind == .mutex)
        #expect(found.wait?.owner == (isBelieved ? ThreadID(555) : nil))
        #expect(found.objects.map(\.layout) == [isBelieved ? .table : .unknown])
    }

    @Test("a mutex with a ceiling keeps it in the word")
    func priorityProtected() {
        let process = HandProcess(.glibc(36))
        process.putObject([10 << 19 | 2, 1, 101, 1, 0x40, 0])
        let found = process.decode(
            ["pthread_mutex_lock"], at: Self.object, operation: HandProcess.wait, value: 10 << 19 | 2)
        #expect(found.wait?.owner == ThreadID(101))
        #expect(found.objects.first?.flavor == "priority-protect")
        #expect(found.objects.first?.fields.last?.value == "10")
    }

    @Test("a robust mutex whose owner died is marked")
    func robustDead() {
        let process = HandProcess(.glibc(36))
        process.putObject([0xc000_0000 | 555, 0, 555, 1, 0x90, 0])
        let found = process.decode(
            ["pthread_mutex_lock"], at: Self.object, operation: HandProcess.waitShared, value: 0xc000_0000 | 555)
        #expect(found.objects.first?.flavor == "robust, owner-died")
    }

    /// libc.so.6 that cannot be read, as in a core without the file: every release is possible.
    @Test("an unread glibc is decided by probes alone")
    func unread() {
        let process = HandProcess(.glibcUnread)
        process.putObject(Self.conditionWithoutReferences)
        putEvidence(process)
        let found = process.decode(
            Self.waitNames, at: Self.object + 36, operation: HandProcess.waitBitset, value: 0)
        #expect(found.wait?.object?.rawValue.rawValue == Self.object)
        let without = HandProcess(.glibcUnread)
        without.putObject(Self.conditionWithoutReferences)
        let nothing = without.decode(
            Self.waitNames, at: Self.object + 36, operation: HandProcess.waitBitset, value: 0)
        #expect(nothing.objects.map(\.layout) == [.unknown])
    }
}
