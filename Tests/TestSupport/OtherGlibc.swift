import Foundation

/// The C library of another Debian release, as `.ci/setup test` unpacks it: headers and libraries, nothing installed.
public struct OtherGlibc: Sendable {
    public struct Missing: Error, CustomStringConvertible {
        public var path: String
        public var description: String { "\(path) is not there: run .ci/setup test, which unpacks it" }
    }

    /// 2.31: the last but two releases with a libpthread of its own.
    public static let bullseye = OtherGlibc(release: "bullseye", minor: 31)
    /// 2.41: the first release whose conditions have no reference counts.
    public static let trixie = OtherGlibc(release: "trixie", minor: 41)
    public static let all = [bullseye, trixie]

    /// The code name of the Debian release.
    public var release: String
    /// NN of glibc 2.NN.
    public var minor: Int

    private var root: String { FixtureProgram.repository.appendingPathComponent(".build/glibc/\(release)").path }
    /// The folder of its shared libraries.
    public var libraries: String { "\(root)/lib/x86_64-linux-gnu" }
    /// Its program interpreter (ld.so(8)), which is a program, too.
    public var loader: String { "\(libraries)/ld-linux-x86-64.so.2" }

    /// Compiler flags that build a program against this library.
    public var buildFlags: [String] {
        let objects = "\(root)/usr/lib/x86_64-linux-gnu"
        // gcc finds start files and libraries beside itself first, whatever the root is.
        return ["--sysroot=\(root)", "-B\(objects)", "-L\(objects)"]
    }

    /// Builds a program of Fixtures/programs that starts with this library by itself.
    public func program(_ source: String, flags: [String]) throws -> FixtureProgram {
        guard FileManager.default.isExecutableFile(atPath: loader) else { throw Missing(path: loader) }
        return try FixtureProgram(
            [source],
            flags: flags + buildFlags + ["-Wl,--dynamic-linker=\(loader)", "-Wl,-rpath,\(libraries)"])
    }

    /// Builds a program of Fixtures/programs for this library and starts it by this library's loader, which is then the
    /// executable of the process.
    public func start(_ source: String, flags: [String]) throws -> RunningProgram {
        guard FileManager.default.isExecutableFile(atPath: loader) else { throw Missing(path: loader) }
        let program = try FixtureProgram([source], flags: flags + buildFlags)
        return try FixtureProgram(built: URL(fileURLWithPath: loader))
            .start(["--library-path", libraries, program.executable.path])
    }
}
