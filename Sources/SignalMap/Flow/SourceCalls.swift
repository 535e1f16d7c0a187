import SignalMapABI

/// What a frame of a text called, as far as the frame further in tells.
package struct SourceCallee {
    /// Functions of the maps.
    package var functions: Set<SignalMapSet.Function> = []
    /// Functions of the system's libraries, by the names that the text has for them.
    package var names: Set<String> = []

    package init() {}
    package var isEmpty: Bool { functions.isEmpty && names.isEmpty }

    /// libc's names without its aliases, symbol versions and what 64-bit times add.
    package static func bare(_ name: String) -> String {
        var text = name.prefix { $0 != "@" && $0 != "." }[...]
        if text.hasPrefix("__GI_") { text = text.dropFirst(5) }
        text = text.drop { $0 == "_" }
        if text.hasSuffix("64"), text.count > 8 { text = text.dropLast(2) }
        return String(text)
    }
}

extension SignalMapSet {
    /// Where the calls of a function go on that lead to `callee` directly.
    package func returns(from function: Function, to callee: SourceCallee) -> [UInt64] {
        let map = maps[function.map]
        var found: [UInt64] = []
        for index in map.calls(ofFunction: function.index) {
            let call = map.calls[index]
            guard call.length > 0, leads(call, of: function.map, to: callee) else { continue }
            let next = call.address &+ UInt64(call.length)
            if found.last != next { found.append(next) }
        }
        return found
    }

    /// Where calls go on whose target is read from memory or a register.
    package func indirectReturns(from function: Function) -> [UInt64] {
        let map = maps[function.map]
        var found: [UInt64] = []
        for index in map.calls(ofFunction: function.index) {
            let call = map.calls[index]
            let kind = dwm_call_kind(rawValue: UInt32(call.kind))
            guard call.length > 0, kind == DWM_CALL_TARGETS || kind == DWM_CALL_UNKNOWN else { continue }
            let next = call.address &+ UInt64(call.length)
            if found.last != next { found.append(next) }
        }
        return found
    }

    private func leads(_ call: dwm_call, of map: Int, to callee: SourceCallee) -> Bool {
        switch dwm_call_kind(rawValue: UInt32(call.kind)) {
        case DWM_CALL_FUNCTION: return callee.functions.contains(Function(map: map, index: call.target))
        case DWM_CALL_SYMBOL:
            if let target = function(symbol: call.target, in: map), callee.functions.contains(target) { return true }
            guard !callee.names.isEmpty, let name = maps[map].string(call.target) else { return false }
            return callee.names.contains(SourceCallee.bare(name))
        default: return false
        }
    }

    /// Those of `returns` whose call is of this line, where any is.
    package func returns(_ returns: [UInt64], of map: Int, at place: SourcePlace) -> [UInt64] {
        guard let line = place.line else { return returns }
        let own = returns.filter { address in
            guard let call = maps[map].call(returningTo: address).flatMap({ maps[map].call($0) }),
                let record = maps[map].lineRecord(at: call.address), record.line == line
            else { return false }
            return maps[map].string(record.file).map(place.isIn) ?? false
        }
        return own.isEmpty ? returns : own
    }
}
