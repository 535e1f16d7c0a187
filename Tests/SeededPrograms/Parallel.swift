import Foundation
import Synchronization

extension Array where Element: Sendable {
    /// `transform` of each element, `width` of them at a time; the results are in the order of the elements.
    ///
    /// Each runs in one of `width` threads: Dispatch has no more threads than there are cores, and most of what is done
    /// here is to wait.
    public func inParallel<Result: Sendable>(
        width: Int = ProcessInfo.processInfo.activeProcessorCount, _ transform: @escaping @Sendable (Element) -> Result
    ) -> [Result] {
        let work = Work<Element, Result>(elements: self)
        let all = DispatchGroup()
        for _ in 0..<Swift.min(width, count) {
            all.enter()
            Thread.detachNewThread {
                work.run(transform)
                all.leave()
            }
        }
        all.wait()
        return work.results.withLock { made in indices.compactMap { made[$0] } }
    }
}

/// What the threads of one `inParallel` share.
private final class Work<Element: Sendable, Result: Sendable>: Sendable {
    let results = Mutex<[Int: Result]>([:])
    private let elements: [Element]
    private let next = Atomic(0)

    init(elements: [Element]) { self.elements = elements }

    func run(_ transform: (Element) -> Result) {
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < elements.count else { return }
            let result = transform(elements[index])
            results.withLock { $0[index] = result }
        }
    }
}
