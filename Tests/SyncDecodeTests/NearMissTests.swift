import ProcessModel
import SyncDecode
import Testing

/// What looks like something known and is not must stay unknown.
@Suite("Near misses")
struct NearMissTests {
    private static let object = HandProcess.object
    private typealias Hand = HandProcess

    private func expectUnknown(
        _ found: (wait: Wait?, objects: [SyncObject], gaps: [Gap]), kind: WaitKind,
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(found.wait?.kind == kind, sourceLocation: location)
        #expect(found.wait?.owner == nil, sourceLocation: location)
        #expect(found.wait?.mutex == nil, sourceLocation: location)
        #expect(found.objects.map(\.layout) == [.unknown], sourceLocation: location)
        #expect(found.objects.first?.owners == [], sourceLocation: location)
        #expect(found.objects.first?.fields == [], sourceLocation: location)
        #expect(found.gaps.count == 1, sourceLocation: location)
    }

    @Test("a program's own futex beside bytes that could be a condition")
    func rawFutex() {
        let process = Hand(.glibc(36))
        process.putObject([11, 0, 3, 0, 2, 0, 0, 0, 4, 8, 0, 0])
        expectUnknown(
            process.decode(["syscall", "my_wait"], at: Self.object + 40, operation: Hand.waitBitset, value: 0),
            kind: .futex)
    }

    @Test("a program's own lock with bytes like a held mutex: named as possible, not as owner")
    func rawLock() {
        let process = Hand(.glibc(36))
        process.putObject([2, 0, 101, 1, 0, 0])
        let found = process.decode(["syscall", "my_lock"], at: Self.object, operation: Hand.wait, value: 2)
        expectUnknown(found, kind: .futex)
        #expect(found.wait?.summary.contains("could be: pthread mutex owned by 101") == true)
    }

    @Test("pthread_mutex_lock with impossible kinds", arguments: [0x400, 0x60, 0x10, 0x300, 0x8000_0000] as [UInt32])
    func impossibleKind(kind: UInt32) {
        let process = Hand(.glibc(36))
        process.putObject([2, 0, 101, 1, kind, 0])
        expectUnknown(
            process.decode(["pthread_mutex_lock"], at: Self.object, operation: Hand.wait, value: 2), kind: .mutex)
    }

    @Test("pthread_mutex_lock in a call that glibc does not make for this kind")
    func disagreeingCall() {
        for (operation, value) in [(Hand.waitShared, UInt32(2)), (Hand.wait, 1), (Hand.waitBitset, 0)] {
            let process = Hand(.glibc(36))
            process.putObject([2, 0, 101, 1, 0, 0])
            expectUnknown(
                process.decode(["pthread_mutex_lock"], at: Self.object, operation: operation, value: value),
                kind: .mutex)
        }
    }

    @Test("another C library with the same names and bytes")
    func musl() {
        let process = Hand(.musl)
        process.putObject([2, 0, 101, 1, 0, 0])
        let found = process.decode(["pthread_mutex_lock"], at: Self.object, operation: Hand.wait, value: 2)
        expectUnknown(found, kind: .mutex)
        #expect(found.gaps.first?.reason.contains("musl") == true)
    }

    @Test("a static program: only a probe tells that it is glibc")
    func staticProgram() {
        let process = Hand(.none)
        process.putObject([2, 0, 555, 1, 0, 0])
        expectUnknown(
            process.decode(["pthread_mutex_lock"], at: Self.object, operation: Hand.wait, value: 2), kind: .mutex)
        process.putObject([2, 0, 101, 1, 0, 0])
        let held = process.decode(["pthread_mutex_lock"], at: Self.object, operation: Hand.wait, value: 2)
        #expect(held.wait?.owner == ThreadID(101))
    }

    @Test("a semaphore whose scope and call disagree")
    func semaphore() {
        for words in [[0, 1, 128], [0, 0, 0], [0, 1, 7]] as [[UInt32]] {
            let process = Hand(.glibc(36))
            process.putObject(words + [0])
            expectUnknown(
                process.decode(["sem_wait"], at: Self.object, operation: Hand.waitBitset, value: 0), kind: .semaphore)
        }
    }

