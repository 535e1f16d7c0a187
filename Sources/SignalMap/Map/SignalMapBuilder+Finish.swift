import SignalMapABI

extension SignalMapBuilder {
    /// The map in the form of its file; equal builders give equal bytes. Throws `.tooLarge`.
    consuming func finish() throws(SignalMapError) -> SignalMapFile {
        let path = string(path)
        sortRecords()
        let counts = [
            functions.count, blocks.count, successors.count, calls.count, targets.count, cells.count, operations.count,
            hops.count, stores.count, lines.count, strings.count, classPlaces.count, classEntries.count,
            variantBlocks.count, variantCalls.count,
        ]
        // An index has 31 bits where the highest tells what it is of.
        guard counts.allSatisfy({ $0 < Int(DWM_IMPORTED) }) else { throw .tooLarge(path: self.path) }
        let stretches = closeStretches()
        var sections: [Section] = []
        func add<Record>(_ kind: dwm_section_kind, _ records: [Record]) {
            sections.append(
                Section(
                    kind: kind.rawValue, size: MemoryLayout<Record>.size, count: records.count,
                    bytes: records.withUnsafeBytes { Array($0) }))
        }
        add(DWM_STRINGS, strings)
        add(DWM_FUNCTIONS, functions)
        add(DWM_PARTS, parts)
        add(DWM_BLOCKS, stretches.blocks)
        add(DWM_SUCCESSORS, successors)
        add(DWM_CALLS, calls)
        add(DWM_TARGET_SETS, targetSets)
        add(DWM_TARGET_LISTS, stretches.targetLists)
        add(DWM_CELLS, cells)
        add(DWM_TARGETS, targets)
        add(DWM_OPERATIONS, operations)
        add(DWM_IDENTITIES, stretches.identities)
        add(DWM_HOPS, hops)
        add(DWM_KEY_SETS, stretches.keySets)
        add(DWM_KEYS, keys)
        add(DWM_MEMBERS, members)
        add(DWM_STORES, stores)
        add(DWM_LOOPS, stretches.loops)
        add(DWM_PREDICATES, stretches.predicates)
        add(DWM_SLOTS, slots)
        add(DWM_SOURCES, sources)
        add(DWM_EXPORTS, exports)
        add(DWM_CALLBACKS, callbacks)
        add(DWM_LINES, lines)
        add(DWM_GAPS, gaps)
        add(DWM_CLASS_PLACES, classPlaces)
        add(
            DWM_CLASS_TABLES,
            classTables + [dwm_class_table(first_entry: UInt32(classEntries.count), reserved: 0)])
        add(DWM_CLASS_ENTRIES, classEntries)
        add(
            DWM_VARIANTS,
            variants + [
                dwm_variant(
                    function: DWM_NONE, first_block: UInt32(variantBlocks.count),
                    first_call: UInt32(variantCalls.count), reserved: 0)
            ])
        add(DWM_VARIANT_BLOCKS, variantBlocks)
        add(DWM_VARIANT_CALLS, variantCalls)
        add(DWM_CONSTANT_CALLS, constantCalls)
        return try SignalMapFile(
            owning: UnsafeRawBufferPointer(laidOut(sections, path: path)), isMapped: false, path: self.path)
    }

    private struct Section {
        var kind: UInt32
        var size: Int
        var count: Int
        var bytes: [UInt8]
    }

