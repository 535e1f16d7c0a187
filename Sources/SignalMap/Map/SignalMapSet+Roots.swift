import SignalMapABI

// Where code begins to run, as people and dumps write it.
extension SignalMapSet {
    /// What a text means: a function by its name, or what goes on behind calls: behind those that return to an address
    /// (`0x4f10`, `main+0x1f`), or behind those of a line (`queue.c:12`). Addresses are the binaries' own: several of
    /// the maps may know one. Empty where nothing is called that.
    package func roots(named text: String) -> [Reachability.Root] {
        let functions = functions(named: text)
        if !functions.isEmpty { return functions.map { .function($0) } }
        if let address = Self.hexadecimal(text[...]) {
            return maps.indices.compactMap { returning(to: address, in: $0) }
        }
        if let plus = text.lastIndex(of: "+"), let offset = Self.hexadecimal(text[text.index(after: plus)...]) {
            return self.functions(named: String(text[..<plus])).compactMap { function in
                guard let start = maps[function.map].function(function.index)?.start else { return nil }
                return returning(to: start &+ offset, in: function.map)
            }
        }
        if let colon = text.lastIndex(of: ":"), let line = UInt32(text[text.index(after: colon)...]) {
            return returning(toFile: String(text[..<colon]), line: line)
        }
        return []
    }

    private func returning(to address: UInt64, in map: Int) -> Reachability.Root? {
        maps[map].call(returningTo: address) == nil ? nil : .returnAddress(map: map, address)
    }

    /// Where the calls of a line return to, all of them, in whatever functions. The file may be given by its last parts.
    private func returning(toFile file: String, line: UInt32) -> [Reachability.Root] {
        let wanted = SourcePlace(function: "", file: file)
        var roots: [Reachability.Root] = []
        for (place, map) in maps.enumerated() {
            for record in map.lines where record.line == line {
                guard let path = map.string(record.file), wanted.isIn(path) else { continue }
                // Several records of one instruction, one for each way that it may go, return to the same place.
                guard let call = map.call(at: record.address), call.length > 0 else { continue }
                roots.append(.returnAddress(map: place, call.address &+ UInt64(call.length)))
            }
        }
        return roots
    }

    private static func hexadecimal(_ text: Substring) -> UInt64? {
        text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : nil
    }
}
