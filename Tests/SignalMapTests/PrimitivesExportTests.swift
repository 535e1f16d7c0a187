import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Names that a table says are a library's are exported by the library of this machine.
@Suite struct PrimitivesExportTests {
    /// What the dynamic symbol table of a library defines, without versions, by nm.
    static func exports(of path: String) throws -> Set<String> {
        let (status, output) = try run(["nm", "-D", "--defined-only", path])
        try #require(status == 0, "\(output)")
        return Set(
            output.split(separator: "\n").compactMap { line in
                line.split(separator: " ").last?.split(separator: "@").first.map(String.init)
            })
    }

    static let swiftLibraries: String = {
        let output = (try? run(["swiftc", "-print-target-info"]).output) ?? ""
        let information = try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        let paths = information?["paths"] as? [String: Any]
        let folders = paths?["runtimeLibraryPaths"] as? [String]
        return folders?.first ?? "/usr/lib/swift/linux"
    }()

    static func paths(of library: KnownFunctionTable.Library) -> [String]? {
        let system = "/lib/x86_64-linux-gnu/"
        switch library {
        case .libc: return [system + "libc.so.6"]
        case .libm: return [system + "libm.so.6"]
        case .libstdcxx: return ["/usr" + system + "libstdc++.so.6"]
        case .dispatch: return [swiftLibraries + "/libdispatch.so", swiftLibraries + "/libBlocksRuntime.so"]
        case .swiftDispatch: return [swiftLibraries + "/libswiftDispatch.so"]
        case .foundation: return [swiftLibraries + "/libFoundation.so"]
        case .swiftConcurrency: return [swiftLibraries + "/libswift_Concurrency.so"]
        case .swiftSynchronization: return [swiftLibraries + "/libswiftSynchronization.so"]
        case .swiftCore: return [swiftLibraries + "/libswiftCore.so"]
        case .libcxx: return ["/usr" + system + "libc++.so.1"]
        case .other: return nil
        }
    }

    @Test(arguments: KnownFunctionTable.Library.allCases) func namesAreExported(
        _ library: KnownFunctionTable.Library
    ) throws {
        guard let paths = Self.paths(of: library) else { return }
        var exports: Set<String> = []
        for path in paths { exports.formUnion(try Self.exports(of: path)) }
        let names = KnownFunctions.table.origins.filter { $0.value == library }.keys
        #expect(!names.isEmpty)
        let missing = names.filter { !exports.contains($0) }.sorted()
        #expect(missing.isEmpty, "\(missing.count): \(missing.joined(separator: " "))")
    }
}
