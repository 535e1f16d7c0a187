import DebugInfo

/// What the metadata of Swift types and conformances is read with: relative references and descriptors (Swift ABI,
/// docs/ABI/TypeMetadata.rst; include/swift/ABI/Metadata.h and MetadataValues.h of Swift 6).
struct SwiftRecords {
    let binary: BinaryFile
    let data: DataWords

    /// The kinds of context descriptors that are asked for.
    enum Kind: UInt32 {
        case protocolContext = 3
        case classContext = 16
    }

    /// Names and chains of contexts are cut here.
    private static let nameLimit = 1 << 12
    private static let depthLimit = 32

    /// What a reference leads to: an address here, or a symbol of another module.
    enum Target: Hashable {
        case here(UInt64)
        case symbol(Int32)
    }

    func u32(_ address: UInt64) -> UInt32? {
        guard let bytes = binary.bytes(at: address), bytes.count >= 4 else { return nil }
        return UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    }

    /// A reference of 4 bytes, relative to itself; 0 is none. `mask` are lower bits that say something else.
    func relative(_ address: UInt64, mask: UInt32 = 0) -> UInt64? {
        guard let raw = u32(address), raw & ~mask != 0 else { return nil }
        return address &+ UInt64(bitPattern: Int64(Int32(bitPattern: raw & ~mask)))
    }

    /// A reference whose lowest bit says that it leads to a word with the address.
    func relativeIndirectable(_ address: UInt64) -> Target? {
        guard let raw = u32(address), let target = relative(address, mask: 1) else { return nil }
        return raw & 1 == 0 ? .here(target) : pointer(target)
    }

    func pointer(_ place: UInt64) -> Target? {
        guard let word = data.word(at: place) else { return nil }
        if word.value != 0 { return .here(word.value) }
        return word.symbol >= 0 ? .symbol(word.symbol) : nil
    }

    func kind(_ descriptor: UInt64) -> Kind? { u32(descriptor).flatMap { Kind(rawValue: $0 & 0x1f) } }

    /// The relative references of a section that is a list of them.
    func list(_ section: String, mask: UInt32) -> [(place: UInt64, target: UInt64)] {
        guard let section = binary.file.section(named: section), let bytes = binary.file.rawBytes(of: section) else {
            return []
        }
        var list: [(place: UInt64, target: UInt64)] = []
        for number in 0..<bytes.count / 4 {
            let place = section.address &+ UInt64(number) &* 4
            if let target = relative(place, mask: mask) { list.append((place, target)) }
        }
        return list
    }

    /// A context's name with those of the contexts around it: "Module.Outer.Type". Nil for one that has none.
    func name(of descriptor: UInt64) -> String? {
        var parts: [String] = []
        var current = descriptor
        for _ in 0..<Self.depthLimit {
            guard let flags = u32(current) else { break }
            // Modules, protocols and types have names; extensions and the contexts of private declarations have none.
            if [0, 3, 16, 17, 18].contains(flags & 0x1f), let place = relative(current &+ 8),
                let bytes = binary.bytes(at: place),
                let text = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, Self.nameLimit)]).cString(at: 0)
            {
                parts.append(String(text))
            }
            guard case .here(let parent) = relativeIndirectable(current &+ 4) else { break }
            current = parent
        }
        return parts.isEmpty ? nil : parts.reversed().joined(separator: ".")
    }
}
