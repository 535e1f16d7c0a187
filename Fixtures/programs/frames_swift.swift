// frames_swift: Swift threads blocked under async functions, actors, generics, closures, protocol witnesses and
// Dispatch.
import Dispatch
import Foundation
import Synchronization

let neverFree = Mutex(0)
let neverSignalled = DispatchSemaphore(value: 0)

@inline(never) func block(_ value: Int) -> Int {
    neverFree.withLock { $0 + value }
}

protocol Shape { func area(scale: Int) -> Int }

struct Square<Side: BinaryInteger>: Shape {
    var side: Side
    @inline(never) func area(scale: Int) -> Int { block(Int(side)) * scale }
}

final class Tree<Key: Comparable & Sendable>: Sendable {
    let key: Key
    let child: Tree<Key>?
    init(_ key: Key, child: Tree<Key>? = nil) {
        self.key = key
        self.child = child
    }
    @inline(never) func walk(_ visit: (Key) -> Int) -> Int {
        visit(key) + (child?.walk(visit) ?? 0)
    }
}

actor Account {
    private var balance = 0
    func deposit(_ amount: Int) -> Int {
        balance += block(amount)
        return balance
    }
}

enum Storage {
    struct Failure: Error {}
    @inline(never) static func open(_ path: String) throws(Failure) -> Int {
        guard block(path.utf8.count) > 0 else { throw Failure() }
        return 1
    }
}

@inline(never) func asyncLeaf(_ value: Int) async -> Int {
    await Task.yield()
    return block(value)
}

func asyncMiddle(_ value: Int) async -> Int {
    let below = await asyncLeaf(value + 1)
    return below + value
}

func start(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread(body)
}

@inline(never) func hold() {
    neverFree.withLock { _ in
        start { _ = (Square<UInt8>(side: 3) as any Shape).area(scale: 2) }
        start { _ = Tree("a", child: Tree("b")).walk { block($0.utf8.count) } }
        start { _ = [3, 1, 2].map { block($0) }.sorted() }
        start { _ = try? Storage.open("path") }
        start { neverSignalled.wait() }
        DispatchQueue(label: "deadwait.fixture").async { _ = block(5) }
        Task { _ = await asyncMiddle(1) }
        Task {
            let account = Account()
            _ = await account.deposit(7)
        }
        Thread.sleep(forTimeInterval: 1)
        print("ready", getpid())
        fflush(nil)
        while true { pause() }
    }
}

hold()
