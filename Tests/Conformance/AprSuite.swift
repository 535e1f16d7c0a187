import Foundation

/// The tests of the Apache Portable Runtime: Debian's source package apr, its program testall.
public struct AprSuite: ConformanceSuite {
    public static let name = "apr"
    public static let summary = "Apache Portable Runtime: locks, conditions, threads, processes, shared memory, sockets"
    // Its tests share names of files and ports.
    public static let canRunSideBySide = false

    private static let quickTests = [
        "testatomic", "testlock", "testcond", "testthread", "testproc", "testprocmutex", "testpools", "testoc",
    ]

    public init() {}

    public func cases(quick: Bool) throws -> [SuiteCase] {
        let source = try SuiteSource(package: "apr")
        let program = source.products.appendingPathComponent("test/testall")
        if !source.isBuilt(program) {
            try source.must(["cp", "-R", "\(source.folder.path)/.", source.products.path])
            try source.must(["./configure", "--quiet", "--enable-nonportable-atomics"], in: source.products)
            try source.must(["make", "--quiet", "-j2"], in: source.products)
            try source.must(["make", "--quiet", "all"], in: source.products.appendingPathComponent("test"))
        }
        // The tests look for their helper programs and data beside them.
        let folder = source.products.appendingPathComponent("test")
        let names = try quick ? Self.quickTests : tests(of: program, in: folder)
        return names.map { name in
            SuiteCase(name, ["sh", "-c", "cd \"$0\" && exec ./testall -v \"$1\"", folder.path, name], timeout: 120) {
                outcome in
                let passed = outcome.output.contains("SUCCESS") || outcome.output.contains("All tests passed")
                return [name: passed ? "ok" : "FAIL"]
            }
        }
    }

    private func tests(of program: URL, in folder: URL) throws -> [String] {
        let list = try ProgramRun([program.path, "-l"], directory: folder).outcome()
        return list.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { $0.hasPrefix("test") }
    }
}
