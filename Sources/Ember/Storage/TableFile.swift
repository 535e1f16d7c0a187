import Glibc

/// The file of a table: blocks at places that the map says are free, opened when it is used.
final class TableFile: @unchecked Sendable {
    let name: String
    private let lock: Lock
    private let context: StoreContext

    // Under `lock`.
    private var open: StoreFile?
    private var map: BlockMap
    private var writers = 0
    /// Since the last sync; such a handle is not closed, since the error of a later one might get lost with it.
    private var hasUnsynced = false
    private var isCreated = false
    private var lastUse = ContinuousClock.now

    init(table id: UInt32, name: String, context: StoreContext, map: BlockMap) {
        self.name = Self.name(of: id)
        self.context = context
        self.map = map
        lock = Lock("table \(name): file")
    }

    static func name(of id: UInt32) -> String { "table-\(id)" }

    /// Whether it is open at the moment.
    var isOpen: Bool { lock.withLock { open != nil } }

    /// Bytes of the file that are in use, and how long it must be.
    var bytes: (inUse: UInt64, end: UInt64) { lock.withLock { (map.bytesInUse, map.end) } }

    /// Writes a block to a free place; it is in use by one from now on, and on the disk for sure after `synchronize`.
    func write(_ bytes: [UInt8], limit: LogSequenceNumber) throws(EmberError) -> BlockAddress {
        let (file, offset) = try lock.withLock { () throws(EmberError) in
            let file = try handle()
            writers += 1
            return (file, map.allocate(UInt32(bytes.count)))
        }
        var isWritten = false
        defer {
            lock.withLock {
                writers -= 1
                hasUnsynced = true
                if !isWritten { map.release(offset) }
            }
        }
        try context.state.write { () throws(EmberError) in try file.write(bytes, at: offset, point: .pageWrite) }
        isWritten = true
        return BlockAddress(
            offset: offset, length: UInt32(bytes.count), checksum: checksum(bytes), limit: limit)
    }

    /// The bytes of a block. Throws `.corrupt` when they are not what was written.
    func read(_ block: BlockAddress) throws(EmberError) -> [UInt8] {
        let file = try lock.withLock { () throws(EmberError) in try handle() }
        let size = try file.size()
        guard block.offset <= size, size - block.offset >= UInt64(block.length) else {
            throw try corrupt(block, "the file ends within the block")
        }
        let bytes = try file.read(count: Int(block.length), at: block.offset, point: .pageRead)
        guard bytes.count == Int(block.length) else { throw try corrupt(block, "the file ends within the block") }
        guard checksum(bytes) == block.checksum else { throw try corrupt(block, "the block's checksum is another") }
        return bytes
    }

    /// Throws `.closed` if the store has ended: then the file may be somebody else's already.
    private func corrupt(_ block: BlockAddress, _ reason: String) throws(EmberError) -> EmberError {
        try context.state.check()
        return .corrupt(file: name, offset: block.offset, reason: reason)
    }

    func retain(_ block: BlockAddress) { lock.withLock { map.retain(block.offset) } }

    func release(_ block: BlockAddress) { lock.withLock { map.release(block.offset) } }

    /// Makes all blocks that are written durable, and the file's name. Ends the store when that fails.
    func synchronize() throws(EmberError) {
        do throws(EmberError) {
            let (file, isNew) = try lock.withLock { () throws(EmberError) in
                let result = (hasUnsynced ? try handle() : nil, isCreated)
                hasUnsynced = false
                return result
            }
            try context.state.write { () throws(EmberError) in
                try file?.synchronize(point: .pageSync)
                if isNew { try context.folder.synchronize() }
            }
            if isNew { lock.withLock { isCreated = false } }
        } catch {
            context.state.fail(error)
            throw error
        }
    }

    /// Closes the file if it has not been used for `time` and all is durable; whether it did.
    func close(idleFor time: Duration) -> Bool {
        lock.withLock {
            guard open != nil, !hasUnsynced, writers == 0, lastUse + time <= .now else { return false }
            // Who still reads from it has a reference of its own.
            open = nil
            return true
        }
    }

    /// Closes the file when the store has ended and nobody writes any more.
    func close() { lock.withLock { open = nil } }

    /// With `lock` held. Throws `.closed`: a store that has ended opens nothing, since the file may be another's by then.
    private func handle() throws(EmberError) -> StoreFile {
        try context.state.check()
        lastUse = .now
        if let open { return open }
        let file: StoreFile
        if map.isEmpty {
            file = try context.folder.file(name, options: O_CREAT)
            isCreated = true
        } else {
            file = try context.folder.file(name)
        }
        open = file
        return file
    }
}
