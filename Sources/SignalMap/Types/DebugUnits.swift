import DebugInfo
import ProcessModel

/// The units of one binary's debug information, opened: of the file itself or a separate debug file, with those of split
/// DWARF in the place of their skeletons, and those of the dwz file.
///
/// Immutable once made, so that several threads may read it.
final class DebugUnits: @unchecked Sendable {
    struct Unit {
        /// For addresses, range lists and the offsets of location lists.
        let unit: DwarfUnit
        let info: UnsafeRawBufferPointer
        /// Into `shapes`.
        let shapes: Int
        let encoding: Encoding
        /// Of the unit, and one past its last byte, into `info`.
        let start: Int
        let end: Int
        let firstEntry: Int
        /// Into `files`.
        let file: Int
        /// Of a type unit: the entry of the type.
        var type: Int?
    }

    /// What may refer to each other: the units of one .debug_info.
    struct File {
        let dwarf: DwarfFile
        /// Into `units`, by offset.
        var units: Range<Int>
        /// Into `texts`: of .debug_str; the next two are .debug_line_str and .debug_info.
        let texts: Int
        /// The dwz file, into `files`.
        var alternate: Int?
        /// Types of type units by their signature: unit and offset.
        var signatures: [UInt64: (unit: Int, offset: Int)] = [:]
    }

    private(set) var units: [Unit] = []
    private(set) var files: [File] = []
    private(set) var shapes: [EntryShapes] = []
    /// Sections that hold names.
    private(set) var texts: [UnsafeRawBufferPointer] = []
    private(set) var gaps: [Gap] = []
    /// Keeps the sections.
    private var dwarfs: [DwarfFile] = []
    private var objects: [ObjectFile] = []
    private var shapeIndex: [ShapeKey: Int] = [:]
    private let path: String

    private struct ShapeKey: Hashable {
        var file: Int
        var offset: UInt64
        var encoding: Encoding
    }

    /// The most abbreviations that are made ready: a hostile file could have each unit begin at another byte of one table.
    private static let stepLimit = 1 << 24
    /// Files of split DWARF are numbered in names.
    private static let fileLimit = 16_000

    /// Opens what there is for a binary: its own sections, else the separate debug file by build id or link, else one of
    /// a debuginfod server where the options allow to ask. Without any, there are no units and a gap says so.
    init(_ binary: BinaryFile, options: DebugInfoOptions) {
        path = binary.path
        let locator = DebugFileLocator(options: options)
        let module = Module(
            path: binary.path, start: Address(0), end: Address(0), loadBias: 0, buildID: binary.buildID,
            content: .file(path: binary.path))
        let candidates: [() -> ObjectFile?] = [
            { binary.file }, { locator.debugFile(for: module, file: binary.file) },
            { binary.buildID.flatMap { locator.downloaded($0) } },
        ]
        for candidate in candidates {
            guard let object = candidate(), object.hasDebugInfo else { continue }
            open(object, modulePath: binary.path, locator)
            break
        }
        for problem in locator.problems {
            gaps.append(Gap(.file(problem.path), operation: "use as debug information", reason: problem.reason))
        }
        for object in objects {
            for section in object.unreadableSections {
                gaps.append(Gap(.file(object.path), operation: "read \(section.name)", reason: section.reason))
            }
        }
        if units.isEmpty {
            gaps.append(
                Gap(
                    .file(path), operation: "read types", reason: "it has no debug information",
                    help: "Build with -g, or give its debug file with --debug-dir."))
        }
    }

    private func note(_ operation: String, _ reason: String, help: String? = nil) {
        let gap = Gap(.file(path), operation: operation, reason: reason, help: help)
        if !gaps.contains(gap) { gaps.append(gap) }
    }

    // MARK: Opening

    private func open(_ object: ObjectFile, modulePath: String, _ locator: DebugFileLocator) {
        objects.append(object)
        let main = DwarfFile(DwarfSections(object)) { [unowned self] in
            guard object.alternateLink != nil else { return nil }
            guard let alternate = locator.alternate(of: object) else {
                note("read the dwz file", "it was not found; types that stand in it are missing")
                return nil
            }
            objects.append(alternate)
            return DwarfFile(DwarfSections(alternate))
        }
        let splits = SplitUnits(locator: locator, main: object, modulePath: modulePath) { [unowned self] reason in
            note(
                "read split debug information", reason,
                help: "Put the .dwp file beside the program, or keep the .dwo files where they were built.")
        }
        guard let number = add(main) else { return }
        var skeletons: [DwarfUnit] = []
        for header in main.headers {
            guard let unit = main.unit(header) else {
                note("read types", "a unit's root entry is damaged")
                continue
            }
            if unit.dwoName != nil { skeletons.append(unit) } else { append(unit, header, file: number) }
        }
        close(number)
        // Touched here, so that it is not made by the threads that read.
        if let alternate = main.alternate, let other = add(alternate) {
            files[number].alternate = other
            for header in alternate.headers {
                if let unit = alternate.unit(header) { append(unit, header, file: other) }
            }
            close(other)
        }
        for skeleton in skeletons {
            guard let full = splits.unit(for: skeleton), let split = add(full.file) else { continue }
            for header in full.file.headers {
                // Others of the same file have skeletons of their own; type units belong to all.
                guard header.offset == full.header.offset || header.type == 6 else { continue }
                if let unit = full.file.unit(header) { append(unit, header, file: split) }
            }
            close(split)
        }
    }

