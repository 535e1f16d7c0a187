import Ember
import Glibc
import Testing

/// Each defect stops what it stops, and without it, in the same situation, all ends.
///
/// What is stuck stays so: its threads and files are left to the end of the process.
@Suite(.serialized) struct EngineDefectTests {
    private let folder: WorkFolder
    private let faults = Faults()

    init() throws { folder = try WorkFolder() }

    private func open(
        _ defect: Defects, _ isOpened: Bool, hooks: Hooks = Hooks(), _ change: (inout Configuration) -> Void = { _ in }
    ) throws(EmberError) -> Database {
        try Database.open(folder.database, configuration(defect, isOpened, hooks: hooks, change))
    }

    private func configuration(
        _ defect: Defects, _ isOpened: Bool, hooks: Hooks = Hooks(), _ change: (inout Configuration) -> Void = { _ in }
    ) -> Configuration {
        .small {
            $0.defects = isOpened ? defect : []
            $0.faults = faults
            $0.hooks = hooks
            change(&$0)
        }
    }

    /// Whether `body` behaves as it should: never ends with the defect, and ends without it.
    private func expect(_ aside: Aside, isStuck: Bool, _ location: SourceLocation = #_sourceLocation) throws {
        let limit = isStuck ? Duration.seconds(1) : .seconds(30)
        #expect(try aside.ends(within: limit) == !isStuck, sourceLocation: location)
    }

    @Test(arguments: [true, false]) func aFlushWithoutWorkers(_ isOpened: Bool) throws {
        faults.fail(.allocate("async operations"), with: ENOMEM)
        let configuration = configuration(.flushIgnoresWorkers, isOpened)
        let path = folder.database
        let failed = Count()
        let opening = try Aside {
            do throws(EmberError) { _ = try Database.open(path, configuration) } catch { failed.add() }
        }
        try expect(opening, isStuck: isOpened)
        #expect(failed.current == (isOpened ? 0 : 1))
    }

