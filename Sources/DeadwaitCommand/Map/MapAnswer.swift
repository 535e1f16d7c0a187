import Deadwait
import SignalMap
import SignalMapABI

/// The answer to one question about maps, before it is printed.
struct MapAnswer {
    enum Answer {
        case summary([ConditionSummary])
        /// A verb, the object that was named, and what was found.
        case sites(verb: String, object: String, SiteAnswer)
        /// All that is waited on, what somebody signals included.
        case neverSignalled([ConditionSummary])
        case way(from: String, object: String, CallWay?, SiteAnswer)
        case thread(String, ThreadSummary)
        case diff(SignalMapDiff)
    }

    let loaded: LoadedMaps
    let answer: Answer
    var set: SignalMapSet { loaded.set }

    init(_ command: MapCommand, _ loaded: LoadedMaps, _ options: SignalMapOptions) throws(CommandFailure) {
        self.loaded = loaded
        let set = loaded.set
        if let object = command.whoSignals {
            answer = .sites(
                verb: "signals", object: object,
                try Self.known(set.sites(DWM_SIGNAL, on: IdentityPattern(object)), object, set))
        } else if let object = command.whoWaits {
            answer = .sites(
                verb: "waits on", object: object,
                try Self.known(set.sites(DWM_WAIT, on: IdentityPattern(object)), object, set))
        } else if command.neverSignalled {
            answer = .neverSignalled(set.conditions())
        } else if command.why.count == 2 {
            let object = command.why[1]
            let pattern = IdentityPattern(object)
            let sites = try Self.known(set.sites(DWM_SIGNAL, on: pattern), object, set)
            answer = .way(
                from: command.why[0], object: object,
                set.way(from: try Self.roots(command.why[0], set), to: pattern), sites)
        } else if let routine = command.thread {
            answer = .thread(routine, set.thread(running: try Self.roots(routine, set)))
        } else if let old = command.diff {
            answer = .diff(SignalMapDiff(from: try LoadedMaps([old], options).set, to: set))
        } else {
            answer = .summary(set.conditions())
        }
    }

    /// Something was found that a build should fail for.
    var isFinding: Bool {
        switch answer {
        case .neverSignalled(let conditions): conditions.contains { $0.isDecided && $0.isNeverSignalled }
        case .diff(let diff): !diff.withoutSignaller.isEmpty
        default: false
        }
    }

    private static func known(
        _ answer: SiteAnswer, _ object: String, _ set: SignalMapSet
    ) throws(CommandFailure) -> SiteAnswer {
        if answer.identities.isEmpty {
            throw CommandFailure(
                reason: "no code of these binaries waits on or signals anything called \(object)",
                help: Self.didYouMean(set.objects(near: object))
                    ?? "`deadwait map FILE --verbose` lists the names. Objects are called TYPE.FIELD where there is "
                    + "debug information.")
        }
        return answer
    }

    /// Nil where nothing is called in a like way.
    private static func didYouMean(_ names: [String]) -> String? {
        guard let last = names.last else { return nil }
        let others = names.dropLast()
        return "Did you mean " + (others.isEmpty ? "" : others.joined(separator: ", ") + " or ") + last + "?"
    }

    private static func roots(_ name: String, _ set: SignalMapSet) throws(CommandFailure) -> [Reachability.Root] {
        let found = set.roots(named: name)
        if found.isEmpty {
            throw CommandFailure(
                reason: "there is no function, return address or line called \(name) in these binaries",
                help: Self.didYouMean(set.functions(near: name))
                    ?? "Give the linker's name, or the demangled one without parameters; stripped binaries have only "
                    + "the names that they export. Return addresses are the file's own: 0x4f10, main+0x1f; lines are "
                    + "those of calls: queue.c:12.")
        }
        return found
    }
}
