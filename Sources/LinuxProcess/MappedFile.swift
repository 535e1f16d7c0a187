import ProcessModel

/// Whether a process has a file in its memory.
public enum MappedFile {
    /// Whether `process` runs and has a shared mapping of the file with this inode from its first byte on. False when its
    /// mappings cannot be read.
    public static func isShared(inode: UInt64, by process: ProcessID) -> Bool {
        do throws(LinuxProcessError) {
            let (mappings, _) = MappingParser.parse(try ProcFile.read("/proc/\(process)/maps"))
            return mappings.contains {
                $0.inode == inode && $0.fileOffset == 0 && $0.permissions.contains(.shared)
            }
        } catch {
            return false
        }
    }
}
