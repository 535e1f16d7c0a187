import ProcessModel
import SignalMapABI

// What a record leads to. An index that leads nowhere gives nil or an empty stretch.
extension SignalMapFile {
    /// The bytes of a string, without its length.
    package func utf8(_ string: UInt32) -> UnsafeRawBufferPointer? {
        let start = UInt64(string)
        guard start &+ 4 <= UInt64(strings.count) else { return nil }
        let length = UInt64(UInt32(littleEndian: strings.loadUnaligned(fromByteOffset: Int(start), as: UInt32.self)))
        guard length <= UInt64(strings.count) - start - 4 else { return nil }
        return UnsafeRawBufferPointer(rebasing: strings[Int(start + 4)..<Int(start + 4 + length)])
    }

    /// UTF-8 text; invalid sequences become U+FFFD. Nil for `DWM_NONE` and where there is none.
    package func string(_ string: UInt32) -> String? { utf8(string).map { String(decoding: $0, as: UTF8.self) } }

    package var buildID: BuildID? {
        withUnsafeBytes(of: header.build_id) { BuildID(bytes: [UInt8]($0.prefix(Int(clamping: header.build_id_size)))) }
    }

    /// The binary that was read, where it lay when the map was made.
    package var binaryPath: String { string(header.path) ?? path }

    package func function(_ index: UInt32) -> dwm_function? {
        index < functions.count ? functions[Int(index)] : nil
    }

    /// The linker's name; nil in stripped binaries.
    package func name(ofFunction index: UInt32) -> String? { function(index).flatMap { string($0.name) } }

    package func identity(_ index: UInt32) -> dwm_identity? {
        index < identities.count ? identities[Int(index)] : nil
    }

    package func call(_ index: UInt32) -> dwm_call? { index < calls.count ? calls[Int(index)] : nil }
    package func member(_ index: UInt32) -> dwm_member? { index < members.count ? members[Int(index)] : nil }
    package func targetSet(_ index: UInt32) -> dwm_target_set? {
        index < targetSets.count ? targetSets[Int(index)] : nil
    }

    // MARK: Stretches. Their bounds were checked when the file was opened.

    /// Where the stretch of a record begins and the next one's, which the closing record has for the last.
    private func stretch<Record>(
        _ records: UnsafeBufferPointer<Record>, _ index: UInt32, _ first: KeyPath<Record, UInt32>
    ) -> Range<Int> {
        guard index < records.count, let base = records.baseAddress else { return 0..<0 }
        return Int(base[Int(index)][keyPath: first])..<Int(base[Int(index) + 1][keyPath: first])
    }

    package func blocks(ofFunction index: UInt32) -> Range<Int> { stretch(functions, index, \.first_block) }
    package func calls(ofFunction index: UInt32) -> Range<Int> { stretch(functions, index, \.first_call) }
    package func operations(ofFunction index: UInt32) -> Range<Int> { stretch(functions, index, \.first_operation) }
    package func stores(ofFunction index: UInt32) -> Range<Int> { stretch(functions, index, \.first_store) }

