import Foundation
import Glibc
import TestSupport

/// A real debuginfod on loopback that serves one tree. Killed with the object.
final class DebuginfodServer {
    private let process = Process()
    private let port: UInt16

    init(serving tree: String, knowing identifier: String, scratch: String) throws {
        port = try SilentServer.freePort()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["debuginfod", "-p", "\(port)", "-d", scratch + "/server.sqlite", "-F", "-t", "0", tree]
        process.environment = ["PATH": "/usr/bin:/bin:/usr/sbin", "HOME": "/nonexistent"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let deadline = Date(timeIntervalSinceNow: 60)
        var attempt = 0
        while try !has(identifier, attempt, scratch) {
            attempt += 1
            guard Date() < deadline, process.isRunning else {
                throw CommandFailure(description: "debuginfod did not scan \(tree)")
            }
            usleep(100_000)
        }
    }

    /// Whether the server answers with a file, asked by the client of the same package, each time with an empty cache.
    private func has(_ identifier: String, _ attempt: Int, _ scratch: String) throws -> Bool {
        let command = """
            DEBUGINFOD_URLS=http://127.0.0.1:\(port)/ DEBUGINFOD_CACHE_PATH='\(scratch)/\(attempt)' DEBUGINFOD_TIMEOUT=5 \
              debuginfod-find debuginfo \(identifier)
            """
        return try run(["sh", "-c", command]).status == 0
    }

    func withClient(cache: String, _ body: () throws -> Void) rethrows {
        setenv("DEBUGINFOD_URLS", "http://127.0.0.1:\(port)/", 1)
        setenv("DEBUGINFOD_CACHE_PATH", cache, 1)
        defer {
            unsetenv("DEBUGINFOD_URLS")
            unsetenv("DEBUGINFOD_CACHE_PATH")
        }
        try body()
    }

    deinit {
        // It ends slowly when asked to.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// A server that takes connections and never says a word.
final class SilentServer {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        (descriptor, port) = try Self.listening()
    }

    deinit { close(descriptor) }

    static func freePort() throws -> UInt16 {
        let (descriptor, port) = try listening()
        close(descriptor)
        return port
    }

    private static func listening() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard descriptor >= 0, isListening else { throw CommandFailure(description: "no port: errno \(errno)") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
