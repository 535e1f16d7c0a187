import ProcessModel

extension CoreLayout {
    /// The mappings of the process: one for each segment, with the path and the file offset that NT_FILE gives it; and
    /// those of NT_FILE that have no segment.
    ///
    /// Sorted by start, free of overlaps. Inodes are not in a core and are 0.
    func mappings(files: CoreFileTable, vdso: Address?) -> [Mapping] {
        var mappings: [Mapping] = []
        mappings.reserveCapacity(segments.count)
        var next = 0
        for segment in segments {
            while next < files.entries.count, files.entries[next].start < segment.start {
                let entry = files.entries[next]
                guard entry.end <= segment.start else { break }
                Self.append(entry, to: &mappings)
                next += 1
            }
            var mapping = Mapping(start: segment.start, end: segment.end, permissions: segment.permissions)
            if next < files.entries.count {
                let entry = files.entries[next]
                if entry.start <= segment.start, segment.start < entry.end {
                    mapping.path = entry.path
                    mapping.isDeleted = entry.isDeleted
                    mapping.fileOffset = entry.offset.sum(segment.start.distance(above: entry.start)) ?? entry.offset
                }
            }
            if mapping.path.isEmpty, let vdso, mapping.start == vdso { mapping.path = "[vdso]" }
            mappings.append(mapping)
            while next < files.entries.count, files.entries[next].end <= segment.end { next += 1 }
        }
        for entry in files.entries[min(next, files.entries.count)...] { Self.append(entry, to: &mappings) }
        return mappings
    }

    /// A mapping that only NT_FILE knows. Its permissions are not in the core: it is taken as code, so that its module
    /// is found.
    private static func append(_ entry: CoreFileTable.Entry, to mappings: inout [Mapping]) {
        let start = max(entry.start, mappings.last?.end ?? Address(0))
        guard start < entry.end else { return }
        mappings.append(
            Mapping(
                start: start, end: entry.end, permissions: [.read, .execute],
                fileOffset: entry.offset.sum(start.distance(above: entry.start)) ?? entry.offset, path: entry.path,
                isDeleted: entry.isDeleted))
    }
}
