// swift-tools-version: 6.2
import PackageDescription

// The house: what a target may import is what stands before it. HouseTests holds the imports against this list.

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// What libFoundationEssentials.a needs, which the compiler only knows of where modules are compiled for it.
let foundationParts = ["_FoundationCShims", "_FoundationCollections", "swiftSynchronization"]

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "deadwait",
    products: [
        .executable(name: "deadwait", targets: ["DeadwaitCommand"]),
        .executable(name: "ember", targets: ["EmberCommand"]),
        .executable(name: "deadwait-benchmark", targets: ["DeadwaitBenchmark"]),
        .executable(name: "deadwait-fuzz", targets: ["DeadwaitFuzz"]),
        .executable(name: "deadwait-conformance", targets: ["ConformanceCommand"]),
        .executable(name: "deadwait-wiredtiger", targets: ["WiredTigerCommand"]),
        .executable(name: "deadwait-programs", targets: ["SeededProgramsCommand"]),
        .executable(name: "deadwait-map-check", targets: ["SignalMapCheckCommand"]),
        .executable(name: "deadwait-healthy", targets: ["HealthyCommand"]),
        .library(name: "Deadwait", targets: ["Deadwait"]),
        .library(name: "Instrumentation", targets: ["Instrumentation"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // For the demo engine alone.
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.1"),
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    ],
    targets: [
        // Libraries of the system, and what Swift cannot import from libc.
        .systemLibrary(name: "CElfutils", pkgConfig: "libdw", providers: [.apt(["libdw-dev"])]),
        .systemLibrary(name: "CLibunwind", pkgConfig: "libunwind", providers: [.apt(["libunwind-dev"])]),
        .systemLibrary(
            name: "CCompression",
            providers: [.apt(["zlib1g-dev", "libzstd-dev", "liblzma-dev", "libdeflate-dev", "liblz4-dev"])]),
        // For the demo engine, which links nothing else of the system.
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLinux"),

        // The layout of the registry: what the target's side and the analyzer share.
        .target(name: "RegistryABI"),
        // The target's side: what is loaded into the process under diagnosis, in C, and carried by the command.
        .target(name: "CDeadwait"),
        .target(name: "Instrumentation", dependencies: ["CDeadwait"]),
        .plugin(name: "BuildRuntime", capability: .buildTool(), path: "Sources/BuildRuntime"),
        .target(name: "DeadwaitRuntime", exclude: ["runtime", "locks", "static"], plugins: ["BuildRuntime"]),

        // The demo engine: an embedded key-value store that says of itself what any engine would.
        .target(name: "Ember", dependencies: ["Instrumentation", "CZlib", collections, log, systemPackage]),
        .target(name: "CEmberCommand"),
        .executableTarget(
            name: "EmberCommand",
            dependencies: [
                "Ember", "Instrumentation", "CEmberCommand", argumentParser, collections, log, systemPackage,
            ]),

        // From a process or a core to a snapshot.
        .target(name: "ProcessModel"),
        .target(name: "LinuxProcess", dependencies: ["ProcessModel", "CLinux", "CCompression"]),
        .target(name: "Unwinding", dependencies: ["ProcessModel"]),
        .target(
            name: "DebugInfo",
            dependencies: ["ProcessModel", "Unwinding", "CElfutils", "CLibunwind", "CLinux", "CCompression"],
            linkerSettings: [.linkedLibrary("stdc++")]),
        .target(name: "SyncDecode", dependencies: ["ProcessModel"]),
        .target(name: "Registry", dependencies: ["ProcessModel", "RegistryABI"]),
        .target(
            name: "Capture",
            dependencies: ["ProcessModel", "LinuxProcess", "Unwinding", "DebugInfo", "SyncDecode", "Registry"]),

        // From what people paste to a snapshot.
        .target(name: "DumpText", dependencies: ["ProcessModel", "SyncDecode"]),

        // From binaries to who could signal what.
        .target(name: "CCapstone", linkerSettings: [.linkedLibrary("capstone")]),
        // The layout of the file that a map is kept in.
        .target(name: "SignalMapABI"),
        .target(name: "SignalMap", dependencies: ["ProcessModel", "DebugInfo", "CCapstone", "SignalMapABI"]),

        // From a snapshot to a report.
        .target(name: "Diagnosis", dependencies: ["ProcessModel", "SignalMap", "SignalMapABI"]),
        .target(name: "Reports", dependencies: ["ProcessModel", "Diagnosis"]),
        .target(name: "Deadwait", dependencies: ["ProcessModel", "Registry", "Capture", "Diagnosis", "Reports"]),
        .executableTarget(
            name: "DeadwaitCommand",
            dependencies: [
                "Deadwait", "DebugInfo", "DeadwaitRuntime", "Diagnosis", "DumpText", "ProcessModel", "SignalMap",
                "SignalMapABI", "CLinux",
                argumentParser,
            ],
            // Without a dozen libraries of Swift to load, the command starts in half the time. unsafeFlags is the only
            // way to say so here; nobody can depend on this target.
            linkerSettings: [
                .unsafeFlags(["-static-stdlib"] + foundationParts.map { "-l\($0)" }, .when(configuration: .release))
            ]),
        .executableTarget(name: "DeadwaitBenchmark", dependencies: ["Deadwait", argumentParser]),

        .executableTarget(
            name: "DeadwaitFuzz",
            dependencies: [
                "LinuxProcess", "Unwinding", "DebugInfo", "SyncDecode", "Registry", "DumpText", "SignalMap",
                "Diagnosis",
                "Reports", argumentParser,
            ]),

        // Tests: one target a module; TestSupport builds and starts the programs of Fixtures/programs.
        .target(name: "TestSupport", dependencies: ["ProcessModel", "DeadwaitRuntime"], path: "Tests/TestSupport"),
        .testTarget(name: "ProcessModelTests", dependencies: ["ProcessModel"]),
        .testTarget(name: "LinuxProcessTests", dependencies: ["LinuxProcess", "TestSupport", "LiveCaptureLoop"]),
        // A process that captures another one until it is killed, or as another user.
        .executableTarget(name: "LiveCaptureLoop", dependencies: ["LinuxProcess"], path: "Tests/LiveCaptureLoop"),
        .testTarget(name: "UnwindingTests", dependencies: ["Unwinding", "TestSupport"]),
        .testTarget(name: "DebugInfoTests", dependencies: ["DebugInfo", "LinuxProcess", "TestSupport"]),
        .testTarget(name: "SyncDecodeTests", dependencies: ["SyncDecode", "LinuxProcess", "DebugInfo", "TestSupport"]),
        .testTarget(name: "DumpTextTests", dependencies: ["DumpText", "TestSupport"]),
        .testTarget(name: "RegistryTests", dependencies: ["Registry", "Capture", "Reports", "TestSupport"]),
        .testTarget(name: "CaptureTests", dependencies: ["Capture", "TestSupport"]),
        .testTarget(name: "SignalMapTests", dependencies: ["SignalMap", "TestSupport"]),
        .testTarget(name: "DiagnosisTests", dependencies: ["Diagnosis", "TestSupport"]),
        .testTarget(name: "ReportsTests", dependencies: ["Reports", "TestSupport"]),
        .testTarget(
            name: "InstrumentationTests", dependencies: ["Instrumentation", "InstrumentedProgram", "TestSupport"]),
        // A Swift program that declares all that there are words for, to be looked at with and without the library.
        .executableTarget(
            name: "InstrumentedProgram", dependencies: ["Instrumentation"], path: "Tests/InstrumentedProgram"),
        .testTarget(name: "EmberTests", dependencies: ["Ember", "TestSupport"]),
        .testTarget(name: "EmberCommandTests", dependencies: ["EmberCommand", "Capture", "TestSupport"]),
        // Other people's programs, idle and under load.
        .target(name: "RealPrograms", dependencies: ["TestSupport"], path: "Tests/RealPrograms"),
        .executableTarget(
            name: "HealthyCommand", dependencies: ["RealPrograms", "TestSupport", argumentParser],
            path: "Tests/HealthyCommand"),
        .testTarget(
            name: "OracleTests", dependencies: ["DeadwaitCommand", "ProcessModel", "RealPrograms", "TestSupport"]),
        .testTarget(name: "CommandTests", dependencies: ["DeadwaitCommand", "EmberCommand", "TestSupport"]),
        .testTarget(name: "RuntimeTests", dependencies: ["DeadwaitRuntime", "Registry", "TestSupport"]),
        .testTarget(name: "HouseTests"),

        // Programs and other people's test suites, run without and with the runtime.
        .target(name: "Conformance", dependencies: ["TestSupport"], path: "Tests/Conformance"),
        .executableTarget(
            name: "ConformanceCommand", dependencies: ["Conformance"], path: "Tests/ConformanceCommand"),
        .testTarget(name: "RuntimeConformanceTests", dependencies: ["Conformance", "TestSupport"]),

        // A real engine, brought into the states that every analysis is held against.
        .target(
            name: "WiredTigerCases", dependencies: ["Capture", "Conformance", "TestSupport"],
            path: "Tests/WiredTigerCases"),
        .executableTarget(
            name: "WiredTigerCommand", dependencies: ["WiredTigerCases", "TestSupport"],
            path: "Tests/WiredTigerCommand"),
        .testTarget(name: "WiredTigerTests", dependencies: ["WiredTigerCases", "DeadwaitCommand", "TestSupport"]),
        // Programs with one bug or look-alike each, whose truth stands in a header, built in every way.
        .target(name: "SeededPrograms", dependencies: ["Capture", "TestSupport"], path: "Tests/SeededPrograms"),
        .executableTarget(
            name: "SeededProgramsCommand", dependencies: ["SeededPrograms", "TestSupport", argumentParser],
            path: "Tests/SeededProgramsCommand"),
        .testTarget(
            name: "SeededProgramsTests", dependencies: ["DeadwaitCommand", "SeededPrograms", "TestSupport"]),
        // What is true of these programs, and what was seen of real engines, against signal maps.
        .target(
            name: "SignalMapChecks",
            dependencies: [
                "DebugInfo", "ProcessModel", "Registry", "SeededPrograms", "SignalMap", "SignalMapABI", "TestSupport",
                "WiredTigerCases",
            ], path: "Tests/SignalMapChecks"),
        .executableTarget(
            name: "SignalMapCheckCommand",
            dependencies: ["SignalMapChecks", "SeededPrograms", "TestSupport", argumentParser],
            path: "Tests/SignalMapCheckCommand"),
        .testTarget(
            name: "SignalMapCheckTests", dependencies: ["SignalMap", "SignalMapChecks", "SeededPrograms"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where ![.system, .plugin].contains(target.type) {
    if target.name.hasPrefix("C") && target.name != "Capture" || target.name.hasSuffix("ABI") {
        target.cSettings = [.treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra")]
    } else {
        target.swiftSettings = [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]
        // Without it members that Foundation gives String are taken where some other module imports Foundation, and
        // the static link of the command fails for want of the rest.
        if target.name == "DeadwaitCommand" {
            target.swiftSettings?.append(.enableUpcomingFeature("MemberImportVisibility"))
        }
    }
}
