import Deadwait
import DumpText
import Glibc
import ProcessModel

/// The bytes of a text.
enum DumpFile {
    /// Of a file, or of standard input for "-". More than a text may have is left out.
    static func bytes(of path: String) throws(CommandFailure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= DumpReader.mostBytes {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw failure(path) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(
            reason: "cannot read \(path == "-" ? "standard input" : path): \(String(cString: strerror(errno)))",
            help: "Name a text file, or - and pipe one in.")
    }
}

/// How each line of a text was read.
struct DumpExplanation {
    let reader: DumpReader

    init(_ reader: DumpReader) { self.reader = reader }

    func write(to writer: inout ByteWriter) {
        if !reader.carriers.isEmpty {
            writer.append(trusted: "undone first: \(reader.carriers.joined(separator: ", "))\n\n")
        }
        for line in reader.explanation where line.role != .blank {
            let number = String(line.number)
            let role = line.role.rawValue
            let left = String(repeating: " ", count: Swift.max(0, 6 - number.count)) + number
            let right = role + String(repeating: " ", count: Swift.max(1, 10 - role.count))
            writer.append(trusted: "\(left)  \(right)")
            writer.text(line.text)
            writer.append(trusted: "\n")
        }
        writer.append(trusted: "\n\(reader.usedLines) lines understood, \(reader.ignoredLines) ignored; ")
        writer.append(trusted: "\(reader.dumps.count) \(reader.dumps.count == 1 ? "dump" : "dumps")")
        for dump in reader.dumps { writer.append(trusted: ", \(dump.format): \(dump.snapshot.threads.count) threads") }
        writer.append(trusted: "\n")
    }
}
