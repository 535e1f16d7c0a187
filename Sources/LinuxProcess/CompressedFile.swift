import Glibc
import ProcessModel

/// Unpacks a compressed file to a temporary one, never into memory.
struct CompressedFile {
    /// The file to read on with: the given one when it was not compressed.
    struct Unpacked {
        var file: ReadOnlyFile
        var wasCompressed: Bool
        var gaps: [Gap]
    }

    private static let inputSize = 256 << 10
    private static let outputSize = 1 << 20

    /// Unpacks `file` when its first bytes are those of a compression format.
    ///
    /// A stream that is cut or damaged gives the part before the damage, with a gap.
    ///
    /// - Throws: `unknownCompression` for formats without a decoder here; `unpacking` and `systemCall` when the temporary
    ///   file cannot be made or has no room; `malformed` when nothing at all can be unpacked.
    static func unpacked(
        _ file: ReadOnlyFile, path: String, options: CoreOptions
    ) throws(LinuxProcessError) -> Unpacked {
        let head = file.bytes(at: 0, count: 16)
        guard let format = CompressedFormat(head.span.bytes) else {
            return Unpacked(file: file, wasCompressed: false, gaps: [])
        }
        if case .other(let name, let command) = format {
            throw .unknownCompression(path: path, format: name, command: "\(command) \(path)")
        }
        guard let decoder = format.decoder() else {
            throw .systemCall(operation: "set up the decoder", subject: path, errno: ENOMEM)
        }
        let output = try CompressedOutput(directory: options.temporaryDirectory)
        let reason: String?
        let unpacked: ReadOnlyFile
        do throws(CompressedOutput.Problem) {
            reason = try decode(file, decoder: decoder, output: output, limit: options.maximumUncompressedBytes)
            unpacked = try output.finish()
        } catch {
            throw .unpacking(path: path, directory: output.directory, reason: error.clause(after: output.size))
        }
        guard unpacked.size > 0 else {
            throw .malformed(path: path, operation: "unpack the core", reason: reason ?? "holds nothing")
        }
        guard let reason else { return Unpacked(file: unpacked, wasCompressed: true, gaps: []) }
        let gap = Gap(
            .file(path), operation: "unpack the whole core",
            reason: "it \(reason); \(unpacked.size) bytes came out before",
            help: "What came out is used. Fetch the core again if this copy was cut.")
        return Unpacked(file: unpacked, wasCompressed: true, gaps: [gap])
    }

    /// Decodes to the end of the file. Returns why it ended before, as words that follow "it"; nil when it did not.
    private static func decode(
        _ file: ReadOnlyFile, decoder: any CompressedDecoder, output: CompressedOutput, limit: UInt64
    ) throws(CompressedOutput.Problem) -> String? {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: outputSize, alignment: 16)
        defer { room.deallocate() }
        var offset: UInt64 = 0
        var input: [UInt8] = []
        var used = 0
        var state = CompressedStep.State.more
        while true {
            if used == input.count {
                input = file.bytes(at: offset, count: inputSize)
                offset += UInt64(input.count)
                used = 0
                // Between two streams is a good place to end.
                if input.isEmpty, state == .end { return nil }
            }
            let step = input.withUnsafeBytes { bytes in
                decoder.step(UnsafeRawBufferPointer(rebasing: bytes[used...]), into: room)
            }
            used += step.consumed
            state = step.state
            let allowed = Int(min(UInt64(step.produced), limit - min(limit, output.size)))
            try output.append(UnsafeRawBufferPointer(rebasing: room[..<allowed]))
            if allowed < step.produced { return "unpacks to more than the limit of \(limit) bytes" }
            if case .failed(let reason) = state { return "cannot be unpacked any further: \(reason)" }
            if step.consumed == 0, step.produced == 0 {
                if input.isEmpty {
                    if state == .end { return nil }
                    return "is cut short (\(file.size) bytes)"
                }
                return "cannot be unpacked any further"
            }
        }
    }
}

extension CompressedOutput.Problem {
    fileprivate func clause(after size: UInt64) -> String {
        switch self {
        case .system(let operation, let code):
            "could not \(operation) after \(size) bytes: \(LinuxProcessError.text(of: code))"
        case .noSpace(let free): "only \(free) bytes are free there after \(size) were unpacked"
        }
    }
}
