import ProcessModel

/// Finds the file of a module of which only its path and its build id are known, as a record outside of any memory
/// tells them.
public enum NamedModule {
    /// Where the module's bytes are: a file of that build id, below the system root, in a debug directory's `.build-id`
    /// tree, or at the path itself. A file is used only when its build id is the one that is known.
    public static func content(path: String, buildID: BuildID?, options: CoreOptions) -> Module.Content {
        guard let buildID else {
            return .unavailable(reason: "it has no build id by which its file could be told from others")
        }
        var reason = "no file of that path was found"
        for candidate in candidates(path, buildID, options) {
            do throws(LinuxProcessError) {
                let file = try ReadOnlyFile(path: candidate)
                if try image(file, candidate).buildID(file: file).id == buildID { return .file(path: candidate) }
                reason = "\(candidate) has another build id: the file was replaced"
            } catch {
                continue
            }
        }
        return .unavailable(reason: reason)
    }

    private static func image(_ file: ReadOnlyFile, _ path: String) throws(LinuxProcessError) -> ElfImage {
        do throws(ElfProblem) {
            return try ElfImage(file: file)
        } catch {
            throw .malformed(path: path, operation: "read the ELF header", reason: "is not a usable ELF file")
        }
    }

    private static func candidates(_ path: String, _ buildID: BuildID, _ options: CoreOptions) -> [String] {
        let digits = buildID.description
        let place = "/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2))"
        let isAbsolute = path.hasPrefix("/")
        var paths: [String] = []
        if let executable = options.executable { paths.append(executable) }
        if let sysroot = options.sysroot, isAbsolute { paths.append(sysroot + path) }
        paths += options.debugDirectories.map { $0 + place }
        if let sysroot = options.sysroot { paths.append(sysroot + "/usr/lib/debug" + place) }
        paths.append("/usr/lib/debug" + place)
        if isAbsolute { paths.append(path) }
        return paths
    }
}
