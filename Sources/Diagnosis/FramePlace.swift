import ProcessModel

/// A function and line of a thread's stack that tells a reader where the thread is.
public struct FramePlace: Hashable, Sendable {
    /// Index into the frames of the stack, 0 the innermost.
    public var frame: Int
    public var source: SourceFrame

    /// "transfer (bank.c:42)", "transfer": the function without its types, for sentences.
    public var words: String

    public init(frame: Int, source: SourceFrame) {
        self.frame = frame
        self.source = source
        let function = source.shortFunction ?? "?"
        guard let file = source.file else {
            words = function
            return
        }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        words = source.line.map { "\(function) (\(name):\($0))" } ?? "\(function) (\(name))"
    }
}

extension SourceFrame {
    /// The function without its types, for sentences.
    public var shortFunction: String? { function.map(ShortName.of) }
}

/// Which frames of a stack belong to the program and not to the libraries by which it waits.
///
/// For people only: a verdict never rests on a name. Each frame and each stack is judged once.
public struct FrameFocus: Sendable {
    private static let runtimeModules = [
        "libc.so", "libc-", "ld-linux", "ld-", "libpthread", "libstdc++", "libc++", "libgcc_s", "libswift",
        "libdispatch", "libBlocksRuntime", "libFoundation", "libdeadwait", "[vdso]", "linux-vdso",
    ]
    private static let runtimeFunctions = [
        "pthread_", "__pthread_", "___pthread_", "__GI_", "__lll_", "futex_", "__futex_", "syscall", "std::",
        "__gthread_", "__gnu_cxx::", "core::", "alloc::", "parking_lot::", "parking_lot_core::", "lock_api::",
        "Synchronization.", "Swift.", "__new_sem_", "sem_", "dispatch_", "_dispatch_", "__libc_", "_start",
        "start_thread", "clone", "__clone", "execute_native_thread_routine", "<std::", "<core::", "<alloc::",
        "__rust_", "thread_start", "__restore_rt", "void std::", "decltype(auto) std::",
    ]

    /// The last part of names that programs give to their own wrappers of a lock or a condition: whoever calls these is
    /// where a reader has to look.
    private static let wrappers: Set<String> = [
        "wait", "wait_for", "waitFor", "timed_wait", "timedWait", "cond_wait", "lock", "Lock", "mutex_lock",
        "lockShared", "lockExclusive", "withLock", "withSharedLock", "withExclusiveLock", "withIdleMark", "withCall",
        "acquire", "join", "await",
    ]

    private static func isWrapper(_ function: String) -> Bool {
        let last = function.split { $0 == "." || $0 == ":" || $0 == " " }.last
        return last.map { wrappers.contains(String($0)) } ?? false
    }

    /// By frame: the program's own functions, as indexes into its sources, innermost first.
    private let ownSources: [[Int]]
    private var places: [FramePlace?]
    private let startRoutines: [String?]

    public init(_ snapshot: Snapshot) {
        let isRuntimeModule = snapshot.modules.map { module in
            Self.runtimeModules.contains { module.name.hasPrefix($0) }
        }
        let own = snapshot.frames.map { frame -> [Int] in
            if let module = frame.module, isRuntimeModule.indices.contains(module), isRuntimeModule[module] {
                return []
            }
            return frame.source.indices.filter { index in
                // A thunk that the compiler made has a name and nothing that a reader could look at.
                guard let function = frame.source[index].function,
                    frame.source[index].file?.hasSuffix("<compiler-generated>") != true
                else { return false }
                return !Self.runtimeFunctions.contains { function.hasPrefix($0) }
            }
        }
        ownSources = own
        places = snapshot.stacks.map { stack in
            var innermost: FramePlace?
            for (position, frame) in stack.frames.enumerated() where own.indices.contains(frame) {
                for source in own[frame].map({ snapshot.frames[frame].source[$0] }) {
                    let place = FramePlace(frame: position, source: source)
                    if !Self.isWrapper(source.shortFunction ?? "") { return place }
                    innermost = innermost ?? place
                }
            }
            return innermost
        }
        startRoutines = snapshot.stacks.map { stack in
            guard stack.end == .complete,
                let frame = stack.frames.last(where: { own.indices.contains($0) && !own[$0].isEmpty }),
                let source = own[frame].last
            else { return nil }
            return snapshot.frames[frame].source[source].function
        }
    }

    /// The function that says what a stack waits for, where that is known better than by names: by the stack's number.
    mutating func prefer(_ places: [Int: FramePlace]) {
        for (stack, place) in places where self.places.indices.contains(stack) { self.places[stack] = place }
    }

    /// Whether the snapshot's frame at `index` is one of libc, the language's runtime or its standard library.
    public func isRuntime(frame index: Int) -> Bool { !ownSources.indices.contains(index) || ownSources[index].isEmpty }

    /// The innermost function that is the program's own, has a name, and does not by its name just wrap a wait: where it
    /// waits. Nil when there is none.
    public func place(of thread: Thread) -> FramePlace? {
        thread.stack.flatMap { places.indices.contains($0) ? places[$0] : nil }
    }

    /// The outermost function that is the program's own: the one that the thread was started with. Nil when the
    /// stack is cut short, or nothing on it has a name.
    public func startRoutine(of thread: Thread) -> String? {
        thread.stack.flatMap { startRoutines.indices.contains($0) ? startRoutines[$0] : nil }
    }
}
