@testable import Ember

/// What a disk has for sure, and what it may have made of the rest when the power goes.
struct DiskModel {
    private var now: [String: [UInt8]] = [:]
    /// Contents at the last sync of a file.
    private var synced: [String: [UInt8]] = [:]
    /// Names at the last sync of the folder, and what they led to then.
    private var names: [String: [UInt8]] = [:]
    private var last: FaultPoint?

    /// Takes note of a folder, and of which system call is next: the one before has been made.
    mutating func update(to folder: ScratchFolder, before point: FaultPoint) {
        now = [:]
        do {
            for name in try folder.names() { now[name] = try folder.bytes(of: name) }
        } catch {
            preconditionFailure("\(error)")
        }
        for (name, bytes) in now where last.map({ Self.isSynced(name, by: $0) }) ?? false { synced[name] = bytes }
        // The new meta file was synced under its other name.
        if last == .rename { synced[Meta.fileName] = now[Meta.fileName] }
        if last == .folderSync { names = now }
        last = point
    }

    private static func isSynced(_ name: String, by point: FaultPoint) -> Bool {
        switch point {
        case .logSync: name.hasPrefix("log-")
        // Two tables are synced one after the other; each has been when both have.
        case .metaWrite: name.hasPrefix("table-")
        case .metaSync: name == Meta.newFileName
        default: false
        }
    }

    /// A folder as it may be found: what was not synced is there, or not, or zero, in pieces of 64 bytes; a name that was not
    /// synced may be missing or lead to what it led to before.
    func afterPowerLoss(using random: inout SeededRandom) throws -> ScratchFolder {
        let folder = ScratchFolder()
        for name in now.keys.sorted() {
            guard let bytes = now[name] else { continue }
            let isOldName = names[name] == nil || name == Meta.fileName
            if isOldName && names[name] != bytes && Bool.random(using: &random) {
                if let old = names[name] { try folder.write(name, old) }
                continue
            }
            try folder.write(name, Self.mix(bytes, over: synced[name] ?? [], using: &random))
        }
        // Names that were removed since may be there still.
        for name in names.keys.sorted() where now[name] == nil {
            if Bool.random(using: &random), let old = names[name] { try folder.write(name, old) }
        }
        return folder
    }

    private static func mix(
        _ new: [UInt8], over old: [UInt8], using random: inout SeededRandom
    ) -> [UInt8] {
        if new == old { return new }
        var mixed = Bool.random(using: &random) || new.count < old.count ? new : Array(new[..<old.count])
        var start = 0
        while start < mixed.count {
            let piece = start..<min(start + 64, mixed.count)
            let isSame = piece.upperBound <= old.count && mixed[piece] == old[piece]
            if !isSame {
                let before = piece.map { $0 < old.count ? old[$0] : 0 }
                switch Int.random(in: 0..<3, using: &random) {
                case 0: mixed.replaceSubrange(piece, with: before)
                // Only what the file did not have before may be lost altogether.
                case 1 where piece.lowerBound >= old.count:
                    mixed.replaceSubrange(piece, with: [UInt8](repeating: 0, count: piece.count))
                default: break
                }
            }
            start += 64
        }
        return mixed
    }
}
