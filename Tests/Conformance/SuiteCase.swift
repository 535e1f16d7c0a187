import Foundation

/// What each test of somebody else's suite came to, by the test's name: "ok", "FAIL", "skipped" and the like.
public typealias SuiteResults = [String: String]

/// One command of a test suite, which runs one test or many. It is run in an empty folder of its own.
public struct SuiteCase: Sendable {
    public let name: String
    /// The program and its arguments.
    public let command: [String]
    /// Seconds until it is killed.
    public let timeout: TimeInterval
    /// What is copied into its folder first.
    public let files: [URL]
    /// Reads the results of the single tests out of what the command wrote.
    public let results: @Sendable (ProgramOutcome) -> SuiteResults

    public init(
        _ name: String, _ command: [String], timeout: TimeInterval, files: [URL] = [],
        results: @escaping @Sendable (ProgramOutcome) -> SuiteResults
    ) {
        self.name = name
        self.command = command
        self.timeout = timeout
        self.files = files
        self.results = results
    }

    /// Runs the command with `environment`; its own end is a result like any other. `patience` is how many times its time
    /// it may take.
    func results(with environment: [String: String], patience: Double = 1) throws -> SuiteResults {
        let folder = try ScratchFolder()
        for file in files {
            try FileManager.default.copyItem(at: file, to: folder.url.appendingPathComponent(file.lastPathComponent))
        }
        let run = ProgramRun(command, environment: environment, directory: folder.url, timeout: timeout * patience)
        let outcome = try run.outcome()
        var all = results(outcome)
        all["(\(name))"] = outcome.end.description
        return withExtendedLifetime(folder) { all }
    }

    /// Lines of the Test Anything Protocol (https://testanything.org): "ok 3 - name" and "not ok 3 - name # SKIP why".
    static func anythingProtocol(_ outcome: ProgramOutcome, of command: String) -> SuiteResults {
        var results: SuiteResults = [:]
        for match in outcome.output.matches(of: /(?m)^(ok|not ok) \d+ -? ?([^#\n]*)(#\s*SKIP)?/) {
            let name = match.output.2.trimmingCharacters(in: .whitespaces)
            results["\(command) \(name)"] = match.output.3 != nil ? "skipped" : String(match.output.1)
        }
        return results
    }
}

/// A test suite of a Debian package, built or installed without the runtime.
public protocol ConformanceSuite: Sendable {
    /// One word.
    static var name: String { get }
    /// What it is and what it covers, in a line.
    static var summary: String { get }
    /// Whether two of its commands may run at once.
    static var canRunSideBySide: Bool { get }
    init()
    /// Builds what is to be built and lists the commands, without those that take long if `quick`.
    func cases(quick: Bool) throws -> [SuiteCase]
}

/// Every suite. A new one is one more file and its name here.
public let conformanceSuites: [any ConformanceSuite.Type] = [
    PosixSuite.self, AprSuite.self, LibuvSuite.self, PythonSuite.self, GlibSuite.self,
]
