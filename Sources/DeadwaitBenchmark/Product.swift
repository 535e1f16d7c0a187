import Glibc

/// The release build of deadwait that is measured.
struct Product {
    let path: String

    /// The given one, or the one beside this program; built when it is not there.
    static func locate(_ given: String?) throws(BenchmarkError) -> Product {
        if let given { return Product(path: try Files.real(given)) }
        let own = try Files.real("/proc/self/exe")
        let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let path = "\(folder)/deadwait"
        if !Files.exists(path) || Files.isNewer(own, than: path) {
            try ChildProcess.require(["swift", "build", "-c", "release", "--product", "deadwait"])
        }
        return Product(path: try Files.real(path))
    }

    func stacks(_ process: pid_t, _ options: [String] = []) -> [String] {
        [path, "stacks", String(process), "--no-cache"] + options
    }

    func stacks(core: String, executable: String, _ options: [String] = []) -> [String] {
        [path, "stacks", core, "--exe", executable, "--no-cache"] + options
    }
}
