import ProcessModel

extension SnapshotSketch {
    /// Adds an empty registry: read at 10 s of the target's clock, recorded from 1 s on.
    public mutating func registry() {
        edit { snapshot in
            var record = RegistryRecord(
                origin: .symbol, runtime: "libdeadwait.so test", process: ProcessID(100), start: 1_000_000_000)
            record.readAt = 10_000_000_000
            snapshot.registry = record
        }
    }

    /// Registers a thread of the snapshot that was created at 2 s; thread 100 is the initial one.
    public mutating func registered(
        _ id: Int32, role: String? = nil, wait: RegisteredWait? = nil, creator: Int32? = 100,
        created: UInt64 = 2_000_000_000
    ) {
        edit { snapshot in
            var thread = RegisteredThread(serial: UInt64(id), id: ThreadID(id), state: .running)
            thread.role = role
            thread.isMain = id == 100
            thread.creator = id == 100 ? nil : creator.map { ThreadID($0) }
            thread.creatorSerial = id == 100 ? nil : creator.map { UInt64($0) }
            thread.created = created
            thread.wait = wait
            thread.presence = .listed
            thread.snapshotThread = ThreadID(id)
            snapshot.registry?.threads.append(thread)
        }
    }

    /// Registers a thread that has ended at 5 s.
    public mutating func ended(_ id: Int32, role: String, creator: Int32 = 100) {
        edit { snapshot in
            var thread = RegisteredThread(serial: UInt64(id), id: ThreadID(id), state: .exited)
            thread.role = role
            thread.creator = ThreadID(creator)
            thread.creatorSerial = UInt64(creator)
            thread.exited = 5_000_000_000
            thread.end = .returned
            snapshot.registry?.threads.append(thread)
        }
    }

    /// A creation of `routine` that failed with EAGAIN at 3 s; `role` is the routine's where a thread of it has said it.
    public mutating func failed(routine: UInt64, role: String?, creator: Int32 = 100) {
        edit { snapshot in
            var failure = CreationFailure(number: 0, error: 11, when: 3_000_000_000)
            failure.startRoutine = Address(routine)
            failure.creator = ThreadID(creator)
            failure.creatorSerial = UInt64(creator)
            snapshot.registry?.failures.append(failure)
            snapshot.registry?.starts.append(StartRoutineUse(address: Address(routine), failed: 1, role: role))
        }
    }

    /// What the engine says: of `object` or of no object.
    public mutating func declare(
        _ statement: EngineDeclaration.Statement, of object: UInt64? = nil, word: UInt64? = nil,
        secondWord: UInt64? = nil, since: UInt64? = 2_000_000_000
    ) {
        edit { snapshot in
            var declaration = EngineDeclaration(statement, object: object.map { Address($0) }, since: since)
            declaration.word = word
            declaration.secondWord = secondWord
            snapshot.registry?.declarations.append(declaration)
        }
    }

    /// An object as the registry knows it.
    public mutating func named(_ name: String, at address: UInt64, kind: RegisteredKind = .condition) {
        edit { snapshot in
            var object = RegisteredObject(address: Address(address), kind: kind)
            object.name = name
            object.waiting = 1
            snapshot.registry?.objects.append(object)
            snapshot.registry?.objects.sort { $0.address < $1.address }
        }
    }
}

extension RegisteredWait {
    /// A wait on a condition that the kernel confirms: 100 ms at a time, `timeouts` of them over, or without a timeout.
    public static func condition(
        at address: UInt64, timeouts: UInt32? = 9, idle: String? = nil, check: Check = .confirmed
    ) -> RegisteredWait {
        RegisteredWait(
            kind: .condition, object: Address(address), since: 9_950_000_000,
            timeout: timeouts == nil ? nil : 100_000_000, timeoutsInARow: timeouts ?? 0, idleReason: idle,
            isIdle: idle != nil, check: check)
    }
}
