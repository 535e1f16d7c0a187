import ArgumentParser
import Deadwait
import Glibc

/// Where a report goes and what it looks like.
struct OutputArguments: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }
    enum Color: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

    @Option(help: "The report's form: text or json.")
    var format = Format.text

    @Option(name: .shortAndLong, help: ArgumentHelp("Write the report to a file.", valueName: "FILE"))
    var output: String?

    @Option(help: ArgumentHelp("Save the snapshot; every command takes it in place of the process.", valueName: "FILE"))
    var save: String?

    @Option(help: "Colour: auto, always or never. NO_COLOR is respected.")
    var color = Color.auto

    @Option(help: ArgumentHelp("Columns of the text report; default: the terminal's, else 100.", valueName: "N"))
    var width: Int?

    @Flag(name: .shortAndLong, help: "Registers, object fields and timing, too.")
    var verbose = false

    func validate() throws {
        if let width, !(40...10_000).contains(width) { throw ValidationError("--width is 40 to 10000.") }
    }

    /// A person reads standard output: text goes there and not to a file.
    var isForPeople: Bool { format == .text && output == nil }

    private var style: Style {
        let usesColor = color == .always || (color == .auto && output == nil && Terminal.wantsColor)
        return Style(width: width ?? (output == nil ? Terminal.width : nil) ?? 100, usesColor: usesColor)
    }

    /// Saves the snapshot where `--save` says.
    func save(_ loaded: LoadedSnapshot) throws(CommandFailure) {
        guard let save else { return }
        do {
            try SnapshotFile.save(loaded.snapshot, to: save)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Writes the report to standard output or to the file of `--output`.
    func write(_ report: (inout ByteWriter, Style) -> Void) throws(CommandFailure) {
        var descriptor = STDOUT_FILENO
        if let output {
            descriptor = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw Self.failure("open \(output)") }
        }
        var failed = false
        var writer = ByteWriter { bytes in failed = failed || !Terminal.write(bytes, to: descriptor) }
        report(&writer, style)
        writer.finish()
        // A reader that has seen enough (`| head`) is no failure of ours.
        if failed, errno != EPIPE { throw Self.failure("write \(output ?? "the report")") }
        if output != nil, close(descriptor) != 0 { throw Self.failure("write \(output ?? "")") }
    }

    private static func failure(_ operation: String) -> CommandFailure {
        CommandFailure(
            reason: "cannot \(operation): \(String(cString: strerror(errno)))",
            help: "Check that the folder exists, that you may write there, and that the disk has room.")
    }
}
