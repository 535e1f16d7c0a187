import ArgumentParser

/// What a report on a whole process shows beside its findings.
struct ReportArguments: ParsableArguments {
    @Flag(help: "Every thread's stack at the end, too.")
    var stacks = false
}
