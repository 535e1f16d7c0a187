import Glibc

/// Opens what a folder holds: the last checkpoint, then the log after it.
struct Recovery {
    private let context: StoreContext
    private(set) var meta = Meta(store: 0, number: 0, sequence: .zero, nextTable: 1, tables: [])
    private(set) var tables: [String: Table] = [:]
    private(set) var nextTable: UInt32 = 1
    private(set) var report = RecoveryReport()
    private var segments: [LogSegment] = []
    private var file: StoreFile?

    init(context: StoreContext) { self.context = context }

    mutating func run() throws(EmberError) {
        // What a name leads to now must still be so after a loss of power: places in the files are given away by it.
        try context.folder.synchronize()
        let names = try context.folder.names()
        try context.folder.remove(Meta.newFileName)
        let bytes = try context.folder.contents(of: Meta.fileName, limit: Meta.sizeLimit)
        if let bytes { try openCheckpoint(Meta(bytes)) }
        var scan = LogScan(
            folder: context.folder, names: names, checkpoint: bytes == nil ? nil : meta,
            isSalvage: context.options.isSalvage)
        var tablesByID = Dictionary(uniqueKeysWithValues: tables.values.map { ($0.id, $0) })
        try scan.run { record, end throws(EmberError) in
            try replay(record, endingAt: end, &tablesByID)
        }
        report = scan.report
        segments = scan.segments
        file = scan.file
        if let store = scan.store { meta.store = store } else { meta.store = UInt64.random(in: 1...UInt64.max) }
        for table in tablesByID.values { tables[table.name] = table }
    }

    /// The log to go on with: in a new segment if there is none to continue.
    func makeLog() throws(EmberError) -> Log {
        var segments = segments
        let last: StoreFile
        if let file {
            last = file
        } else {
            let segment = LogSegment(start: report.end.position)
            last = try segment.create(in: context.folder, store: meta.store)
            segments.append(segment)
        }
        return try Log(
            folder: context.folder, state: context.state, store: meta.store, segments: segments, file: last,
            end: report.end.position, options: context.options)
    }

    private mutating func openCheckpoint(_ found: Meta) throws(EmberError) {
        meta = found
        nextTable = found.nextTable
        var ids: Set<UInt32> = []
        for root in found.tables {
            guard ids.insert(root.id).inserted, root.id < found.nextTable, tables[root.name] == nil else {
                throw .corrupt(file: Meta.fileName, offset: 0, reason: "two tables have one name or number")
            }
            tables[root.name] = try openTable(root)
        }
    }

    private func openTable(_ root: Meta.TableRoot) throws(EmberError) -> Table {
        let fileName = TableFile.name(of: root.id)
        guard let rootMap = BlockMap([root.root]) else {
            throw .corrupt(file: Meta.fileName, offset: 0, reason: "the place of table \(root.name) cannot be")
        }
        let reader = TableFile(table: root.id, name: root.name, context: context, map: rootMap)
        guard let entries = TableCheckpoint.decode(try reader.read(root.root), table: root.id) else {
            throw .corrupt(file: fileName, offset: root.root.offset, reason: "this is no list of leaves")
        }
        let checkpoint = TableCheckpoint(entries: entries, root: root.root)
        guard let map = BlockMap(checkpoint.blocks) else {
            throw .corrupt(file: fileName, offset: root.root.offset, reason: "leaves overlap")
        }
        let file = TableFile(table: root.id, name: root.name, context: context, map: map)
        // One use is the checkpoint's, the other the leaf's.
        for entry in entries { if let block = entry.block { file.retain(block) } }
        return Table(id: root.id, name: root.name, context: context, file: file, checkpointed: checkpoint)
    }

    private mutating func replay(
        _ record: LogRecord, endingAt end: LogSequenceNumber, _ tablesByID: inout [UInt32: Table]
    ) throws(EmberError) {
        switch record {
        case .createTable(let id, let name):
            guard id >= nextTable, id < .max, !tablesByID.values.contains(where: { $0.name == name }) else {
                throw .corrupt(file: "log", offset: end.position, reason: "table \(name) is created twice")
            }
            nextTable = id + 1
            let file = TableFile(table: id, name: name, context: context, map: BlockMap())
            tablesByID[id] = Table(id: id, name: name, context: context, file: file, checkpointed: nil)
        case .commit(let changes):
            for change in changes {
                guard let table = tablesByID[change.table] else {
                    throw .corrupt(file: "log", offset: end.position, reason: "a change of no table")
                }
                try table.replay(change.value, of: change.key, at: end)
            }
            let excess = context.bytesInMemory.load(ordering: .relaxed) - context.options.cacheBytes
            if excess > 0 { _ = try context.evictor.evict(atMost: excess) { tablesByID.values.map { $0 } } }
        }
    }
}
