import ArgumentParser
import Deadwait
import Diagnosis

/// What `attach`, `core` and `demo` have in common: a snapshot, the findings, the report, the status.
struct Assess {
    var capture: CaptureArguments
    var symbols: SymbolArguments
    var maps: MapArguments
    var report: ReportArguments
    var output: OutputArguments
    /// For how long maps may be made.
    var mapSeconds = Self.defaultMapSeconds
    static let defaultMapSeconds = 30.0

    func run(_ target: TargetArgument) throws -> ExitCode {
        let loaded = try LoadedSnapshot(
            target, capture: capture, symbols: symbols, isVerbose: output.verbose, wantsErrors: true)
        return try report(loaded)
    }

    func report(_ loaded: LoadedSnapshot) throws -> ExitCode {
        try output.save(loaded)
        let known = try LoadedProcessMaps(loaded.snapshot, maps, symbols, seconds: mapSeconds)
        for note in known.notes { Terminal.warn(note) }
        let assessment = Assessment(of: loaded.snapshot, maps: known.maps)
        try output.write { writer, style in
            switch output.format {
            case .text:
                ReportText(style: style, showsStacks: report.stacks, isVerbose: output.verbose)
                    .write(assessment, to: &writer)
            case .json: ReportJSON(isSaved: loaded.wasSaved).write(assessment, to: &writer)
            }
        }
        return assessment.exitStatus.exitCode
    }
}
