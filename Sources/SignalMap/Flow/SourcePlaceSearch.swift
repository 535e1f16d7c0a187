import SignalMapABI

/// Finds code by what a stack of text says of it: names and lines, no addresses.
///
/// Names and lines of all maps are sorted into tables at the first question. Not for use by several threads at once.
package final class SourcePlaceSearch {
    private let set: SignalMapSet
    private lazy var functionsByName = indexed()
    /// By line the calls that keep a return address.
    private lazy var callsByLine = sortedCalls()

    private var functionsByFile: [String: [SignalMapSet.Function]] = [:]

    private struct Call {
        var function: SignalMapSet.Function
        var returnAddress: UInt64
        var file: UInt32
    }

    package init(_ set: SignalMapSet) { self.set = set }

    /// Where code goes on from each frame of a stack, the innermost first.
    ///
    /// Frames that no call has left, such as those that a signal interrupted, are to be given without a line; of the
    /// innermost one it does not count. A frame of a function that was put into its caller, which debuggers write like
    /// any other, stands for the frames up to the function that it was put into.
    package func roots(ofStack frames: [SourcePlace]) -> [PlaceRoots] {
        var answers: [PlaceRoots] = []
        // Frames up to this one are told by one further in.
        var told = -1
        for (number, frame) in frames.enumerated() {
            if number <= told {
                answers.append(PlaceRoots(precision: .sameFrame, roots: []))
                continue
            }
            guard number > 0 else {
                answers.append(Self.whole(functions(named: frame.function)))
                continue
            }
            let calls = calls(at: frame)
            let own = Set(functions(named: frame.function))
            if frame.file != nil, !calls.contains(where: { own.contains($0.function) }),
                let outer = frames.indices.dropFirst(number + 1).first(where: { outer in
                    let around = Set(functions(named: frames[outer].function))
                    return calls.contains { around.contains($0.function) }
                })
            {
                answers.append(roots(at: frame, calledFrom: [frames[outer].function]))
                told = outer
            } else {
                answers.append(roots(at: frame, calledFrom: frames.dropFirst(number + 1).map(\.function)))
            }
        }
        return answers
    }

    /// Where code goes on from `place`, which a call has left.
    ///
    /// That is behind all calls of that line in functions of that name; functions of the name without any known lines
    /// count as a whole. A debugger writes a function that was put into its caller as if it had been called: so do calls
    /// of that line count in other functions, if the file is known; of these `callers`, the names further out on the same
    /// stack, leave those that stand there. Without a line, or where no call has it: the whole functions of that name.
    package func roots(at place: SourcePlace, calledFrom callers: [String] = []) -> PlaceRoots {
        let named = functions(named: place.function)
        let own = Set(named)
        let outer = Set(callers.flatMap { functions(named: $0) })
        var precision = PlaceRoots.Precision.nothing
        var roots: [Reachability.Root] = []
        for call in calls(at: place) {
            if own.contains(call.function) {
                precision = min(precision, .call)
            } else if place.file != nil, callers.isEmpty || outer.contains(call.function) {
                precision = min(precision, .inlined)
            } else {
                continue
            }
            roots.append(.returnAddress(map: call.function.map, call.returnAddress))
        }
        guard !roots.isEmpty else { return Self.whole(named) }
        roots += named.filter { !hasLines($0) }.map { .function($0) }
        return PlaceRoots(precision: precision, roots: roots)
    }

    /// The calls of the place's line, in any function.
    private func calls(at place: SourcePlace) -> [Call] {
        guard let line = place.line else { return [] }
        var isMeant: [Int: [UInt32: Bool]] = [:]
        return (callsByLine[line] ?? []).filter { call in
            let map = call.function.map
            let isIn = isMeant[map]?[call.file] ?? set.maps[map].string(call.file).map(place.isIn) ?? false
            isMeant[map, default: [:]][call.file] = isIn
            return isIn
        }
    }

    /// All functions that a debugger may write that name for: the linker's, the demangled one with or without parameters,
    /// and copies that the compiler made of it (`f.constprop.0`, `f.part.1`).
    package func functions(named name: String) -> [SignalMapSet.Function] {
        if let found = functionsByName[name] { return found }
        return functionsByName[Self.withoutClone(IdentityText.short(name))] ?? []
    }

    /// All functions that begin in a file: code of it that has no function of its own was put into one of them, or into
    /// one of another file.
    package func functions(inFile file: String) -> [SignalMapSet.Function] {
        if let known = functionsByFile[file] { return known }
        let place = SourcePlace(function: "", file: file)
        var found: [SignalMapSet.Function] = []
        for (number, map) in set.maps.enumerated() where !map.lines.isEmpty {
            var isMeant: [UInt32: Bool] = [:]
            for index in map.functions.indices.map(UInt32.init) {
                guard let start = map.function(index)?.start, let record = map.lineRecord(at: start) else { continue }
                let isIn = isMeant[record.file] ?? map.string(record.file).map(place.isIn) ?? false
                isMeant[record.file] = isIn
                if isIn { found.append(SignalMapSet.Function(map: number, index: index)) }
            }
        }
        functionsByFile[file] = found
        return found
    }

    private static func whole(_ functions: [SignalMapSet.Function]) -> PlaceRoots {
        PlaceRoots(precision: functions.isEmpty ? .nothing : .function, roots: functions.map { .function($0) })
    }

    /// Whether the line of any call of a function is known.
    private func hasLines(_ function: SignalMapSet.Function) -> Bool {
        let map = set.maps[function.map]
        return map.calls(ofFunction: function.index).contains { map.line(at: map.calls[$0].address) != nil }
    }

    // MARK: Tables

    private func indexed() -> [String: [SignalMapSet.Function]] {
        var table: [String: [SignalMapSet.Function]] = [:]
        for (number, map) in set.maps.enumerated() {
            let text = IdentityText(map)
            for index in map.functions.indices.map(UInt32.init) {
                guard let symbol = map.name(ofFunction: index) else { continue }
                let readable = Self.withoutClone(text.functionName(index))
                for name in Set([symbol, Self.withoutClone(symbol), readable, Self.withoutResult(readable)]) {
                    table[name, default: []].append(SignalMapSet.Function(map: number, index: index))
                }
            }
        }
        return table
    }

    private func sortedCalls() -> [UInt32: [Call]] {
        var table: [UInt32: [Call]] = [:]
        for (number, map) in set.maps.enumerated() where !map.lines.isEmpty {
            for index in map.functions.indices.map(UInt32.init) {
                let function = SignalMapSet.Function(map: number, index: index)
                // An instruction that may go several ways has several records in a row.
                var last: UInt64?
                for place in map.calls(ofFunction: index) {
                    let call = map.calls[place]
                    guard call.length > 0, call.address != last, let record = map.lineRecord(at: call.address) else {
                        continue
                    }
                    last = call.address
                    table[record.line, default: []].append(
                        Call(
                            function: function, returnAddress: call.address &+ UInt64(call.length), file: record.file))
                }
            }
        }
        return table
    }

    /// gcc and clang append what they did to a copy of a function behind a dot; no name of C or C++ holds one.
    private static func withoutClone(_ name: String) -> String {
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex, !name.contains("(") else { return name }
        let first = name[name.index(after: dot)...].prefix { $0 != "." }
        let words: Set<Substring> = ["constprop", "isra", "part", "cold", "lto_priv", "localalias", "llvm", "clone"]
        return words.contains(first) ? String(name[..<dot]) : name
    }

    /// `void ns::f<int>` is `ns::f<int>`: mangled names of templates have the type of the result, debuggers leave it out.
    private static func withoutResult(_ name: String) -> String {
        var depth = 0
        var start = name.startIndex
        for index in name.indices {
            switch name[index] {
            case "<", "(": depth += 1
            case ">", ")": depth -= 1
            case " " where depth == 0: start = name.index(after: index)
            default: break
            }
        }
        return name[..<start].contains("operator") ? name : String(name[start...])
    }
}

extension SignalMapFile {
    /// The record of a call, store or function that begins at an address.
    func lineRecord(at address: UInt64) -> dwm_line? { lines.first(with: address, by: \.address) }
}