    private func add(_ dwarf: DwarfFile) -> Int? {
        guard files.count < Self.fileLimit else {
            note("read types", "it refers to more than \(Self.fileLimit) files")
            return nil
        }
        let sections = dwarf.sections
        files.append(File(dwarf: dwarf, units: units.count..<units.count, texts: texts.count))
        texts += [sections.str, sections.lineStr, sections.info]
        dwarfs.append(dwarf)
        // Fetched now: later, threads read them.
        _ = (sections.addr, sections.strOffsets, sections.rnglists, sections.ranges, sections.loclists, sections.loc)
        _ = (sections.line, sections.abbrev)
        return files.count - 1
    }

    private func close(_ file: Int) { files[file].units = files[file].units.lowerBound..<units.count }

    private func append(_ unit: DwarfUnit, _ header: DwarfUnit.Header, file: Int) {
        // Offsets within units are kept in 31 bits.
        guard header.end - header.offset < 0x7fff_0000, let shapes = shapes(of: header, unit, file) else {
            note("read types", "a unit's size or its abbreviations are beyond what is read")
            return
        }
        var record = Unit(
            unit: unit, info: unit.sections.info, shapes: shapes, encoding: header.encoding, start: header.offset,
            end: header.end, firstEntry: header.firstEntry, file: file)
        // DW_UT_type, DW_UT_split_type: a signature and an offset end the header.
        let size = header.encoding.offsetSize
        if header.type == 2 || header.type == 6, header.firstEntry - header.offset > 8 + size {
            var reader = ByteReader(record.info, at: header.firstEntry - 8 - size, end: header.firstEntry)
            let signature = reader.u64()
            let offset = reader.offset(is64: header.encoding.is64)
            if offset < UInt64(header.end - header.offset) {
                record.type = header.offset + Int(offset)
                files[file].signatures[signature] = (units.count, header.offset + Int(offset))
            }
        }
        units.append(record)
    }

    private var stepCount = 0

    private func shapes(of header: DwarfUnit.Header, _ unit: DwarfUnit, _ file: Int) -> Int? {
        // A package's units have tables of their own at offset 0: their files tell them apart.
        let key = ShapeKey(file: file, offset: header.abbreviationOffset, encoding: header.encoding)
        if let known = shapeIndex[key] { return known }
        guard stepCount < Self.stepLimit else { return nil }
        let table = AbbreviationTable(unit.sections.abbrev, at: header.abbreviationOffset, encoding: header.encoding)
        stepCount += table.attributes.count + table.abbreviations.count + 1
        shapes.append(EntryShapes(table, header.encoding))
        shapeIndex[key] = shapes.count - 1
        return shapes.count - 1
    }
}

extension DebugUnits {
    /// The unit of a file that holds an offset into its .debug_info.
    func unit(at offset: Int, file: Int) -> Int? {
        let low = units[files[file].units].partition { $0.end <= offset }
        return low < files[file].units.upperBound && offset >= units[low].firstEntry ? low : nil
    }

    /// The entry that a reference names, as a unit and an offset into its .debug_info; nil when it names none.
    @inline(__always)
    func target(of value: EntryValues.Value, in number: Int) -> (unit: Int, offset: Int)? {
        switch value.form {
        // DW_FORM_ref1, ref2, ref4, ref8, ref_udata
        case 0x11, 0x12, 0x13, 0x14, 0x15:
            let unit = units[number]
            guard value.value < UInt64(unit.end - unit.start) else { return nil }
            let offset = unit.start + Int(value.value)
            return offset >= unit.firstEntry ? (number, offset) : nil
        default: return foreignTarget(of: value, in: number)
        }
    }

    private func foreignTarget(of value: EntryValues.Value, in number: Int) -> (unit: Int, offset: Int)? {
        let file = units[number].file
        switch value.form {
        // DW_FORM_ref_addr
        case 0x10:
            guard let offset = Int(exactly: value.value) else { return nil }
            return unit(at: offset, file: file).map { ($0, offset) }
        // DW_FORM_ref_sup4, ref_sup8, GNU_ref_alt
        case 0x1c, 0x24, 0x1f20:
            guard let alternate = files[file].alternate, let offset = Int(exactly: value.value) else { return nil }
            return unit(at: offset, file: alternate).map { ($0, offset) }
        // DW_FORM_ref_sig8
        case 0x20: return files[file].signatures[value.value]
        default: return nil
        }
    }
}
