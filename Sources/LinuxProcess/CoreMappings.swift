import ProcessModel

extension CoreLayout {
    /// The mappings of the process: one for each segment, with the path and the file offset that NT_FILE gives it; and
    /// those of NT_FILE that have no segment.
    ///
    /// gcore leaves out the program headers of what it does not dump, so that its code is known from NT_FILE only. The
    /// permissions of such mappings are not in the core; they are taken as code, so that modules are found, until
    /// `setPermissions` finds the true ones.
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

    /// Gives the mappings that only NT_FILE knows the permissions of the program header that they were made by, or, outside
    /// of all images, leave to read.
    func setPermissions(_ mappings: inout [Mapping], images: [LoadedImage]) {
        var segment = 0
        var image = 0
        for index in mappings.indices {
            let start = mappings[index].start
            while segment < segments.count, segments[segment].start < start { segment += 1 }
            if segment < segments.count, segments[segment].start == start { continue }
            while image < images.count, images[image].end <= start { image += 1 }
            mappings[index].permissions = .read
            guard image < images.count, images[image].contains(start) else { continue }
            let place = start.rawValue &- images[image].loadBias
            let load = images[image].elf.loads.last { $0.address.pageStart <= place }
            if let load, load.isExecutable { mappings[index].permissions.insert(.execute) }
            if let load, load.flags & 2 != 0 { mappings[index].permissions.insert(.write) }
        }
    }

    /// A mapping that only NT_FILE knows.
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