    @Test(arguments: [true, false], 6...8) func aFlushWithTooFewWorkers(_ isOpened: Bool, _ thread: Int) throws {
        faults.fail(.createThread, onCall: thread, with: EAGAIN)
        let configuration = configuration(.flushCountsConfigured, isOpened)
        let path = folder.database
        let opening = try Aside {
            do throws(EmberError) { _ = try Database.open(path, configuration) } catch { #expect(error.code == EAGAIN) }
        }
        try expect(opening, isStuck: isOpened)
    }

    @Test(arguments: [true, false]) func aShutdownWaitsForAWorkerThatLeft(_ isOpened: Bool) throws {
        let database = try open(.workerLeavesUncounted, isOpened)
        try database.openSession().createTable("t")
        faults.fail(.logWrite, with: EIO)
        let failed = Count()
        try database.enqueue(AsyncOperation(.put(table: "t", key: [1], value: [1])) { _ in failed.add() })
        while failed.current == 0 { usleep(1000) }
        try expect(Aside { try database.close() }, isStuck: isOpened)
    }

    @Test(arguments: [true, false]) func aSignalBetweenTestAndWait(_ isOpened: Bool) throws {
        var hooks = Hooks()
        hooks.hold(.queueFoundEmpty, until: .workSignalled)
        let database = try open(.flagOutsideLock, isOpened, hooks: hooks) { $0.asyncWorkers = 1 }
        if isOpened { #expect(hooks.wait(for: .queueFoundEmpty)) }
        try expect(Aside { try database.flush() }, isStuck: isOpened)
    }

    @Test(arguments: [true, false]) func checkpointAndEvictionInTwoOrders(_ isOpened: Bool) throws {
        var hooks = Hooks()
        hooks.hold(.checkpointLocked, until: .evictionListed)
        hooks.hold(.evictionListed, until: .checkpointLocked)
        let database = try open(.evictionKeepsOpenTables, isOpened, hooks: hooks) { $0.cacheBytes = 1 << 16 }
        let session = try database.openSession()
        try session.createTable("t")
        try session.put("t", [1], [UInt8](repeating: 1, count: 1 << 17))
        let checkpoint = try Aside { try database.checkpoint() }
        try expect(checkpoint, isStuck: isOpened)
        if !isOpened { try database.close() }
    }

    @Test(arguments: [true, false]) func anErrorPathThatLocksAgain(_ isOpened: Bool) throws {
        let database = try open(.discardUnderOpenTables, isOpened)
        let put = try Aside {
            let error = #expect(throws: EmberError.self) { try database.openSession().put("none", [1], [1]) }
            #expect(error?.code == ENOENT)
        }
        try expect(put, isStuck: isOpened)
        if !isOpened { try database.close() }
    }

    @Test(arguments: [true, false]) func aLockThatAnErrorLeavesLocked(_ isOpened: Bool) throws {
        let hooks = Hooks.watching(.checkpointServed)
        let database = try open(.checkpointReturnsEarly, isOpened, hooks: hooks)
        let session = try database.openSession()
        try session.createTable("t")
        try session.put("t", [1], [1])
        faults.fail(.pageWrite, with: ENOSPC)
        database.requestCheckpoint()
        #expect(hooks.wait(for: .checkpointServed))
        try expect(Aside { try database.checkpoint() }, isStuck: isOpened)
        if !isOpened { try database.close() }
    }

    @Test(arguments: [true, false]) func spaceThatNobodyCanMake(_ isOpened: Bool) throws {
        var hooks = Hooks()
        hooks.hold(.evictionDue, until: .cacheFull)
        let database = try open(.spaceUnderOpenTables, isOpened, hooks: hooks) { $0.cacheBytes = 1 << 16 }
        let session = try database.openSession()
        try session.createTable("full")
        try session.createTable("new")
        try session.put("full", [1], [UInt8](repeating: 1, count: 1 << 17))
        try expect(Aside { try session.put("new", [1], [1]) }, isStuck: isOpened)
        if !isOpened { try database.close() }
    }

    @Test(arguments: [true, false]) func aJoinUnderTheLockThatIsWanted(_ isOpened: Bool) throws {
        var hooks = Hooks()
        hooks.hold(.sweepDue, until: .sweepEnding)
        let database = try open(.joinUnderOpenTables, isOpened, hooks: hooks) { $0.sweepInterval = .milliseconds(10) }
        #expect(hooks.wait(for: .sweepDue))
        try expect(Aside { try database.close() }, isStuck: isOpened)
    }

    @Test(arguments: [true, false]) func aServerStartedWhileClosing(_ isOpened: Bool) throws {
        var hooks = Hooks()
        hooks.hold(.reconfigureBegun, until: .serversStopping)
        hooks.hold(.serversStopping, until: .checkpointServerStarted, atMost: .seconds(1))
        let database = try open(.reconfigureLooksTooEarly, isOpened, hooks: hooks)
        let refused = Count()
        let reconfigure = try Aside {
            do throws(EmberError) { try database.reconfigure(checkpointInterval: .seconds(30)) } catch { refused.add() }
        }
        #expect(hooks.wait(for: .reconfigureBegun))
        let close = try Aside { try database.close() }
        #expect(try reconfigure.ends(within: .seconds(30)))
        #expect(refused.current == (isOpened ? 0 : 1))
        try expect(close, isStuck: isOpened)
    }

    @Test(arguments: [true, false]) func placesThatFailedOperationsKeep(_ isOpened: Bool) throws {
        let database = try open(.failedOperationKept, isOpened) { $0.asyncOperations = 2 }
        let failed = Count()
        let get = AsyncOperation(.get(table: "none", key: [1])) { _ in failed.add() }
        for _ in 0..<2 { try database.enqueue(get) }
        try database.flush()
        #expect(failed.current == 2)
        var isBusy = true
        for _ in 0..<50 where isBusy {
            do throws(EmberError) {
                try database.enqueue(get)
                isBusy = false
            } catch {
                #expect(error == .busy(what: "async queue"))
                usleep(10_000)
            }
        }
        #expect(isBusy == isOpened)
        try database.close()
    }

    @Test(arguments: [true, false]) func aChildThatUsesItsParentsDatabase(_ isOpened: Bool) throws {
        let gate = Lock("gate")
        var hooks = Hooks.watching(.tableOpening)
        hooks.at(.tableOpening) { gate.withLock {} }
        let database = try open(.forkUnnoticed, isOpened, hooks: hooks)
        let session = try database.openSession()
        let other = try database.openSession()
        try session.createTable("t")
        gate.lock()
        let opening = try Aside { try other.put("t", [1], [1]) }
        #expect(hooks.wait(for: .tableOpening))
        let child = try fork {
            do throws(EmberError) { try session.put("t", [2], [2]) } catch { _exit(error.code) }
            _exit(0)
        }
        gate.unlock()
        #expect(try opening.ends(within: .seconds(30)))
        var status: Int32 = 0
        if isOpened {
            usleep(700_000)
            #expect(waitpid(child, &status, WNOHANG) == 0)
            kill(child, SIGKILL)
        }
        #expect(waitpid(child, &status, 0) == child)
        if !isOpened { #expect(status == ESHUTDOWN << 8) }
        try database.close()
    }

    @Test(arguments: [true, false]) func aCallbackThatFlushesItsQueue(_ isOpened: Bool) throws {
        let database = try open(.callbackMayFlush, isOpened)
        let (begun, refused) = (Count(), Count())
        let get = AsyncOperation(.get(table: "none", key: [1])) { _ in
            begun.add()
            do throws(EmberError) { try database.flush() } catch { refused.add() }
        }
        try database.enqueue(get)
        while begun.current == 0 { usleep(1000) }
        try expect(Aside { try database.flush() }, isStuck: isOpened)
        #expect(refused.current == (isOpened ? 0 : 1))
        if !isOpened { try database.close() }
    }
}

/// fork(2), which Swift does not show: `body` runs in the child and must not return.
private func fork(_ body: () -> Never) throws -> pid_t {
    let symbol = try #require(dlsym(nil, "fork"))
    let fork = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)
    let child = fork()
    if child == 0 { body() }
    return child
}
