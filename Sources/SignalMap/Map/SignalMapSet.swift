import ProcessModel
import SignalMapABI

/// The maps of several binaries that run in one process, in the order in which the dynamic linker searches them: a
/// symbol means the first definition (System V ABI, "Shared Object Dependencies").
package final class SignalMapSet {
    /// A function of one of the maps, numbered over all of them.
    package struct Function: Hashable, Comparable, Sendable {
        package var map: Int
        package var index: UInt32

        package init(map: Int, index: UInt32) {
            self.map = map
            self.index = index
        }

        package static func < (a: Self, b: Self) -> Bool { (a.map, a.index) < (b.map, b.index) }
    }

    /// Something that a call of one of the maps does.
    package struct Site: Hashable, Comparable, Sendable {
        package var map: Int
        /// Into the map's operations.
        package var operation: Int

        package init(map: Int, operation: Int) {
            self.map = map
            self.operation = operation
        }

        package static func < (a: Self, b: Self) -> Bool { (a.map, a.operation) < (b.map, b.operation) }
    }

    package let maps: [SignalMapFile]
    /// By map and the string of the symbol's name.
    private var resolved: [[UInt32: Definition?]]
    let firstFunction: [Int]
    /// By map and operation: it means whatever its function is handed, and stands at each of the callers as well, which
    /// are all known.
    let isCovered: [[Bool]]
    package let functionCount: Int
    /// Made when first asked for.
    private lazy var handed = HandedStructures(self)

    package init(_ maps: [SignalMapFile]) {
        self.maps = maps
        resolved = Array(repeating: [:], count: maps.count)
        var first: [Int] = []
        var count = 0
        for map in maps {
            first.append(count)
            count += map.functions.count
        }
        firstFunction = first
        functionCount = count
        isCovered = maps.map(Self.covered)
    }

    private static func covered(_ map: SignalMapFile) -> [Bool] {
        let lifted = UInt16(DWM_LIFTED.rawValue)
        let handed = UInt16(DWM_PARAMETRIC.rawValue)
        let open = DWM_EXPORTED.rawValue | DWM_ADDRESS_TAKEN.rawValue | DWM_ESCAPED.rawValue
        let origins = Set(map.operations.lazy.filter { $0.flags & lifted != 0 }.map(\.origin))
        let text = IdentityText(map)
        return map.operations.map { operation in
            guard operation.flags & handed != 0, operation.flags & UInt16(DWM_WEAK.rawValue) == 0,
                operation.flags & lifted == 0, origins.contains(operation.origin),
                let function = map.function(operation.function), function.flags & open == 0
            else { return false }
            return !text.isDecided(operation.identity)
        }
    }

    // MARK: Functions

    package func number(_ function: Function) -> Int { firstFunction[function.map] + Int(function.index) }

    package func function(numbered number: Int) -> Function {
        let map = (firstFunction.firstIndex { $0 > number } ?? firstFunction.count) - 1
        // Maps without functions share their first number with the next one: the last of them has it.
        return Function(map: map, index: UInt32(number - firstFunction[map]))
    }

    /// What a symbol means.
    package struct Definition: Sendable {
        /// The function, or the one that chooses it when the program is loaded.
        package var function: Function
        /// Chosen when the program is loaded: among these, a target set of that map.
        package var targets: UInt32?
    }

    /// What a symbol of a map means, a string there; nil where no map of the set defines it.
    package func definition(symbol: UInt32, in map: Int) -> Definition? {
        if let known = resolved[map][symbol] { return known }
        let found = maps[map].string(symbol).flatMap(definition(symbol:))
        resolved[map][symbol] = .some(found)
        return found
    }

    package func definition(symbol name: String) -> Definition? {
        for (place, map) in maps.enumerated() {
            guard let export = map.exportRecord(named: name) else { continue }
            return Definition(
                function: Function(map: place, index: export.function),
                targets: export.targets == DWM_NONE ? nil : export.targets)
        }
        return nil
    }

    /// The function that a symbol of a map means; nil where no map of the set defines it, or where it is chosen when the
    /// program is loaded.
    package func function(symbol: UInt32, in map: Int) -> Function? {
        definition(symbol: symbol, in: map).flatMap { $0.targets == nil ? $0.function : nil }
    }

    /// What a target of one of a map's sets means: a function there, or a symbol.
    package func function(target: UInt32, in map: Int) -> Function? {
        target & DWM_IMPORTED != 0
            ? function(symbol: target & ~DWM_IMPORTED, in: map) : Function(map: map, index: target)
    }

    /// The functions that a person means by a name: the linker's, or the demangled one with or without parameters.
    package func functions(named name: String) -> [Function] {
        var found: [Function] = []
        for (place, map) in maps.enumerated() {
            let exact = map.functions(named: name)
            found += exact.map { Function(map: place, index: $0) }
        }
        guard found.isEmpty else { return found }
        for (place, map) in maps.enumerated() {
            let text = IdentityText(map)
            for index in map.functions.indices.map(UInt32.init) {
                let short = text.functionName(index)
                if short == name || short.hasSuffix("::" + name) { found.append(Function(map: place, index: index)) }
            }
        }
        return found
    }

    package func name(of function: Function) -> String { IdentityText(maps[function.map]).functionName(function.index) }

    /// Whether functions that no map of the set knows well may have stored something in the cells of a set of targets.
    func mayBeWrittenElsewhere(cellsOf targets: UInt32, in map: Int) -> Bool { handed.mayWrite(targets, maps[map]) }

    /// Whether such functions were handed the structure that a member is of.
    func isHandedElsewhere(_ structure: String) -> Bool { handed.names.contains(structure) }

    // MARK: Sites

    /// The object is handed to a function that no map of the set knows, which may do this.
    package func isHandedOn(_ site: Site) -> Bool { record(site).flags & UInt16(DWM_HANDED.rawValue) != 0 }

    package func record(_ site: Site) -> dwm_operation { maps[site.map].operations[site.operation] }

    package func action(_ site: Site) -> dwm_action { dwm_action(rawValue: UInt32(record(site).action)) }

    package func function(of site: Site) -> Function? {
        let index = record(site).function
        return index < maps[site.map].functions.count ? Function(map: site.map, index: index) : nil
    }

    /// The sites that do something, in the order of maps and functions, without those that all callers stand for.
    package func ownSites(_ action: dwm_action) -> [Site] {
        sites(action).filter { !isCovered[$0.map][$0.operation] }
    }

    /// All sites that do something, in the order of maps and functions.
    package func sites(_ action: dwm_action) -> [Site] {
        var found: [Site] = []
        for (place, map) in maps.enumerated() {
            for index in map.operations.indices where map.operations[index].action == UInt8(action.rawValue) {
                let operation = map.operations[index]
                // What a function does that one of the maps knows is told there.
                if operation.flags & UInt16(DWM_HANDED.rawValue) != 0,
                    definition(symbol: operation.primitive, in: place) != nil
                {
                    continue
                }
                found.append(Site(map: place, operation: index))
            }
        }
        return found
    }

    /// `sites` without those that only call a function which stands among them for all its callers: it means the object
    /// by its own parameter, as each of these does by its argument.
    package func withoutCallers(_ sites: [Site]) -> [Site] {
        struct Handed: Hashable {
            var map: Int
            var origin: UInt32
            var function: UInt32
        }
        let known = Set(
            sites.filter { record($0).flags & UInt16(DWM_PARAMETRIC.rawValue) != 0 }.map {
                Handed(map: $0.map, origin: record($0).origin, function: record($0).function)
            })
        return sites.filter { site in
            let record = record(site)
            guard record.call != record.origin, let call = maps[site.map].call(record.call) else { return true }
            let callee: Function? =
                switch dwm_call_kind(rawValue: UInt32(call.kind)) {
                case DWM_CALL_FUNCTION: Function(map: site.map, index: call.target)
                case DWM_CALL_SYMBOL: function(symbol: call.target, in: site.map)
                default: nil
                }
            guard let callee, callee.map == site.map else { return true }
            return !known.contains(Handed(map: site.map, origin: record.origin, function: callee.index))
        }
    }

    /// Where a call stands in the source, else its address.
    package func place(ofCall call: UInt32, in map: Int) -> CodePlace? {
        maps[map].call(call).map { CodePlace(address: $0.address, line: maps[map].line(at: $0.address)) }
    }

    /// Where a store stands in the source, else its address.
    package func place(ofStore store: Int, in map: Int) -> CodePlace {
        let address = maps[map].stores[store].address
        return CodePlace(address: address, line: maps[map].line(at: address))
    }

    /// What calls lead to that no map of the set defines and that is not known by its name.
    package func missingSymbols() -> Set<String> {
        var missing: Set<String> = []
        for (place, map) in maps.enumerated() {
            for call in map.calls where call.kind == UInt8(DWM_CALL_SYMBOL.rawValue) {
                if definition(symbol: call.target, in: place) == nil, let name = map.string(call.target),
                    KnownFunctions.named(name) == nil
                {
                    missing.insert(name)
                }
            }
        }
        return missing
    }
}

/// An instruction, and the line of the source that it was compiled from where that is known.
package struct CodePlace: Sendable {
    package var address: UInt64
    package var file: String?
    package var line: UInt32?

    init(address: UInt64, line: (file: String, line: UInt32)?) {
        self.address = address
        file = line?.file
        self.line = line?.line
    }

    /// `queue.c:12`, else the address.
    package var text: String {
        if let file, let line {
            return "\(file[(file.lastIndex(of: "/").map(file.index(after:)) ?? file.startIndex)...]):\(line)"
        }
        return "0x" + String(address, radix: 16)
    }
}
