import ProcessModel

/// Finds the file that a loaded image was made from and makes sure that it is that file.
struct ModuleFileLocator {
    /// Where a module's bytes are.
    struct Place {
        /// Nil when no file can be used.
        var content: Module.Content?
        /// The file's, when memory did not tell.
        var buildID: BuildID?
        var reason: String?
    }

    private enum Verdict {
        case same(BuildID?)
        /// The file is there, and memory holds nothing to compare it with.
        case unverified(BuildID?)
        case different(BuildID?)
        case unusable(String)
    }

    private let files: ModuleResolver.Files
    private let executablePath: String?
    private let givenExecutable: String?
    /// What stands before the target's paths to make them ours, best first; "" in the same mount namespace.
    private let rootPrefixes: [String]
    private(set) var gaps: [Gap] = []

    init(files: ModuleResolver.Files, executablePath: String?) {
        self.files = files
        self.executablePath = executablePath
        switch files {
        case .process(let process):
            rootPrefixes = Self.rootPrefixes(of: process)
            givenExecutable = nil
        case .core(let options):
            rootPrefixes = []
            givenExecutable = options.executable
        }
    }

    /// `/proc/PID/root` leads into the process's mount namespace (proc(5)), whose paths /proc/PID/maps shows. Within our
    /// own namespace maps shows paths from our root, even of a process under another root (chroot(2)).
    private static func rootPrefixes(of process: ProcessID) -> [String] {
        let root = "/proc/\(process)/root"
        do throws(LinuxProcessError) {
            let namespace = try ProcFile.link("/proc/\(process)/ns/mnt")
            return [namespace == (try ProcFile.link("/proc/self/ns/mnt")) ? "" : root]
        } catch {
            // Not readable: both are tried, and the build id decides.
            return ["", root]
        }
    }

    /// The file at a mapping's path, for images whose header is not in memory; the caller reports when there is none.
    func unverifiedFile(for mapping: Mapping) -> ReadOnlyFile? {
        for path in paths(of: mapping, buildID: nil, isExecutable: false) {
            do throws(LinuxProcessError) { return try ReadOnlyFile(path: path) } catch { continue }
        }
        return nil
    }

    /// The file of `image`. `buildID` is what memory says.
    mutating func locate(_ image: LoadedImage, buildID: ElfImage.BuildIDSearch, isExecutable: Bool) -> Place {
        var seen: (path: String, buildID: BuildID?)?
        var failure: String?
        let paths = paths(of: image.mapping, buildID: buildID.id, isExecutable: isExecutable)
        for (index, path) in paths.enumerated() {
            switch compare(path, with: image, buildID: buildID) {
            case .same(let id):
                return Place(content: .file(path: path), buildID: id)
            case .unverified(let id):
                gaps.append(
                    Gap(
                        .module(image.path), operation: "compare the file's build id with the one in memory",
                        reason: "memory does not hold the module's ELF header and notes",
                        help: "Make sure that \(path) is the file that ran; if not, give the right one with --sysroot.")
                )
                return Place(content: .file(path: path), buildID: id)
            case .different(let id):
                if isExecutable, index == 0, path == givenExecutable {
                    let ids = "it has \(Self.words(id)), the loaded image \(Self.words(buildID.id))"
                    gaps.append(wrongExecutable(path, "it is not the one that ran: \(ids)"))
                } else {
                    seen = seen ?? (path, id)
                }
            case .unusable(let reason):
                if isExecutable, index == 0, path == givenExecutable {
                    gaps.append(wrongExecutable(path, reason))
                } else {
                    failure = failure ?? reason
                }
            }
        }
        let reason: String
        if let seen {
            reason =
                "\(seen.path) has \(Self.words(seen.buildID)), the loaded image \(Self.words(buildID.id)): "
                + "the file was replaced"
        } else if image.mapping.isDeleted {
            reason = "the file was deleted while it was in use"
        } else {
            reason = failure ?? "no file of that path was found"
        }
        gaps.append(Gap(.module(image.path), operation: "find the module's file", reason: reason, help: help))
        return Place(content: nil, reason: reason)
    }

    private static func words(_ id: BuildID?) -> String { id.map { "build id \($0)" } ?? "no build id" }

    private func wrongExecutable(_ path: String, _ reason: String) -> Gap {
        Gap(
            .file(path), operation: "use the given executable", reason: reason,
            help: "Give the program that ran, or leave --exe out so that it is searched.")
    }

    private var help: String {
        switch files {
        case .process:
            "Run as root, so that the file can be read through /proc/PID/map_files, or restart the process with the "
                + "installed files."
        case .core:
            "Give the files of the machine that wrote the core with --sysroot, --exe, or --debug-dir (a directory with "
                + "a .build-id tree)."
        }
    }

    /// Where the file may be, best first.
    private func paths(of mapping: Mapping, buildID: BuildID?, isExecutable: Bool) -> [String] {
        switch files {
        case .process(let process):
            var paths = rootPrefixes.map { $0 + mapping.path }
            if isExecutable { paths.append("/proc/\(process)/exe") }
            let start = String(mapping.start.rawValue, radix: 16)
            paths.append("/proc/\(process)/map_files/\(start)-\(String(mapping.end.rawValue, radix: 16))")
            return paths
        case .core(let options):
            return corePaths(mapping.path, buildID: buildID, isExecutable: isExecutable, options)
        }
    }

    private func corePaths(
        _ path: String, buildID: BuildID?, isExecutable: Bool, _ options: CoreOptions
    ) -> [String] {
        var paths: [String] = []
        if isExecutable, let givenExecutable { paths.append(givenExecutable) }
        let isAbsolute = path.hasPrefix("/")
        if let sysroot = options.sysroot, isAbsolute { paths.append(sysroot + path) }
        if let buildID {
            let digits = buildID.description
            let place = "/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2))"
            var roots = options.debugDirectories
            if let sysroot = options.sysroot { roots.append(sysroot + "/usr/lib/debug") }
            roots.append("/usr/lib/debug")
            paths += roots.map { $0 + place }
        }
        if isAbsolute {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            for directory in options.debugDirectories { paths += [directory + path, directory + "/" + name] }
            paths.append(path)
        }
        return paths
    }

    private func compare(_ path: String, with image: LoadedImage, buildID: ElfImage.BuildIDSearch) -> Verdict {
        let file: ReadOnlyFile
        do throws(LinuxProcessError) {
            file = try ReadOnlyFile(path: path)
        } catch {
            return .unusable(error.clause)
        }
        let elf: ElfImage
        do throws(ElfProblem) {
            elf = try ElfImage(file: file)
        } catch {
            return .unusable("\(path) is not a usable ELF file")
        }
        let found = elf.buildID(file: file)
        switch buildID {
        case .found(let id):
            return found == .found(id) ? .same(id) : .different(found.id)
        case .none:
            // No build id: the same layout and entry point, from a file that still has its name.
            let isSame = found == .none && elf.header == image.elf.header && elf.segments == image.elf.segments
            let isExact = path.contains("/map_files/") || path.hasSuffix("/exe")
            return isSame && (isExact || !image.mapping.isDeleted) ? .same(nil) : .different(found.id)
        case .unreadable:
            return elf.segments == image.elf.segments ? .unverified(found.id) : .different(found.id)
        }
    }
}
