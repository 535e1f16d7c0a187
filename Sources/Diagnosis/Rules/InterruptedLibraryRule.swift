import ProcessModel

/// A signal handler that waits for a lock of libc's own, which the code that it interrupted may hold.
///
/// malloc(3), stdio(3) and the dynamic linker take locks that no field names an owner of; signal-safety(7) lists what a
/// handler may call, and none of these is in it. Told by names alone: the handler is blocked in a function of a family, and
/// a function of the same family is what the signal interrupted. Near miss: the handler interrupted something else. Gap: a
/// stack without names says nothing.
public struct InterruptedLibraryRule: Rule {
    public let name = RuleName("self-deadlock")

    public init() {}

    /// Functions that share locks.
    private enum Family: String, CaseIterable {
        case allocator = "the allocator"
        case streams = "stdio"
        case linker = "the dynamic linker"

        private static let allocationNames: Set<Substring> = [
            "malloc", "calloc", "realloc", "reallocarray", "free", "cfree", "memalign", "posix_memalign",
            "aligned_alloc",
            "valloc", "int_malloc", "int_free", "int_realloc", "int_memalign", "malloc_consolidate", "sysmalloc",
            "libc_malloc", "libc_free", "libc_calloc", "libc_realloc", "arena_get2", "arena_get_retry", "malloc_trim",
            "mallinfo", "mallinfo2", "systrim", "unlink_chunk", "tcache_init", "int_free_merge_chunk",
        ]
        private static let streamNames: Set<Substring> = [
            "fflush", "fwrite", "fputs", "fputc", "puts", "putchar", "printf", "fprintf", "vfprintf", "vprintf",
            "fread",
            "fgets", "fgetc", "getline", "getdelim", "fclose", "fopen", "flockfile", "putc", "getc",
            "vfprintf_internal",
            "perror", "fseek", "ftell", "setvbuf", "exit",
        ]
        private static let linkingNames: Set<Substring> = [
            "dlopen", "dlclose", "dlsym", "dladdr", "dl_iterate_phdr", "tls_get_addr", "dlerror",
            "dlopen_implementation",
        ]

        /// Of a function's name as it stands on a stack.
        static func of(_ name: String) -> Family? {
            let bare = name.prefix { $0 != "@" && $0 != "." && $0 != "(" }.drop { $0 == "_" }
            let plain = bare.hasPrefix("GI_") ? bare.dropFirst(3).drop { $0 == "_" } : bare
            if allocationNames.contains(plain) || plain.hasPrefix("malloc_") { return .allocator }
            if streamNames.contains(plain) || plain.hasPrefix("IO_") { return .streams }
            if linkingNames.contains(plain) || plain.hasPrefix("dl_") { return .linker }
            return name.hasPrefix("operator new") || name.hasPrefix("operator delete") ? .allocator : nil
        }
    }

    public func findings(in context: RuleContext) -> [Finding] {
        let told = Set(context.earlier.flatMap(\.threads))
        return context.index.snapshot.threads.compactMap { thread in
            guard !told.contains(thread.id), let wait = thread.wait,
                [.futex, .stdioLock, .mutex].contains(wait.kind), wait.isTimed != true
            else { return nil }
            return finding(thread, wait, in: context)
        }
    }

    private func finding(_ thread: Thread, _ wait: Wait, in context: RuleContext) -> Finding? {
        let frames = context.index.snapshot.frames(of: thread)
        guard let signal = frames.firstIndex(where: \.isSignalFrame), signal + 1 < frames.count else { return nil }
        // Of the handler the family that is nearest to the wait; of what it interrupted the few innermost functions.
        guard let (place, family) = families(frames, 0..<signal).first,
            let interrupted = families(frames, (signal + 1)..<min(signal + 5, frames.count)).first(where: {
                $0.1 == family
            })
        else { return nil }
        let (wording, index) = (context.wording, context.index)
        let handler = function(frames, signal - 1) ?? "a handler"
        let (inner, outer) = (function(frames, place) ?? "?", function(frames, interrupted.0) ?? "?")
        var certainty = Certainty(.suspected)
        certainty.assume(
            "That \(outer) held the lock when the signal came is not shown: the locks of \(family.rawValue) name no owner."
        )
        let behind = index.position(of: thread.id).map { context.threadsBehind([$0]) } ?? []
        return Finding(
            rule: name, confidence: certainty.confidence, threads: [thread.id], victims: behind,
            objects: wait.object.map { [$0] } ?? [],
            evidence: [
                Evidence(
                    "Thread \(wording.thread(thread.id)) runs \(handler) for a signal, and is blocked there in \(inner), for a "
                        + "lock of \(family.rawValue).", thread: thread.id, frame: place),
                Evidence(
                    "The signal interrupted \(outer), which takes the same locks.", thread: thread.id,
                    frame: interrupted.0),
            ], assumptions: certainty.assumptions,
            summary: "Thread \(wording.thread(thread.id)) waits in the signal handler \(handler) for a lock of "
                + "\(family.rawValue), which \(outer), the code that the signal interrupted, seems to hold.",
            nextStep:
                "Call nothing in \(handler) that is not async-signal-safe (signal-safety(7)): not \(inner). Note the "
                + "signal, and let a thread do the work.")
    }

    private func families(_ frames: [Frame], _ range: Range<Int>) -> [(Int, Family)] {
        range.flatMap { position in
            frames[position].source.compactMap(\.function).compactMap { name in Family.of(name).map { (position, $0) } }
        }
    }

    private func function(_ frames: [Frame], _ position: Int) -> String? {
        guard frames.indices.contains(position) else { return nil }
        return frames[position].source.last?.function.map(ShortName.of)
    }
}
