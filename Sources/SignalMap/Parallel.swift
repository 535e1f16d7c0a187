import Glibc
import Synchronization

/// Something that one thread at a time uses, or that is only read, for the time of a parallel step.
struct Shared<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// Work on all processors, in threads of its own: they have ended when a call returns.
enum Parallel {
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Cuts `weights` into stretches of about equal weight, several a processor.
    static func chunks(of weights: [Int]) -> [Range<Int>] {
        let total = weights.reduce(0) { $0 &+ max($1, 1) }
        let share = max(total / (processors * 8), 1)
        var chunks: [Range<Int>] = []
        var start = 0
        var weight = 0
        for (index, value) in weights.enumerated() {
            weight &+= max(value, 1)
            if weight >= share {
                chunks.append(start..<index + 1)
                start = index + 1
                weight = 0
            }
        }
        if start < weights.count { chunks.append(start..<weights.count) }
        return chunks
    }

    private final class Work: @unchecked Sendable {
        let next = Atomic<Int>(0)
        let count: Int
        let body: (Int) -> Void

        init(count: Int, body: @escaping (Int) -> Void) {
            self.count = count
            self.body = body
        }

        func run() {
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= count { return }
                body(index)
            }
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// A thread that runs `body`, to be joined or detached; nil where none can be created.
    static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(body))
        let error = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        if error == 0 { return thread }
        argument.release()
        return nil
    }

    /// `transform` of each element, in the order of the elements. Where no thread can be created this one does it all.
    static func map<Element: Sendable, Result>(
        _ elements: [Element], _ transform: @escaping @Sendable (Element) -> Result
    ) -> [Result] {
        let results = UnsafeMutablePointer<Result>.allocate(capacity: elements.count)
        defer { results.deallocate() }
        let work = Work(count: elements.count) { index in
            (results + index).initialize(to: transform(elements[index]))
        }
        var threads: [pthread_t] = []
        for _ in 1..<max(2, min(processors, elements.count)) {
            if let thread = start({ work.run() }) { threads.append(thread) }
        }
        work.run()
        for thread in threads { pthread_join(thread, nil) }
        defer { results.deinitialize(count: elements.count) }
        return Array(UnsafeBufferPointer(start: results, count: elements.count))
    }
}
