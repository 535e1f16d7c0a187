import Foundation
import Synchronization

extension Array where Element: Sendable {
    /// `transform` of each element, `width` of them at a time; the results are in the order of the elements.
    public func inParallel<Result: Sendable>(
        width: Int = ProcessInfo.processInfo.activeProcessorCount, _ transform: @Sendable (Element) -> Result
    ) -> [Result] {
        let results = Mutex<[Int: Result]>([:])
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: Swift.min(width, count)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                let result = transform(self[index])
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { made in indices.compactMap { made[$0] } }
    }
}
