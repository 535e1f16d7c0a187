/// A place where a system call or an allocation of the engine may fail.
public enum FaultPoint: Hashable, Sendable {
    /// pwrite(2) of log records.
    case logWrite
    /// fdatasync(2) of a log segment.
    case logSync
    /// write(2) to the archive.
    case archiveWrite
    /// pwrite(2) of a page or an index of a table.
    case pageWrite
    /// pread(2) of a page or an index of a table.
    case pageRead
    /// fdatasync(2) of a table's file.
    case pageSync
    /// pwrite(2) of the meta file.
    case metaWrite
    /// fdatasync(2) of the meta file.
    case metaSync
    /// fsync(2) of the store's folder.
    case folderSync
    /// rename(2) of the meta file.
    case rename
    /// unlink(2) of a log segment that is not needed any more.
    case unlink
    /// ftruncate(2) of a log segment whose tail is torn.
    case truncate
    /// open(2) of any file.
    case open
    /// An allocation, by what it is for.
    case allocate(String)
    /// pthread_create(3).
    case createThread
}
