import Deadwait
import SignalMap
import SignalMapABI

/// Places of code in words.
struct MapPlaces {
    private let set: SignalMapSet

    init(_ set: SignalMapSet) { self.set = set }

    func function(_ site: SignalMapSet.Site) -> String {
        set.function(of: site).map { set.name(of: $0) } ?? "a function"
    }

    func place(_ site: SignalMapSet.Site) -> String {
        set.place(ofCall: set.record(site).call, in: site.map)?.text ?? "an unknown place"
    }

    /// What the call does in the end, and through whom: `pthread_cond_signal in wake`.
    func primitive(_ site: SignalMapSet.Site) -> String {
        let record = set.record(site)
        let map = set.maps[site.map]
        let symbol = map.string(record.primitive).map(Self.readable) ?? "a system call"
        let name = set.isHandedOn(site) ? "handed to \(symbol), which no map knows" : symbol
        guard record.flags & UInt16(DWM_LIFTED.rawValue) != 0, let origin = map.call(record.origin),
            let function = map.function(holding: origin.address)
        else { return name }
        return "\(name) in \(IdentityText(map).functionName(function))"
    }

    /// A symbol as people write it, without parameters.
    static func readable(_ symbol: String) -> String { Demangler.demangle(symbol).map(IdentityText.short) ?? symbol }

    /// Functions with their places, the first `most`.
    func list(_ sites: [SignalMapSet.Site], most: Int) -> String {
        var texts: [String] = []
        for site in sites {
            let text = "\(function(site)) (\(place(site)))"
            if !texts.contains(text) { texts.append(text) }
        }
        let rest = texts.count - most
        return texts.prefix(most).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// `1 call`, `12,345 calls`
    static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `12,345`
    static func grouped(_ number: Int) -> String {
        let digits = String(number)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }
}
