import ProcessModel
import Testing

/// What each thread of zoo.c waits for, whatever release of glibc it runs with.
enum LibcZoo {
    static let kinds: [String: WaitKind] = [
        "mutex": .mutex, "mutex-normal": .mutex, "mutex-recursive": .mutex, "mutex-errchk": .mutex,
        "mutex-adaptive": .mutex, "mutex-robust": .mutex, "mutex-pshared": .mutex, "mutex-robshared": .mutex,
        "mutex-pi": .mutex, "mutex-pirobust": .mutex, "mutex-timed": .mutex, "mutex-clock": .mutex,
        "mutex-orphan": .mutex, "mtx": .mutex, "cond": .condition, "cond-timed": .condition,
        "cond-monotonic": .condition, "cond-clock": .condition, "cond-pshared": .condition, "cnd": .condition,
        "cond-destroyed": .condition, "cond-destroy": .conditionDestroy, "cond-timeouts": .condition,
        "cond-signalled": .condition, "cond-relock": .mutex, "rwlock-rd-wr": .rwlockRead,
        "rwlock-rd-timed": .rwlockRead, "rwlock-wr-wr": .rwlockWrite, "rwlock-wr-rd": .rwlockWrite,
        "rwlock-wr2-rd": .rwlockWrite, "rwlock-wr-pref": .rwlockWrite, "rwlock-rd-pref": .rwlockRead,
        "sem": .semaphore, "sem-timed": .semaphore, "sem-pshared": .semaphore, "barrier": .barrier,
        "barrier-second": .barrier, "join": .join, "join-timed": .join, "once-waits": .once, "once2-waits": .once,
        "call-once-waits": .once, "flockfile": .stdioLock, "fputs": .stdioLock,
    ]
    private static let flavors: [String: String?] = [
        "mutex": nil, "mutex-recursive": "recursive", "mutex-errchk": "errorcheck", "mutex-adaptive": "adaptive",
        "mutex-robust": "robust", "mutex-pshared": "process-shared", "mutex-robshared": "robust",
        "mutex-pi": "priority-inherit", "mutex-pirobust": "robust, priority-inherit", "mtx": nil,
        "cond-pshared": "process-shared", "sem-pshared": "process-shared", "rwlock-rd-pref": "prefer-writer",
    ]

    static func check(_ zoo: Zoo) {
        for (name, kind) in kinds {
            guard let found = zoo.found[name] else {
                Issue.record("\(name): no such thread")
                continue
            }
            #expect(found.wait?.kind == kind, "\(name): \(String(describing: found.wait))")
            #expect(
                found.object?.layout == .probed || name == "mutex-orphan" || name == "cond-destroy",
                "\(name): \(String(describing: found.object)) \(found.wait?.summary ?? "")")
            let owner = found.wait?.owner?.rawValue ?? 0
            if kind != .once { #expect(owner == found.cage.owner, "\(name)") }
            if kind != .stdioLock { #expect(found.object?.id.rawValue == found.cage.object, "\(name)") }
            let timed =
                name.contains("timed") || name == "mutex-clock" || name == "cond-monotonic" || name == "cond-clock"
            #expect(found.wait?.isTimed == (timed && name != "cond-timeouts"), "\(name)")
        }
        for (name, flavor) in flavors { #expect(zoo.found[name]?.object?.flavor == flavor, "\(name)") }
        checkDetails(zoo)
    }

    private static func field(_ zoo: Zoo, _ name: String, _ field: String) -> String? {
        zoo.found[name]?.object?.fields.first { $0.name == field }?.value
    }

    private static func checkDetails(_ zoo: Zoo) {
        #expect(field(zoo, "mutex-recursive", "__count") == "2")
        #expect(zoo.found["mutex-orphan"]?.object?.layout == .table)
        // The mutex of a condition wait is free.
        for name in ["cond", "cond-timed", "cond-monotonic", "cnd", "cond-timeouts", "cond-signalled"] {
            #expect(zoo.found[name]?.mutex?.type == "pthread_mutex_t", "\(name)")
            #expect(zoo.found[name]?.mutex?.owners == [], "\(name)")
        }
        #expect(zoo.found["cond"]?.object?.wasEverSignalled == false)
        #expect(zoo.found["cond"]?.object?.waiters == 1)
        #expect(zoo.found["cond-timed"]?.object?.waiters == 2)
        #expect(zoo.found["cond-timeouts"]?.object?.wasEverSignalled == false)
        #expect(field(zoo, "cond-timeouts", "waits ever") == "4")
        #expect(field(zoo, "cond-timeouts", "timeouts of the group") == "3")
        #expect(zoo.found["cond-signalled"]?.object?.wasEverSignalled == true)
        #expect(zoo.found["rwlock-rd-wr"]?.object?.anonymousHolders == 0)
        #expect(zoo.found["rwlock-wr-rd"]?.object?.anonymousHolders == 1)
        #expect(zoo.found["rwlock-rd-pref"]?.object?.anonymousHolders == 1)
        #expect(zoo.found["sem"]?.object?.waiters == 2)
        #expect(field(zoo, "barrier", "arrived") == "2")
        #expect(field(zoo, "barrier", "needed") == "3")
        for (waiter, runner) in [("once", "once"), ("once2", "once2"), ("call-once", "call-once")] {
            let running = zoo.found["\(runner)-runs"]
            #expect(zoo.found["\(waiter)-waits"]?.wait?.owner == running?.cage.thread, "\(waiter)")
            #expect(running?.wait?.kind == .signal)
        }
    }
}
