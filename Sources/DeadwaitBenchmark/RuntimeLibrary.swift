import Glibc

/// The runtime library that is measured: a folder with libdeadwait.so and libdeadwait-locks.so.
struct RuntimeLibrary: Sendable {
    let plain: String
    let locks: String

    /// The libraries in the given folder, or those that deadwait itself writes.
    static func locate(_ given: String?, product: Product, scratch: String) throws(BenchmarkError) -> RuntimeLibrary {
        let folder: String
        if let given {
            folder = try Files.real(given)
        } else {
            folder = "\(scratch)/runtime"
            try ChildProcess.require(["rm", "-rf", folder])
            try Files.makeFolder(folder)
            try ChildProcess.require([product.path, "runtime", "--install", folder])
        }
        let library = RuntimeLibrary(plain: "\(folder)/libdeadwait.so", locks: "\(folder)/libdeadwait-locks.so")
        for path in [library.plain, library.locks] where !Files.exists(path) {
            throw .unreadable(path: path, reason: "is not there")
        }
        return library
    }

    /// The dynamic symbols that the library defines, with their addresses in it.
    static func symbols(of path: String, scratch: String) throws(BenchmarkError) -> [String: UInt64] {
        guard Files.inPath("nm") else { throw .missing(tool: "nm", package: "binutils") }
        let list = "\(scratch)/symbols"
        try ChildProcess.require(["nm", "--dynamic", "--defined-only", path], output: list)
        var symbols: [String: UInt64] = [:]
        for line in try Files.text(list).split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 3, let address = UInt64(fields[0], radix: 16) else { continue }
            // A versioned symbol is printed as name@@VERSION.
            symbols[String(fields[2].prefix { $0 != "@" })] = address
        }
        return symbols
    }
}

/// One way to run a program: alone, with the runtime library, or under a tool that watches its threads.
struct RuntimeSetting: Sendable {
    var name: String
    var environment: [String: String] = [:]
    /// Stands before the program in the command.
    var wrapper: [String] = []
    /// The program as built with -fsanitize=thread.
    var isSanitized = false

    static let plain = RuntimeSetting(name: "plain")
    /// The same as `plain` once more: how far two runs of one thing are apart on this machine.
    static let again = RuntimeSetting(name: "again")
    static func preloaded(_ library: RuntimeLibrary) -> RuntimeSetting {
        RuntimeSetting(name: "default", environment: ["LD_PRELOAD": library.plain])
    }
    static func locks(_ library: RuntimeLibrary) -> RuntimeSetting {
        RuntimeSetting(name: "locks", environment: ["LD_PRELOAD": library.locks, "DEADWAIT_LOCKS": "1"])
    }

    /// The four that are compared with each other.
    static func compared(_ library: RuntimeLibrary) -> [RuntimeSetting] {
        [.plain, .preloaded(library), .again, .locks(library)]
    }

    static let peers = [
        RuntimeSetting(name: "tsan", isSanitized: true),
        RuntimeSetting(name: "helgrind", wrapper: ["valgrind", "-q", "--tool=helgrind"]),
        RuntimeSetting(name: "drd", wrapper: ["valgrind", "-q", "--tool=drd"]),
    ]
}
