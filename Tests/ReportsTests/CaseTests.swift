import Diagnosis
import Foundation
import ProcessModel
import Reports
import TestSupport
import Testing

/// Every folder of Fixtures/cases with a snapshot.json, printed in all forms and compared with what stands beside it.
///
/// A mismatch writes the new form as NAME.new beside the old one and fails. With DEADWAIT_ACCEPT set the new form
/// replaces the old one, and the run fails all the same: only a run that records nothing can pass.
@Suite struct CaseTests {
    static let folder = FixtureProgram.repository.appendingPathComponent("Fixtures/cases")

    static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter {
            FileManager.default.fileExists(atPath: folder.appendingPathComponent("\($0)/snapshot.json").path)
        }.sorted() ?? []

    @Test func thereAreCases() { #expect(Self.names.count >= 4) }

    @Test(arguments: names)
    func printsAsAccepted(name: String) throws {
        let folder = Self.folder.appendingPathComponent(name)
        let snapshot = try SnapshotFile.load(from: folder.appendingPathComponent("snapshot.json").path)
        let assessment = Assessment(of: snapshot)
        try compare(folder, "report.txt") { ReportText().write(assessment, to: &$0) }
        try compare(folder, "report-narrow.txt") {
            ReportText(style: Style(width: 60), showsStacks: true).write(assessment, to: &$0)
        }
        try compare(folder, "report.json") { ReportJSON(isSaved: true).write(assessment, to: &$0) }
        try compare(folder, "stacks.txt") { StacksText().write(snapshot, to: &$0) }
        try compare(folder, "stacks-verbose.txt") {
            StacksText(foldsEqualStacks: false, isVerbose: true).write(snapshot, to: &$0)
        }
        try compare(folder, "stacks.json") { StacksJSON(isSaved: true).write(snapshot, to: &$0) }
    }

    @Test(arguments: names)
    func noLineIsWiderThanTheTerminal(name: String) throws {
        let snapshot = try SnapshotFile.load(from: Self.folder.appendingPathComponent("\(name)/snapshot.json").path)
        for width in [40, 60, 100, 133] {
            var output = ByteWriter()
            ReportText(style: Style(width: width), showsStacks: true, isVerbose: true).write(
                Assessment(of: snapshot), to: &output)
            StacksText(style: Style(width: width)).write(snapshot, to: &output)
            for line in output.string.split(separator: "\n") where line.unicodeScalars.count > width {
                Issue.record("\(line.unicodeScalars.count) of \(width) columns: \(line)")
            }
        }
    }

    private func compare(_ folder: URL, _ file: String, _ write: (inout ByteWriter) -> Void) throws {
        var output = ByteWriter()
        write(&output)
        let accepted = folder.appendingPathComponent(file)
        let new = folder.appendingPathComponent(file + ".new")
        if let old = try? Data(contentsOf: accepted), old == Data(output.bytes) {
            try? FileManager.default.removeItem(at: new)
            return
        }
        if ProcessInfo.processInfo.environment["DEADWAIT_ACCEPT"] != nil {
            try Data(output.bytes).write(to: accepted)
            Issue.record("accepted \(folder.lastPathComponent)/\(file): look at its difference, then run again")
        } else {
            try Data(output.bytes).write(to: new)
            Issue.record(
                "\(folder.lastPathComponent)/\(file) prints differently: see \(new.path); DEADWAIT_ACCEPT=1 accepts it")
        }
    }
}

private typealias ProcessInfo = Foundation.ProcessInfo
