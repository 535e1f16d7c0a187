/// Finds the full units that skeleton units refer to: in a package beside the program (.dwp), or each in a file of its
/// own (.dwo), as split DWARF 5 and GNU's extension of DWARF 4 have it.
package final class SplitUnits {
    private let locator: DebugFileLocator
    /// The file with the skeletons, and the target's path of the module.
    private let main: ObjectFile
    private let modulePath: String
    private let report: (String) -> Void
    private var files: [Int: DwarfFile?] = [:]
    private lazy var package: (file: ObjectFile, index: PackageIndex)? = findPackage()

    /// `report` is told of each split unit that is not found.
    package init(
        locator: DebugFileLocator, main: ObjectFile, modulePath: String, report: @escaping (String) -> Void
    ) {
        self.locator = locator
        self.main = main
        self.modulePath = modulePath
        self.report = report
    }

    /// The full unit of a skeleton; nil when `unit` is none, or its other part is not found, which is reported.
    package func unit(for skeleton: DwarfUnit) -> DwarfUnit? {
        guard let identifier = skeleton.dwoID, let name = skeleton.dwoName else { return nil }
        let key = skeleton.header.offset
        if let known = files[key] { return known.flatMap { Self.unit(identifier, in: $0) } }
        let file = packaged(identifier, skeleton) ?? single(name, identifier, skeleton)
        files[key] = .some(file)
        if file == nil { report("its split debug information \(name) was not found") }
        return file.flatMap { Self.unit(identifier, in: $0) }
    }

    private static func unit(_ identifier: UInt64, in file: DwarfFile) -> DwarfUnit? {
        for header in file.headers {
            // DW_UT_split_compile, or a GNU unit, whose id is an attribute.
            guard header.type == 5 || header.type == 1, let unit = file.unit(header) else { continue }
            if unit.dwoID == identifier { return unit }
        }
        return nil
    }

    // MARK: Packages

    private func packaged(_ identifier: UInt64, _ skeleton: DwarfUnit) -> DwarfFile? {
        guard let (file, index) = package, let parts = index.parts(of: identifier) else { return nil }
        // Strings are shared by all units of a package.
        let sections = DwarfSections(file) { [unowned file] name in
            let part: PackageIndex.Part?
            switch name {
            case .info: part = parts[.info]
            case .abbrev: part = parts[.abbrev]
            case .line: part = parts[.line]
            case .strOffsets: part = parts[.strOffsets]
            case .rnglists: part = parts[.rnglists]
            case .loclists: part = parts[.loclists]
            case .loc: part = parts[.loc]
            default: return file.contents(of: name.rawValue + ".dwo")
            }
            guard let part, let section = file.contents(of: name.rawValue + ".dwo") else { return nil }
            return section.part(at: part.offset, count: part.size)
        }
        let dwarf = DwarfFile(sections, skeleton: skeleton)
        return Self.unit(identifier, in: dwarf) == nil ? nil : dwarf
    }

    private func findPackage() -> (file: ObjectFile, index: PackageIndex)? {
        var paths = [main.path + ".dwp", modulePath + ".dwp"]
        if main.path.hasSuffix(".debug") { paths.append(String(main.path.dropLast(6)) + ".dwp") }
        if let real = DebugFileLocator.realPath(main.path) { paths.append(real + ".dwp") }
        paths += locator.belowTrees(modulePath + ".dwp")
        for path in paths {
            guard let file = locator.open(path), let bytes = file.contents(of: ".debug_cu_index") else { continue }
            if let index = PackageIndex(bytes) { return (file, index) }
        }
        return nil
    }

    // MARK: Single files

    private func single(_ name: String, _ identifier: UInt64, _ skeleton: DwarfUnit) -> DwarfFile? {
        let directory = skeleton.compilationDirectory ?? "."
        let path = name.hasPrefix("/") ? name : directory + "/" + name
        let base = name.split(separator: "/").last.map(String.init) ?? name
        var paths = locator.belowTrees(path) + [path]
        // Where the program was moved together with them.
        for place in [main.path, modulePath] {
            let directory = DebugFileLocator.directory(of: place)
            if !name.hasPrefix("/") { paths.append(directory + "/" + name) }
            paths.append(directory + "/" + base)
        }
        for path in paths {
            guard let file = locator.open(path) else { continue }
            let dwarf = DwarfFile(DwarfSections(file, isSplit: true), skeleton: skeleton)
            // A file of an older or newer build has another id.
            if Self.unit(identifier, in: dwarf) != nil { return dwarf }
        }
        return nil
    }
}
