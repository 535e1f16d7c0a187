import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

/// Cores as systemd-coredump and administrators keep them, packed by the tools themselves.
@Suite struct CoreCompressionTests {
    static let tools = [["gzip", "-1"], ["zstd", "-q", "-3"], ["xz", "-0"], ["lz4", "-q", "-B4"]]

    func packed(_ path: String, _ tool: [String], _ name: String) throws -> String {
        let place = try CoreSamples.emptyDirectory(name).appendingPathComponent("core.\(tool[0])").path
        let command = tool.joined(separator: " ")
        let (status, output) = try run(["bash", "-c", "\(command) -c < '\(path)' > '\(place)'"])
        try #require(status == 0, "\(output)")
        return place
    }

    @Test(arguments: tools) func packedCoresReadAlike(_ tool: [String]) throws {
        let sample = try CoreSamples.gcore.get()
        let path = try packed(sample.path, tool, "packed-\(tool[0])")
        let plain = try CoreFile(path: sample.path).image()
        let temporary = try CoreSamples.emptyDirectory("unpacked-\(tool[0])")
        var options = CoreOptions()
        options.temporaryDirectory = temporary.path
        let image = try CoreFile(path: path, options: options).image()
        #expect(image.threads.map(\.thread) == plain.threads.map(\.thread))
        #expect(image.modules == plain.modules)
        #expect(image.gaps == [])
        #expect(image.timing.steps.first?.name == "unpack")
        for mapping in plain.mappings {
            let count = Int(min(mapping.end.distance(above: mapping.start), 1 << 20))
            #expect(image.memory.bytes(mapping.start, count: count) == plain.memory.bytes(mapping.start, count: count))
        }
        // Nothing is left behind, not even while it is in use.
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path) == [])
    }

    /// Two streams behind each other are one file, as after `cat a.gz b.gz`.
    @Test(arguments: tools) func concatenatedStreams(_ tool: [String]) throws {
        let sample = try CoreSamples.gcore.get()
        let place = try CoreSamples.emptyDirectory("joined-\(tool[0])").appendingPathComponent("core").path
        let command = tool.joined(separator: " ")
        let (status, output) = try run([
            "bash", "-c",
            "(head -c 100000 '\(sample.path)' | \(command) -c; tail -c +100001 '\(sample.path)' | \(command) -c) > '\(place)'",
        ])
        try #require(status == 0, "\(output)")
        let image = try CoreFile(path: place).image()
        #expect(image.gaps == [])
        #expect(image.threads.count == sample.threads.count)
    }

    @Test(arguments: tools) func cutStreamGivesWhatIsThere(_ tool: [String]) throws {
        let sample = try CoreSamples.kernel.get()
        let path = try packed(sample.path, tool, "cut-\(tool[0])")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.prefix(whole.count * 9 / 10).write(to: URL(fileURLWithPath: path))
        let image = try CoreFile(path: path).image()
        #expect(image.gaps.contains { $0.operation == "unpack the whole core" && $0.reason.contains("cut short") })
        #expect(image.gaps.contains { $0.operation == "read the whole core" })
        // The kernel writes the notes before the memory.
        #expect(image.threads.count == 9)
        try whole.prefix(8).write(to: URL(fileURLWithPath: path))
        #expect(throws: LinuxProcessError.self) { try CoreFile(path: path) }
    }

    @Test(arguments: tools) func damagedStreamGivesWhatCameBefore(_ tool: [String]) throws {
        let sample = try CoreSamples.gcore.get()
        let path = try packed(sample.path, tool, "damaged-\(tool[0])")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let middle = bytes.count / 2
        for index in middle..<middle + 64 { bytes[index] ^= 0xa5 }
        try bytes.write(to: URL(fileURLWithPath: path))
        do throws(LinuxProcessError) {
            let image = try CoreFile(path: path).image()
            #expect(image.gaps.contains { $0.operation == "unpack the whole core" })
        } catch {
            #expect(error.description.contains("unpack"))
        }
    }

    @Test func sizeLimit() throws {
        let sample = try CoreSamples.gcore.get()
        let path = try packed(sample.path, ["gzip", "-1"], "limit")
        var options = CoreOptions()
        options.maximumUncompressedBytes = 200_000
        let image = try CoreFile(path: path, options: options).image()
        #expect(image.gaps.contains { $0.reason.contains("more than the limit of 200000 bytes") })
        #expect(image.gaps.contains { $0.reason.contains("200000 of ") })
    }

    @Test func noPlaceToUnpack() throws {
        let path = try packed(try CoreSamples.gcore.get().path, ["gzip", "-1"], "noplace")
        var options = CoreOptions()
        options.temporaryDirectory = "/nonexistent"
        #expect(
            throws: LinuxProcessError.systemCall(
                operation: "make a temporary file", subject: "/nonexistent", errno: ENOENT)
        ) { try CoreFile(path: path, options: options) }
    }

    @Test func formatsThatAreNotUnpackedNameTheCommand() throws {
        let path = try CoreSamples.emptyDirectory("bzip2").appendingPathComponent("core.bz2")
        try Data("BZh91AY&SY and so on".utf8).write(to: path)
        #expect(
            throws: LinuxProcessError.unknownCompression(
                path: path.path, format: "bzip2", command: "bzip2 -dk \(path.path)")
        ) { try CoreFile(path: path.path) }
    }
}
