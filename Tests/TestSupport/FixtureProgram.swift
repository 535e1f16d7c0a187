import Foundation

/// A program of Fixtures/programs, built once per test run and kept in the build folder by the hash of its sources
/// and flags.
public struct FixtureProgram: Sendable {
    public enum Failure: Error, CustomStringConvertible {
        case build(command: [String], output: String)
        case notReady(program: String, output: String)

        public var description: String {
            switch self {
            case .build(let command, let output): "building failed: \(command.joined(separator: " "))\n\(output)"
            case .notReady(let program, let output): "\(program) did not say that it is ready; it wrote:\n\(output)"
            }
        }
    }

    /// The repository's root, found from this source file.
    public static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Fixtures/programs.
    public static let sources = repository.appendingPathComponent("Fixtures/programs")

    /// Where built programs are kept between runs: .build/fixtures.
    public static let products = repository.appendingPathComponent(".build/fixtures")

    public let executable: URL

    /// A program that is there already.
    public init(built executable: URL) { self.executable = executable }

    /// Builds `sources` (names in Fixtures/programs) with `compiler` ("gcc", "g++", "clang", "swiftc", "rustc") and
    /// `flags`. Nothing is built when the same sources were built with the same flags before. `headers` are sources, too,
    /// that the compiler finds by itself.
    public init(
        _ sources: [String], headers: [String] = [], compiler: String = "gcc",
        flags: [String] = ["-g", "-O2", "-pthread"]
    ) throws {
        let paths = sources.map { Self.sources.appendingPathComponent($0).path }
        let hash = try Self.cacheKey(
            of: paths + headers.map { Self.sources.appendingPathComponent($0).path }, with: [compiler] + flags)
        let first = URL(fileURLWithPath: paths[0]).deletingPathExtension().lastPathComponent
        let name = "\(first)-\(hash)"
        executable = Self.products.appendingPathComponent(name)
        if FileManager.default.isExecutableFile(atPath: executable.path) { return }
        try FileManager.default.createDirectory(at: Self.products, withIntermediateDirectories: true)
        // Built under another name, so that no other test ever sees half a file. The first to be ready is kept: one
        // that already runs must not be replaced.
        let partial = Self.products.appendingPathComponent("\(name)-\(UUID().uuidString)")
        let command = [compiler] + paths + ["-o", partial.path] + flags
        let (status, output) = try run(command)
        guard status == 0 else { throw Failure.build(command: command, output: output) }
        defer { unlink(partial.path) }
        guard link(partial.path, executable.path) == 0 || errno == EEXIST else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
    }

    /// A name for what is made of the files at `paths` by the command `words`: another one when either changes.
    public static func cacheKey(of paths: [String], with words: [String]) throws -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ data: Data) { for byte in data { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        for path in paths { mix(try Data(contentsOf: URL(fileURLWithPath: path))) }
        mix(Data(words.joined(separator: "\0").utf8))
        return String(hash, radix: 16)
    }

    /// Starts the program and waits until a line of its standard output begins with `ready`.
    public func start(
        _ arguments: [String] = [], environment: [String: String] = [:], timeout: TimeInterval = 30
    ) throws -> RunningProgram {
        try RunningProgram(executable, arguments, environment: environment, timeout: timeout)
    }
}

/// A started fixture program. Killed when it is released.
public final class RunningProgram {
    public let process: Process
    public let processIdentifier: Int32
    /// What it wrote up to and including the line `ready`.
    public private(set) var output = ""
    private let pipe = Pipe()

    init(_ executable: URL, _ arguments: [String], environment: [String: String], timeout: TimeInterval) throws {
        process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = pipe
        try process.run()
        processIdentifier = process.processIdentifier
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        let deadline = Date(timeIntervalSinceNow: timeout)
        while !output.split(separator: "\n").contains(where: { $0.hasPrefix("ready") }) {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard Date() < deadline, poll(&poller, 1, 100) >= 0 else {
                process.terminate()
                throw FixtureProgram.Failure.notReady(program: executable.path, output: output)
            }
            guard poller.revents != 0 else { continue }
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { throw FixtureProgram.Failure.notReady(program: executable.path, output: output) }
            output += String(decoding: data, as: UTF8.self)
        }
    }

    /// What the program wrote since `ready`, without waiting.
    public func newOutput() -> String {
        var text = ""
        var poller = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        while poll(&poller, 1, 0) > 0, poller.revents & Int16(POLLIN) != 0 {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            text += String(decoding: data, as: UTF8.self)
        }
        return text
    }

    /// Waits until the program has ended; its status, or 128 and the signal, and all that it wrote.
    public func finish() -> (status: Int32, output: String) {
        output += String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let status = process.terminationStatus
        return (process.terminationReason == .exit ? status : 128 + status, output)
    }

    deinit {
        kill(processIdentifier, SIGKILL)
        // Foundation takes a program for running as long as anybody has its descriptors, grandchildren included.
        let deadline = Date(timeIntervalSinceNow: 5)
        while process.isRunning, Date() < deadline { usleep(2000) }
    }
}

/// Copies a program so that it can be run at once. A process of its own does it: what another test starts while this
/// process has the copy open for writing would hold it open, and it could not be run (ETXTBSY, execve(2)).
public func copyProgram(_ program: String, to place: String) throws {
    let (status, output) = try run(["cp", program, place])
    if status != 0 { throw CopyFailure(description: output) }
}

private struct CopyFailure: Error, CustomStringConvertible { var description: String }

/// Runs a command to its end; its status and both outputs together. The command is looked up in PATH.
@discardableResult
public func run(_ command: [String], directory: URL? = nil) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = directory
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
