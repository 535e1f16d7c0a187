import Glibc

/// The libraries that are loaded into a program to record its threads, and the header for programs that tell them more.
///
/// - `libdeadwait.so`: for `LD_PRELOAD`, or to link with;
/// - `libdeadwait-locks.so`: the same with the locks that each thread holds;
/// - `libdeadwait-static.o`: the first for static and static-pie programs, linked with the options that are in
///   `libdeadwait-static.link` (`cc -static-pie ... -LFOLDER -Wl,@FOLDER/libdeadwait-static.link`);
/// - `deadwait.h`.
public enum RuntimeFiles {
    /// Their names.
    public static var names: [String] { EmbeddedFiles.all.map(\.name) }

    /// One of them, nil if there is none of that name.
    public static func contents(of name: String) -> [UInt8]? {
        EmbeddedFiles.all.first { $0.name == name }.map { decode($0.hexadecimal) }
    }

    /// A hash of all of them, sixteen hexadecimal digits: other files, other digits.
    public static var version: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for (_, text) in EmbeddedFiles.all {
            text.withUTF8Buffer { for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Writes all of them into `directory`, which is made if it is not there. A file that is there is replaced as a
    /// whole: programs that have the old one loaded keep it.
    public static func install(into directory: String) throws(RuntimeFilesError) {
        var part = directory.hasPrefix("/") ? "" : "."
        for name in directory.split(separator: "/") {
            part += "/" + name
            guard mkdir(part, 0o755) == 0 || errno == EEXIST else {
                throw .cannotMake(directory: part, errno: errno)
            }
        }
        for (name, text) in EmbeddedFiles.all {
            try write(decode(text), to: "\(directory)/\(name)", mode: name.hasSuffix(".so") ? 0o755 : 0o644)
        }
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(RuntimeFilesError) {
        let partial = "\(path).\(getpid())"
        unlink(partial)
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, errno: errno) }
        var failure: Int32?
        var done = 0
        while done < bytes.count, failure == nil {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 { failure = errno == EINTR ? nil : errno } else { done += count }
        }
        // Whoever runs the program that it is loaded into has to be able to read it, whatever the umask.
        if failure == nil, fchmod(descriptor, mode) != 0 { failure = errno }
        close(descriptor)
        if failure == nil, rename(partial, path) != 0 { failure = errno }
        if let failure {
            unlink(partial)
            throw .cannotWrite(path: path, errno: failure)
        }
    }

    private static func decode(_ hexadecimal: StaticString) -> [UInt8] {
        hexadecimal.withUTF8Buffer { text in
            stride(from: 0, to: text.count - 1, by: 2).map { digit(text[$0]) << 4 | digit(text[$0 + 1]) }
        }
    }

    private static func digit(_ character: UInt8) -> UInt8 { character < 0x3a ? character - 0x30 : character - 0x57 }
}

/// Why the runtime's files could not be written.
public enum RuntimeFilesError: Error, Equatable, CustomStringConvertible {
    case cannotMake(directory: String, errno: Int32)
    case cannotWrite(path: String, errno: Int32)

    public var description: String {
        switch self {
        case .cannotMake(let directory, let errno):
            "cannot make the folder \(directory): \(String(cString: strerror(errno)))"
        case .cannotWrite(let path, let errno): "cannot write \(path): \(String(cString: strerror(errno)))"
        }
    }

    /// What to try.
    public var help: String { "Name a folder that you may write to: deadwait runtime --install FOLDER." }
}
