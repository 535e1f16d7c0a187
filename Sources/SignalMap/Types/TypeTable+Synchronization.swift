extension TypeTable {
    /// Whether a type is an object that threads wait on or lock, as a whole.
    func isSynchronization(_ type: TypeID) -> Bool {
        guard case .structure(let index) = shape(type) else { return false }
        if Int(index) < synchronization.count { return synchronization[Int(index)] }
        return Self.isSynchronization(structures[Int(index)].name)
    }

    /// What threads wait on that is such an object, as `Primitive.Kind` tells them apart; nil of locks, which their owners
    /// let go, and of other types.
    func signalledKind(of type: TypeID) -> Primitive.Kind? {
        guard case .structure(let index) = shape(type), isSynchronization(type) else { return nil }
        let name = structures[Int(index)].name
        for (part, kind) in Self.signalled where name.contains(part) { return kind }
        return nil
    }

    private static let signalled: [(part: String, kind: Primitive.Kind)] = [
        ("cond", .condition), ("cnd_t", .condition), ("Condvar", .condition), ("sem_t", .semaphore),
        ("semaphore<", .semaphore), ("barrier", .barrier), ("latch", .latch), ("atomic", .atomicWord),
        ("__future_base", .future), ("__assoc_sub_state", .future),
    ]

    /// Types of POSIX (pthread.h, semaphore.h) and C11 (threads.h).
    private static let exact: Set<String> = [
        "pthread_cond_t", "pthread_mutex_t", "pthread_rwlock_t", "pthread_barrier_t", "pthread_once_t",
        "pthread_spinlock_t", "sem_t", "cnd_t", "mtx_t", "once_flag",
        "mutex", "recursive_mutex", "timed_mutex", "recursive_timed_mutex", "shared_mutex", "shared_timed_mutex",
        "condition_variable", "condition_variable_any", "latch", "atomic_flag",
        // The states behind std::future: libstdc++ and libc++.
        "__future_base::_State_baseV2", "__assoc_sub_state",
    ]

    /// Templates of the C++ standard library, by what their names begin with.
    private static let templates = [
        "atomic<", "__atomic_base<", "__atomic_float<", "atomic_ref<", "counting_semaphore<", "barrier<",
    ]

    /// Types of Rust's standard library and parking_lot, by what their names end in; what they guard lies beside them.
    private static let rust: Set<String> = [
        "futex::Mutex", "futex::Condvar", "futex::RwLock", "futex_mutex::Mutex", "futex_condvar::Condvar",
        "futex_rwlock::RwLock", "futex::Once", "queue::Once", "raw_mutex::RawMutex", "raw_rwlock::RawRwLock",
        "condvar::Condvar", "atomic::AtomicBool", "atomic::AtomicI32", "atomic::AtomicU32", "atomic::AtomicI64",
        "atomic::AtomicU64", "atomic::AtomicIsize", "atomic::AtomicUsize", "atomic::AtomicU8", "atomic::AtomicI8",
        "atomic::AtomicU16", "atomic::AtomicI16",
    ]

    /// Types of Swift's Synchronization and Dispatch, by their mangled names.
    private static let swift = ["$s15Synchronization", "$s8Dispatch"]

    static func isSynchronization(_ name: String) -> Bool {
        // Most names are none of these: looked at by their first bytes.
        guard let first = name.utf8.first else { return false }
        switch first {
        case UInt8(ascii: "$"): return swift.contains { name.hasPrefix($0) }
        case UInt8(ascii: "p"), UInt8(ascii: "s"), UInt8(ascii: "c"), UInt8(ascii: "m"), UInt8(ascii: "o"),
            UInt8(ascii: "l"):
            break
        default: return isRust(name)
        }
        if name.hasPrefix("std::") {
            var rest = name.dropFirst(5)
            // Inline namespaces of versions: libc++'s __1, libstdc++'s _V2.
            for version in ["__1::", "__ndk1::", "_V2::"] where rest.hasPrefix(version) {
                rest = rest.dropFirst(version.count)
            }
            if templates.contains(where: { rest.hasPrefix($0) }) {
                // Not what is nested in one.
                return rest.hasSuffix(">")
            }
            if rest.contains("<") { return isRust(name) }
            return exact.contains(String(rest)) || isRust(name)
        }
        if name.hasPrefix("pthread_") || name == "sem_t" || name == "cnd_t" || name == "mtx_t" {
            return exact.contains(name)
        }
        return isRust(name)
    }

    private static func isRust(_ name: String) -> Bool {
        guard name.contains("::") else { return false }
        if name.hasSuffix(">") {
            // lock_api keeps the lock beside what it guards.
            return name.hasPrefix("core::sync::atomic::AtomicPtr<")
        }
        let parts = name.split(separator: ":", omittingEmptySubsequences: true)
        guard parts.count >= 2 else { return false }
        return rust.contains(parts[parts.count - 2] + "::" + parts[parts.count - 1])
    }
}
