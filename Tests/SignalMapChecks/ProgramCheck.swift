import Foundation
import SeededPrograms

/// One seeded program, built in one way, held against the map of what is left of it.
public struct ProgramCheck: Sendable {
    public let title: String
    public let language: SeededProgram.Language
    public let build: BuildVariant
    public let knowledge: ProgramKnowledge
    public private(set) var releases: [ReleaseCheck] = []
    /// Why there is no map, or the program could not be looked at.
    public private(set) var failure: String?

    /// One check for each of `all`. `built` must have debug information, by which functions are found in what has none.
    static func checks<Maker: MapMaker>(
        of built: BuiltProgram, _ stacks: Result<WaitingStacks, any Error>, _ all: [ProgramKnowledge], _ maker: Maker
    ) -> [ProgramCheck] {
        let names = Result {
            try ProgramKnowledge.debugInformation.files(of: built).map { try FunctionNames(path: $0) }
        }
        return all.map { knowledge in
            var check = ProgramCheck(built, knowledge)
            do {
                let (stacks, names) = (try stacks.get(), try names.get())
                let files = try knowledge.files(of: built)
                let view = ProgramView(
                    answers: try maker.answers(for: files),
                    files: zip(files, names).map { ProgramFile(path: $0, names: $1) })
                check.look(built.program.truth, view, stacks)
            } catch {
                check.failure = "\(error)"
            }
            return check
        }
    }

    private init(_ built: BuiltProgram, _ knowledge: ProgramKnowledge) {
        title = built.program.title
        language = built.program.language
        build = built.variant
        self.knowledge = knowledge
    }

    private mutating func look<Answers>(_ truth: Truth, _ view: ProgramView<Answers>, _ stacks: WaitingStacks) {
        releases = truth.releases.map { release in
            let kinds = (truth.threads + truth.tasks).filter { $0.object == release.object }.map(\.kind)
            return view.check(release, kinds.first, stacks.stacks[release.object] ?? [])
        }
    }
}

/// A file of a program as the map sees it, with the names of its twin.
struct ProgramFile {
    var path: String
    var names: FunctionNames
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// A program's map beside the names of its functions.
struct ProgramView<Answers: MapAnswers> {
    let answers: Answers
    let files: [ProgramFile]

    /// `stacks` are those of the threads that wait for the object; their modules are names of files.
    func check(_ release: TruthRelease, _ kind: TruthKind?, _ stacks: [[FileAddress]]) -> ReleaseCheck {
        var check = ReleaseCheck(object: release.object, kind: kind ?? .other)
        var candidates: [String] = []
        for candidate in release.candidates where ![.nobody, .outside, .application].contains(candidate.status) {
            if let function = candidate.function, !candidates.contains(function) { candidates.append(function) }
        }
        guard let kind else {
            check.unasked = "no thread of the truth waits for it"
            return check
        }
        if let reason = kind.endsOutside {
            check.unasked = reason
            return check
        }
        if candidates.isEmpty {
            check.unasked = "nothing in the program releases it"
            return check
        }
        var identities: [Answers.Identity] = []
        for stack in stacks {
            let waits = answers.operation(on: stack.map(place), .wait)?.identities ?? []
            for identity in waits where !identities.contains(identity) { identities.append(identity) }
            if waits.isEmpty {
                let first = stack.first.map(place)?.description ?? "nothing"
                let reason = "the map has no wait where a thread waits, at \(first)"
                check.outcomes = candidates.map { ($0, .missed(reason)) }
                return check
            }
        }
        if identities.isEmpty {
            check.outcomes = candidates.map { ($0, .missed("no thread was seen to wait in the program's own code")) }
            return check
        }
        check.identities = identities.map(answers.name)
        for function in candidates {
            // Of several waits each must be released; the weakest counts.
            let outcomes = identities.map { outcome(of: function, $0) }
            check.outcomes.append((function, outcomes.max { rank($0) < rank($1) } ?? .missed("no identity")))
        }
        check.named = named(identities, candidates)
        return check
    }

    private func place(_ place: FileAddress) -> FileAddress {
        FileAddress(module: files.first { $0.name == place.module }?.path ?? place.module, address: place.address)
    }

    private func rank(_ outcome: ReleaseCheck.Outcome) -> Int {
        switch outcome {
        case .holds(let level): level.rawValue
        case .reaches(let way): 100 + 10 * way.match.rawValue + way.edge.rawValue
        case .missed: 1000
        }
    }

    private func outcome(of function: String, _ identity: Answers.Identity) -> ReleaseCheck.Outcome {
        let matching = answers.sites(matching: identity)
        let held = matching.filter { site in
            // One before the return address is in the call.
            files.contains { $0.path == site.place.module && $0.names.isIn(function, site.place.address &- 1) }
        }
        if let best = held.map(\.level).min() { return .holds(best) }
        var found = false
        // Its end is what the call that runs it waits for, before it gives back what it holds.
        var ended: [MatchLevel] = []
        var ways: [SignalWay] = []
        for file in files {
            for part in file.names.parts(named: function) {
                found = true
                let start = FileAddress(module: file.path, address: part.start)
                guard let whole = answers.function(holding: start) else { continue }
                if let way = answers.way(from: whole, to: identity) { ways.append(way) }
                ended += matching.filter { answers.isRun(whole, before: $0.place) }.map(\.level)
            }
        }
        if let best = ended.min() { return .holds(best) }
        if let best = ways.min() { return .reaches(best) }
        return .missed(
            found
                ? "does not come to a signal of \(answers.name(of: identity)) by the map"
                : "no code of that name was compiled")
    }

    private func named(
        _ identities: [Answers.Identity], _ candidates: [String]
    ) -> [(function: String, level: MatchLevel, isTrue: Bool)] {
        var best: [FileAddress: (level: MatchLevel, isTrue: Bool, name: String)] = [:]
        for site in identities.flatMap(answers.sites(matching:)) {
            guard let file = files.first(where: { $0.path == site.place.module }) else { continue }
            let isTrue = candidates.contains { file.names.isIn($0, site.place.address &- 1) }
            let old = best[site.function]
            best[site.function] = (
                min(old?.level ?? site.level, site.level), old?.isTrue ?? false || isTrue,
                file.names.names(at: site.function.address).last ?? site.function.description
            )
        }
        return best.values.map { ($0.name, $0.level, $0.isTrue) }.sorted { $0.0 < $1.0 }
    }
}
