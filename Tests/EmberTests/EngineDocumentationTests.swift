import Foundation
import TestSupport
import Testing

@Suite struct EngineDocumentationTests {
    /// Each example of the page stands in the engine, line by line, however far it is indented there.
    @Test func theExamplesAreInTheCode() throws {
        let repository = FixtureProgram.repository
        let page = try String(
            contentsOf: repository.appendingPathComponent("Sources/Deadwait/Deadwait.docc/InstrumentEmber.md"),
            encoding: .utf8)
        let folder = repository.appendingPathComponent("Sources/Ember")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        let sources = try files.map {
            unindented(try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
        }
        let examples = page.matches(of: /```swift\n(?s:(.*?))```/).map { unindented(String($0.output.1)) }
        #expect(examples.count > 8)
        for example in examples {
            #expect(sources.contains { $0.contains(example) }, "not in the engine:\n\(example)")
        }
    }

    private func unindented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
    }
}
