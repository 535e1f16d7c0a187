import CLinux
import Glibc

/// What standard output is, and standard output itself.
enum Terminal {
    /// Columns of the terminal behind standard output; nil when it is none.
    static var width: Int? {
        let columns = clinux_terminal_columns(STDOUT_FILENO)
        return columns > 0 ? Int(columns) : nil
    }

    /// Colour where a person looks: standard output is a terminal that is not "dumb", and NO_COLOR is not set to
    /// anything but the empty string (no-color.org).
    static var wantsColor: Bool {
        if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
        if let value = getenv("TERM"), strcmp(value, "dumb") == 0 { return false }
        return isatty(STDOUT_FILENO) == 1
    }

    /// Writes all bytes to a descriptor. False when the reader has gone or the disk is full; errno says which.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// A text for people, to standard output; one that nobody reads any more is no failure.
    static func say(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write($0, to: STDOUT_FILENO) }
    }

    /// One line to standard error.
    static func warn(_ text: String) {
        _ = Array("deadwait: \(text)\n".utf8).withUnsafeBytes { write($0, to: STDERR_FILENO) }
    }
}
