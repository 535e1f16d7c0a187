/// What `ember --scenario` can be given.
enum Scenarios {
    /// In the order of `ember --list`.
    static let all: [any Scenario] = hangs + crashes + healthy

    private static let hangs: [any Scenario] = [
        OpenWithoutMemory(), OpenWithoutThreads(), UnreadablePage(), QuickRequest(), CheckpointOfFullCache(),
        MisspelledTable(), FullDisk(), FirstPutOfMany(), CloseAtSweep(), SettingsAtClose(), RetriedRequest(),
        ForkedWriter(), FlushInCallback(),
    ]

    private static let crashes: [any Scenario] = [
        NullPointerCrash(), TrapCrash(), AbortCrash(), StackOverflowCrash(), BusErrorCrash(), DivisionCrash(),
        DoubleFreeCrash(), UseAfterFreeCrash(),
    ]

    private static let healthy: [any Scenario] = [
        Idle(), Busy(), SlowCallback(), LongCheckpoint(), SlowDisk(), ManySessions(),
    ]

    static func named(_ name: String) -> (any Scenario)? { all.first { $0.name == name } }

    /// One line each: name, kind, summary.
    static var text: String {
        let width = (all.map(\.name.count).max() ?? 0) + 2
        return all.map { scenario in
            scenario.name.padded(to: width) + scenario.kind.rawValue.padded(to: 9) + scenario.summary
        }.joined(separator: "\n")
    }

    /// An array of objects, each with `name`, `kind` and `summary`.
    static var json: String {
        let objects = all.map { scenario in
            let members = [
                ("name", scenario.name), ("kind", scenario.kind.rawValue), ("summary", scenario.summary),
            ]
            return "  {" + members.map { "\(quoted($0)): \(quoted($1))" }.joined(separator: ", ") + "}"
        }
        return "[\n" + objects.joined(separator: ",\n") + "\n]"
    }

    /// RFC 8259, section 7: what must be escaped.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