    @Test("a rwlock that nobody holds")
    func emptyReadWriteLock() {
        for (name, offset, kind) in [
            ("pthread_rwlock_wrlock", UInt64(12), WaitKind.rwlockWrite), ("pthread_rwlock_wrlock", 8, .rwlockWrite),
            ("pthread_rwlock_rdlock", 8, .rwlockRead),
        ] {
            let process = Hand(.glibc(36))
            process.putObject([UInt32](repeating: 0, count: 32), at: Self.object - 64)
            expectUnknown(
                process.decode([name], at: Self.object + offset, operation: Hand.waitBitset, value: 3), kind: kind)
        }
    }

    @Test("a join without a name proves itself by the struct's self pointers, or stays a futex")
    func join() {
        let process = Hand(.glibc(36))
        process.memory.put(UInt32(101), at: Self.object + 720)
        let names = ["", "work"]
        expectUnknown(
            process.decode(names, at: Self.object + 720, operation: Hand.waitBitsetShared, value: 101), kind: .futex)
        process.memory.put(Self.object, at: Self.object)
        process.memory.put(Self.object, at: Self.object + 16)
        let proven = process.decode(names, at: Self.object + 720, operation: Hand.waitBitsetShared, value: 101)
        #expect(proven.wait?.kind == .join)
        #expect(proven.wait?.owner == ThreadID(101))
        // No such thread: a number that a program waits on for its own reasons.
        #expect(
            process.decode(names, at: Self.object + 720, operation: Hand.waitBitsetShared, value: 7).wait?.kind
                == .futex)
    }

    @Test("a condition wait that takes its mutex again is a wait for the mutex")
    func relock() {
        let process = Hand(.glibc(36))
        process.putObject([2, 0, 101, 1, 0, 0])
        // A stripped libc names the outer function only.
        let found = process.decode(
            ["", "", "pthread_cond_wait"], at: Self.object, operation: Hand.wait, value: 2)
        #expect(found.wait?.kind == .mutex)
        #expect(found.wait?.owner == ThreadID(101))
    }

    @Test("an object that cannot be read")
    func unreadable() {
        for name in ["pthread_mutex_lock", "pthread_cond_wait", "sem_wait", "pthread_rwlock_rdlock", "pthread_once"] {
            let found = Hand(.glibc(36)).decode([name], at: 0xdead_0000, operation: Hand.wait, value: 2)
            #expect(found.objects.map(\.layout) == [.unknown], "\(name)")
            #expect(found.wait?.owner == nil)
        }
    }

    @Test("thread ids of another pid namespace name nobody here")
    func otherNamespace() {
        var process = Hand(.glibc(36))
        process.sharesNamespace = false
        process.putObject([2, 0, 101, 1, 0, 0])
        let found = process.decode(["pthread_mutex_lock"], at: Self.object, operation: Hand.wait, value: 2)
        #expect(found.wait?.kind == .mutex)
        #expect(found.wait?.owner == nil)
        #expect(found.objects.first?.fields.contains(.init(name: "__owner", value: "101")) == true)
    }

    @Test("a Dispatch wait whose context is not the waiter's own")
    func dispatch() {
        let process = Hand(.glibc(36))
        let context = Self.object + 64
        process.memory.put(UInt64(Self.object + 256), at: context - 40)
        process.putObject([0xffff_ffff, 99], at: context)
        process.memory.put(UInt64(101), at: Self.object + 256 + 56)
        let names = ["syscall", "_dispatch_futex_wait", "__DISPATCH_WAIT_FOR_QUEUE__"]
        expectUnknown(
            process.decode(names, at: context, operation: Hand.wait, value: 0xffff_ffff), kind: .dispatchSync)
        process.putObject([0xffff_ffff, 100], at: context)
        let own = process.decode(names, at: context, operation: Hand.wait, value: 0xffff_ffff)
        #expect(own.wait?.owner == ThreadID(101))
        #expect(own.objects.map(\.type) == ["Dispatch queue"])
    }

    @Test("a PI futex names its owner by the kernel's rule, whoever made it")
    func priorityInheriting() {
        let process = Hand(.musl)
        process.putObject([0x8000_0000 | 101])
        let found = process.decode(["my_lock"], at: Self.object, operation: Hand.lockPI, value: 0)
        #expect(found.wait?.owner == ThreadID(101))
        #expect(found.objects.first?.has(.priorityInherit) == true)
    }
}
