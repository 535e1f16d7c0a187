import Glibc

/// A cursor goes on over memory that eviction has given back.
struct UseAfterFreeCrash: Scenario {
    let name = "crash-use-after-free"
    let kind = ScenarioKind.crash
    let summary = "SIGSEGV in freed memory: a cursor's page image is evicted between two of its steps"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        let image = try PageImage(bytes: 64 << 20)
        let cursor = ImageCursor(image)
        stage.ready("An application's cursor rests on a page while the cache is emptied, and then moves on.")
        let evictor = try ApplicationThread("trim-cache") { image.evict() }
        evictor.join()
        let scanner = try ApplicationThread("scan") { while cursor.next() != nil {} }
        scanner.join()
        try database.close()
    }
}

private final class PageImage: @unchecked Sendable {
    let bytes: UnsafeMutablePointer<UInt8>
    let count: Int

    /// So big a block is always a mapping of its own (glibc, malloc/malloc.c: at most 32 MiB come from the heap), which
    /// free(3) unmaps.
    init(bytes count: Int) throws(ToolError) {
        guard let bytes = calloc(count, 1) else {
            throw .system(call: "calloc", subject: "page image", errno: errno)
        }
        self.bytes = bytes.assumingMemoryBound(to: UInt8.self)
        self.count = count
    }

    @inline(never) func evict() { free(bytes) }
}

private final class ImageCursor: @unchecked Sendable {
    private let image: PageImage
    private var position: Int

    init(_ image: PageImage) {
        self.image = image
        position = image.count / 2
    }

    @inline(never) func next() -> UInt8? {
        guard position < image.count else { return nil }
        defer { position += 1 }
        return image.bytes[position]
    }
}
