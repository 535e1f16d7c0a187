/// The .debug_… sections that belong together: of one file, or the parts of a package (.dwp) that one unit owns.
///
/// Each is fetched, and inflated where it is compressed, when it is first needed.
package final class DwarfSections {
    enum Name: String, CaseIterable {
        case info = ".debug_info"
        case abbrev = ".debug_abbrev"
        case str = ".debug_str"
        case lineStr = ".debug_line_str"
        case line = ".debug_line"
        case addr = ".debug_addr"
        case strOffsets = ".debug_str_offsets"
        case rnglists = ".debug_rnglists"
        case ranges = ".debug_ranges"
        case loclists = ".debug_loclists"
        case loc = ".debug_loc"
        case aranges = ".debug_aranges"
    }

    /// Where the bytes come from; kept alive with them.
    package let file: ObjectFile
    private let fetch: (Name) -> UnsafeRawBufferPointer?
    private var fetched: [UnsafeRawBufferPointer?] = Array(repeating: nil, count: Name.allCases.count)

    /// The sections of a file with debug information, or those of a .dwo file, whose names end in ".dwo".
    package init(_ file: ObjectFile, isSplit: Bool = false) {
        self.file = file
        fetch = { [unowned file] name in file.contents(of: isSplit ? name.rawValue + ".dwo" : name.rawValue) }
    }

    /// Parts chosen by the caller.
    init(_ file: ObjectFile, fetch: @escaping (Name) -> UnsafeRawBufferPointer?) {
        self.file = file
        self.fetch = fetch
    }

    /// The section's bytes, empty when there is none.
    private func bytes(_ name: Name, _ index: Int) -> UnsafeRawBufferPointer {
        if let known = fetched[index] { return known }
        let bytes = fetch(name) ?? .none
        fetched[index] = .some(bytes)
        return bytes
    }

    package var info: UnsafeRawBufferPointer { bytes(.info, 0) }
    package var abbrev: UnsafeRawBufferPointer { bytes(.abbrev, 1) }
    package var str: UnsafeRawBufferPointer { bytes(.str, 2) }
    package var lineStr: UnsafeRawBufferPointer { bytes(.lineStr, 3) }
    package var line: UnsafeRawBufferPointer { bytes(.line, 4) }
    package var addr: UnsafeRawBufferPointer { bytes(.addr, 5) }
    package var strOffsets: UnsafeRawBufferPointer { bytes(.strOffsets, 6) }
    package var rnglists: UnsafeRawBufferPointer { bytes(.rnglists, 7) }
    package var ranges: UnsafeRawBufferPointer { bytes(.ranges, 8) }
    package var loclists: UnsafeRawBufferPointer { bytes(.loclists, 9) }
    package var loc: UnsafeRawBufferPointer { bytes(.loc, 10) }
    package var aranges: UnsafeRawBufferPointer { bytes(.aranges, 11) }
}
