import ProcessModel
import SyncDecode
import TestSupport
import Testing

@Suite("Waits on the primitives of C++, Rust and Swift")
struct ZooLanguageTests {
    struct Expected {
        var kind: WaitKind
        var type: String?
        /// The program printed the object's address, and the futex lies in it.
        var hasObject = true
        var hasOwner = false
    }

    @Test("C++", arguments: ["-O0", "-O2"])
    func cxx(level: String) throws {
        let program = try FixtureProgram(
            ["zoo-cxx.cpp"], compiler: "g++", flags: ["-std=c++20", "-g", level, "-pthread"]
        ).start()
        let expected: [String: Expected] = [
            "mutex": .init(kind: .mutex, type: "pthread_mutex_t", hasOwner: true),
            "recursive": .init(kind: .mutex, type: "pthread_mutex_t", hasOwner: true),
            "timed": .init(kind: .mutex, type: "pthread_mutex_t", hasOwner: true),
            "shared-write": .init(kind: .rwlockWrite, type: "pthread_rwlock_t", hasOwner: true),
            "shared-read": .init(kind: .rwlockRead, type: "pthread_rwlock_t", hasOwner: true),
            "shared-timed": .init(kind: .rwlockRead, type: "pthread_rwlock_t", hasOwner: true),
            "condition": .init(kind: .condition, type: "pthread_cond_t"),
            "condition-for": .init(kind: .condition, type: "pthread_cond_t"),
            "condition-any": .init(kind: .condition, type: "pthread_cond_t"),
            "future": .init(kind: .future, type: "std::future state", hasObject: false),
            "future-for": .init(kind: .future, type: "std::future state", hasObject: false),
            "semaphore": .init(kind: .semaphore, type: "std::counting_semaphore"),
            "latch": .init(kind: .latch, type: "std::latch"),
            "barrier": .init(kind: .barrier, type: nil, hasObject: false),
            "atomic": .init(kind: .atomicWait, type: "std::atomic"),
            "atomic-long": .init(kind: .atomicWait, type: nil, hasObject: false),
            "atomic-flag": .init(kind: .atomicWait, type: nil, hasObject: false),
            "call-once-waits": .init(kind: .once, type: "pthread_once_t"),
            "guard-waits": .init(kind: .once, type: "guard variable", hasObject: false),
            "join": .init(kind: .join, type: "struct pthread", hasObject: false, hasOwner: true),
        ]
        for zoo in [try Zoo.live(program), try Zoo.core(program)] {
            check(zoo, expected)
            for once in ["call-once", "guard"] {
                #expect(
                    zoo.found["\(once)-waits"]?.wait?.owner == zoo.found["\(once)-runs"]?.cage.thread, "\(once)")
            }
        }
    }

    @Test("Rust", arguments: [["-g"], ["-g", "-O"]])
    func rust(flags: [String]) throws {
        let program = try FixtureProgram(["zoo-rust.rs"], compiler: "rustc", flags: flags).start()
        // Up to 1.64 a Once has a list of waiters, each parked: the futex is the parker's, and nothing leads to the Once.
        let version = try run(["rustc", "--version"]).output.split(separator: " ")[1].split(separator: ".")
        let onceIsAFutex = try #require(Int(version[0])) > 1 || (try #require(Int(version[1]))) >= 65
        let expected: [String: Expected] = [
            "mutex": .init(kind: .mutex, type: "Rust Mutex"),
            "rwlock-read": .init(kind: .rwlockRead, type: "Rust RwLock"),
            "rwlock-write": .init(kind: .rwlockWrite, type: "Rust RwLock"),
            "rwlock-wr-rd": .init(kind: .rwlockWrite, type: "Rust RwLock"),
            "condvar": .init(kind: .condition, type: "Rust Condvar"),
            "condvar-timed": .init(kind: .condition, type: "Rust Condvar"),
            "once-waits": onceIsAFutex
                ? .init(kind: .once, type: "Rust Once")
                : .init(kind: .park, type: "Rust thread parker", hasObject: false),
            "park": .init(kind: .park, type: "Rust thread parker", hasObject: false),
            "receive": .init(kind: .park, type: "Rust thread parker", hasObject: false),
            "join": .init(kind: .join, type: "struct pthread", hasObject: false, hasOwner: true),
            "barrier": .init(kind: .barrier, type: "Rust Condvar", hasObject: false),
        ]
        for zoo in [try Zoo.live(program), try Zoo.core(program)] {
            check(zoo, expected)
            if onceIsAFutex {
                #expect(zoo.found["once-waits"]?.wait?.owner == zoo.found["once-runs"]?.cage.thread)
            }
            #expect(zoo.found["rwlock-wr-rd"]?.object?.anonymousHolders == 1)
            // A writer is no reader, and Rust does not keep who it is.
            #expect(zoo.found["rwlock-write"]?.object?.anonymousHolders == 0)
            #expect(zoo.found["rwlock-write"]?.object?.owners == [])
        }
    }

    @Test("Swift", arguments: ["-Onone", "-O"])
    func swift(level: String) throws {
        let program = try FixtureProgram(
            ["zoo-swift.swift"], compiler: "swiftc", flags: ["-g", level, "-parse-as-library", "-swift-version", "6"]
        ).start()
        let expected: [String: Expected] = [
            "mutex": .init(kind: .mutex, type: "Swift Mutex", hasObject: false, hasOwner: true),
            "NSLock": .init(kind: .mutex, type: "pthread_mutex_t", hasObject: false, hasOwner: true),
            "NSRecursiveLock": .init(kind: .mutex, type: "pthread_mutex_t", hasObject: false, hasOwner: true),
            "NSCondition": .init(kind: .condition, type: "pthread_cond_t", hasObject: false),
            "semaphore": .init(kind: .semaphore, type: "sem_t", hasObject: false),
            "semaphore-timed": .init(kind: .semaphore, type: "sem_t", hasObject: false),
            "group": .init(kind: .dispatchGroup, type: "Dispatch group", hasObject: false),
            "queue-sync": .init(kind: .dispatchSync, type: "Dispatch queue", hasObject: false, hasOwner: true),
            "once-waits": .init(kind: .once, type: "swift_once_t", hasObject: false, hasOwner: true),
        ]
        for zoo in [try Zoo.live(program), try Zoo.core(program)] { check(zoo, expected) }
    }

    private func check(_ zoo: Zoo, _ expected: [String: Expected]) {
        for (name, expected) in expected.sorted(by: { $0.key < $1.key }) {
            guard let found = zoo.found[name] else {
                Issue.record("\(name): no such thread")
                continue
            }
            let stack = zoo.stacks[found.cage.thread]?.prefix(5).map { $0.functions.joined(separator: "|") } ?? []
            #expect(found.wait?.kind == expected.kind, "\(name): \(found.wait?.summary ?? "-") \(stack)")
            #expect(found.object?.type == expected.type, "\(name): \(stack)")
            if expected.hasObject { #expect(found.object?.id.rawValue == found.cage.object, "\(name)") }
            if expected.hasOwner { #expect(found.wait?.owner?.rawValue == found.cage.owner, "\(name)") }
        }
    }
}