    private func laidOut(_ sections: [Section], path: UInt32) -> UnsafeMutableRawBufferPointer {
        func aligned(_ count: Int) -> Int { (count + 7) & ~7 }
        let start = MemoryLayout<dwm_header>.size + sections.count * MemoryLayout<dwm_section>.size
        let total = sections.reduce(aligned(start)) { $0 + aligned($1.bytes.count) }
        let image = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 8)
        image.initializeMemory(as: UInt8.self, repeating: 0)
        var offset = aligned(start)
        for (index, section) in sections.enumerated() {
            image.storeBytes(
                of: dwm_section(
                    kind: section.kind, record_size: UInt32(section.size), offset: UInt64(offset),
                    count: UInt64(section.count)),
                toByteOffset: MemoryLayout<dwm_header>.size + index * MemoryLayout<dwm_section>.size,
                as: dwm_section.self)
            UnsafeMutableRawBufferPointer(rebasing: image[offset...]).copyBytes(from: section.bytes)
            offset += aligned(section.bytes.count)
        }
        var header = dwm_header()
        withUnsafeMutableBytes(of: &header.magic) { $0.copyBytes(from: Array(DWM_MAGIC.utf8)) }
        header.version = DWM_VERSION
        header.section_count = UInt32(sections.count)
        header.file_size = UInt64(total)
        let identifier = buildID?.bytes ?? []
        withUnsafeMutableBytes(of: &header.build_id) { $0.copyBytes(from: identifier.prefix($0.count)) }
        header.build_id_size = UInt32(identifier.count)
        header.path = path
        // EM_X86_64
        header.machine = 62
        header.knowledge = knowledge.rawValue
        header.instructions = instructions
        header.checksum = SectionDirectory.checksum(UnsafeRawBufferPointer(image), header)
        image.storeBytes(of: header, as: dwm_header.self)
        return image
    }

    // MARK: Order

    private mutating func sortRecords() {
        operations.sort {
            ($0.function, $0.call, $0.action, $0.identity, $0.origin, $0.flags) < (
                $1.function, $1.call, $1.action, $1.identity, $1.origin, $1.flags
            )
        }
        stores.sort {
            ($0.function, $0.address, $0.identity, $0.keys) < ($1.function, $1.address, $1.identity, $1.keys)
        }
        sources.sort {
            ($0.member, $0.cell, $0.kind, $0.value, $0.address) < ($1.member, $1.cell, $1.kind, $1.value, $1.address)
        }
        lines.sort { ($0.address, $0.file, $0.line) < ($1.address, $1.file, $1.line) }
        var unique: [dwm_line] = []
        for line in lines where unique.last?.address != line.address { unique.append(line) }
        lines = unique
        let strings = strings
        func text(_ place: UInt32) -> ArraySlice<UInt8> {
            let start = Int(place)
            guard start + 4 <= strings.count else { return [] }
            let length = strings.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt32.self) }
            return strings[(start + 4)..<(start + 4 + Int(UInt32(littleEndian: length)))]
        }
        exports.sort { a, b in
            a.name == b.name ? a.function < b.function : text(a.name).lexicographicallyPrecedes(text(b.name))
        }
    }

    private struct Stretches {
        var blocks: [dwm_block]
        var targetLists: [dwm_target_list]
        var identities: [dwm_identity]
        var keySets: [dwm_key_set]
        var loops: [dwm_loop] = []
        var predicates: [dwm_predicate] = []
    }

    /// Fills what `finish` has to fill, and ends each list of stretches with a closing record.
    private mutating func closeStretches() -> Stretches {
        var operation = 0
        var store = 0
        for index in functions.indices {
            while operation < operations.count, operations[operation].function < index { operation += 1 }
            while store < stores.count, stores[store].function < index { store += 1 }
            functions[index].first_operation = UInt32(operation)
            functions[index].first_store = UInt32(store)
        }
        var last = dwm_function()
        last.name = DWM_NONE
        last.first_block = UInt32(blocks.count)
        last.first_call = UInt32(calls.count)
        last.first_operation = UInt32(operations.count)
        last.first_store = UInt32(stores.count)
        functions.append(last)
        var stretches = Stretches(
            blocks: blocks + [dwm_block(start: 0, first_successor: UInt32(successors.count), size: 0)],
            targetLists: targetLists + [dwm_target_list(first_target: UInt32(targets.count), reserved: 0)],
            identities: identities + [dwm_identity(first_hop: UInt32(hops.count), flags: 0)],
            keySets: keySets + [dwm_key_set(first_key: UInt32(keys.count), reserved: 0)])
        let order = loops.indices.sorted { (loops[$0].loop.call, $0) < (loops[$1].loop.call, $1) }
        for index in order {
            var loop = loops[index].loop
            loop.first_predicate = UInt32(stretches.predicates.count)
            for var predicate in loops[index].predicates {
                predicate.loop = UInt32(stretches.loops.count)
                stretches.predicates.append(predicate)
            }
            stretches.loops.append(loop)
        }
        var end = dwm_loop()
        end.call = DWM_NONE
        end.first_predicate = UInt32(stretches.predicates.count)
        stretches.loops.append(end)
        return stretches
    }
}
