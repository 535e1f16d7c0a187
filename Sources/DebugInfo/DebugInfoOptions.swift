import Glibc

/// Where debug information is looked for, and what may be spent on it.
public struct DebugInfoOptions: Hashable, Sendable {
    /// Trees with `.build-id/xx/….debug` and with files by path, in the order they are searched (gdb's
    /// debug-file-directory). The system's own, `/usr/lib/debug`, is searched behind them.
    public var debugDirectories: [String]
    /// A copy of the target's file system: paths of the target are looked up below it first.
    public var sysroot: String?
    /// Ask the servers of DEBUGINFOD_URLS, when that is set, for what is not found on this machine. Only lines and
    /// parameters ask, never names.
    public var useDebuginfod: Bool
    /// What one question to debuginfod may take in all, milliseconds. After one question that took longer or that no
    /// server answered, the session asks no more.
    public var debuginfodMilliseconds: Int
    /// Answers are kept here by build id, so that the next run need not open DWARF for the same addresses. Nil: none
    /// are kept. See `defaultCacheDirectory`.
    public var cacheDirectory: String?
    /// The most that the files of the cache may occupy together, bytes; the oldest are removed beyond it.
    public var cacheByteLimit: Int

    public init(
        debugDirectories: [String] = [], sysroot: String? = nil, useDebuginfod: Bool = true,
        debuginfodMilliseconds: Int = 10_000, cacheDirectory: String? = nil, cacheByteLimit: Int = 64 << 20
    ) {
        self.debugDirectories = debugDirectories
        self.sysroot = sysroot
        self.useDebuginfod = useDebuginfod
        self.debuginfodMilliseconds = debuginfodMilliseconds
        self.cacheDirectory = cacheDirectory
        self.cacheByteLimit = cacheByteLimit
    }

    /// `$XDG_CACHE_HOME/deadwait`, or `$HOME/.cache/deadwait` (XDG Base Directory Specification); nil without both.
    public static var defaultCacheDirectory: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        if let cache = variable("XDG_CACHE_HOME") { return cache + "/deadwait" }
        return variable("HOME").map { $0 + "/.cache/deadwait" }
    }
}
