import Foundation

/// The program LiveCaptureLoop, started: a process that captures, to be killed or to run as another user.
final class CaptureLoop {
    private let process = Process()
    private let output = Pipe()

    init(_ target: Int32, _ mode: String, user: UInt32? = nil) throws {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        process.executableURL = Self.besideTests ?? folder.appendingPathComponent("LiveCaptureLoop")
        process.arguments = ["\(target)", mode] + (user.map { ["\($0)"] } ?? [])
        process.standardOutput = output
        try process.run()
    }

    /// The test bundle is loaded by a program elsewhere; the products lie where the bundle does.
    private static var besideTests: URL? {
        let bundles = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
        return bundles.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("LiveCaptureLoop")
        }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// The next line of its output; nil at the end.
    func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output.fileHandleForReading.fileDescriptor, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    func lines() -> [String] {
        var lines: [String] = []
        while let line = line() { lines.append(line) }
        process.waitUntilExit()
        return lines
    }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// The file in which a fixture's ticker counts (tick.h).
final class TickFile {
    let path = NSTemporaryDirectory() + "tick-" + UUID().uuidString
    private let page: UnsafeMutableRawPointer

    init() throws {
        try Data(count: 4096).write(to: URL(fileURLWithPath: path))
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        guard let page = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), page != MAP_FAILED else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        self.page = page
    }

    deinit {
        munmap(page, 4096)
        unlink(path)
    }

    /// How often the ticker woke up.
    var value: UInt64 { page.load(fromByteOffset: 8, as: UInt64.self) }
    /// The longest time between two of its looks at the clock; set to 0 to start anew.
    var longestGap: UInt64 {
        get { page.load(as: UInt64.self) }
        set { page.storeBytes(of: newValue, as: UInt64.self) }
    }
}