    package func successors(ofBlock index: UInt32) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: successors[stretch(blocks, index, \.first_successor)])
    }

    /// Functions by their index, or with `DWM_IMPORTED` symbols by the string of their name.
    package func targets(ofSet index: UInt32) -> UnsafeBufferPointer<UInt32> {
        targets(ofList: targetSet(index)?.list ?? DWM_NONE)
    }

    package func targets(ofList index: UInt32) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: targets[stretch(targetLists, index, \.first_target)])
    }

    /// What the pointers of a set are loaded from.
    package func cells(ofSet index: UInt32) -> UnsafeBufferPointer<dwm_cell> {
        guard let set = targetSet(index), set.first_cell <= cells.count else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        let first = Int(set.first_cell)
        return UnsafeBufferPointer(rebasing: cells[first..<min(first + Int(set.cell_count), cells.count)])
    }

    /// What stands in each word of a virtual table, from its address point on: as targets, `DWM_NONE` for no function.
    package func entries(ofTable index: UInt32) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: classEntries[stretch(classTables, index, \.first_entry)])
    }

    /// From the object outwards.
    package func hops(ofIdentity index: UInt32) -> UnsafeBufferPointer<dwm_hop> {
        UnsafeBufferPointer(rebasing: hops[stretch(identities, index, \.first_hop)])
    }

    /// Members by their index.
    package func keys(ofSet index: UInt32) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: keys[stretch(keySets, index, \.first_key)])
    }

    /// Blocks of its function that a variant cannot take.
    package func blocks(cutFromVariant index: UInt32) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: variantBlocks[stretch(variants, index, \.first_block)])
    }

    /// Calls that lead to variants, or nowhere, when a variant makes them.
    package func calls(ofVariant index: UInt32) -> UnsafeBufferPointer<dwm_variant_call> {
        UnsafeBufferPointer(rebasing: variantCalls[stretch(variants, index, \.first_call)])
    }

    package func predicates(ofLoop index: UInt32) -> UnsafeBufferPointer<dwm_predicate> {
        UnsafeBufferPointer(rebasing: predicates[stretch(loops, index, \.first_predicate)])
    }

    // MARK: Lookups

    /// The variant that a call leads to by the constants that it passes, whoever makes it; nil: all of what it calls.
    package func variant(ofCall call: UInt32) -> UInt32? {
        constantCalls.first(with: call, by: \.call)?.variant
    }

    /// The function that an address lies in, its parts included.
    package func function(holding address: UInt64) -> UInt32? {
        let index = parts.partition { $0.start <= address }
        guard index > 0, address < parts[index - 1].end, parts[index - 1].function < functions.count else { return nil }
        return parts[index - 1].function
    }

    /// The functions of a linker's name: several where static ones share it.
    package func functions(named name: String) -> [UInt32] {
        var name = name
        return name.withUTF8 { wanted in
            functions.indices.compactMap { index in
                guard let found = utf8(functions[index].name), found.count == wanted.count,
                    found.elementsEqual(wanted)
                else { return nil }
                return UInt32(index)
            }
        }
    }

    /// The block that an address lies in.
    package func block(holding address: UInt64) -> UInt32? {
        guard let function = function(holding: address) else { return nil }
        return blocks(ofFunction: function).first {
            address >= blocks[$0].start && address - blocks[$0].start < blocks[$0].size
        }.map { UInt32($0) }
    }

    /// The call that returns to an address, as it stands on a stack.
    package func call(returningTo address: UInt64) -> UInt32? {
        // A call that is the last instruction of its function returns behind its end.
        guard let function = function(holding: address &- 1) else { return nil }
        return calls(ofFunction: function).first {
            calls[$0].length > 0 && calls[$0].address &+ UInt64(calls[$0].length) == address
        }.map { UInt32($0) }
    }

    /// The call that stands at an address.
    package func call(at address: UInt64) -> dwm_call? {
        guard let function = function(holding: address) else { return nil }
        return calls(ofFunction: function).first { calls[$0].address == address }.map { calls[$0] }
    }

    /// The function that other binaries mean by a name; that which chooses it, where one does.
    package func export(named name: String) -> UInt32? { exportRecord(named: name)?.function }

    package func exportRecord(named name: String) -> dwm_export? {
        var name = name
        return name.withUTF8 { wanted in
            let index = exports.partition { self.utf8($0.name)?.lexicographicallyPrecedes(wanted) ?? false }
            guard index < exports.count, let found = utf8(exports[index].name), found.elementsEqual(wanted),
                exports[index].function < functions.count
            else { return nil }
            return exports[index]
        }
    }

    /// File and line of a call, store or function that begins at an address.
    package func line(at address: UInt64) -> (file: String, line: UInt32)? {
        guard let record = lineRecord(at: address), let file = string(record.file) else { return nil }
        return (file, record.line)
    }
}
