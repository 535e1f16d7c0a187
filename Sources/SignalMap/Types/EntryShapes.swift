import DebugInfo

/// What the reader of types makes of an entry, by its DW_TAG_….
enum EntryTag: UInt8 {
    /// Nothing in it matters; its children are passed over.
    case other
    /// Units: their children are looked at as if they stood outside.
    case container
    case namespace, structure, union, enumeration, base, pointer, qualifier, typedef, array, subrange, subroutine
    case memberPointer, unspecified, member, inheritance
    /// DW_TAG_variant_part and DW_TAG_variant: their members are the structure's.
    case variant
    case parameter, otherParameters, variable, subprogram, inlined, block

    /// DWARF 5, table 7.3.
    init(_ tag: UInt16) {
        switch tag {
        case 0x11, 0x3c, 0x41: self = .container
        case 0x39, 0x1e: self = .namespace
        case 0x02, 0x13, 0x38: self = .structure
        case 0x17: self = .union
        case 0x04: self = .enumeration
        case 0x24: self = .base
        case 0x0f, 0x10, 0x42: self = .pointer
        case 0x26, 0x2d, 0x35, 0x37, 0x40, 0x47, 0x4b: self = .qualifier
        case 0x16, 0x43: self = .typedef
        case 0x01: self = .array
        case 0x21: self = .subrange
        case 0x15: self = .subroutine
        case 0x1f: self = .memberPointer
        case 0x3b: self = .unspecified
        case 0x0d: self = .member
        case 0x1c: self = .inheritance
        case 0x19, 0x33: self = .variant
        case 0x05: self = .parameter
        case 0x18: self = .otherParameters
        case 0x34: self = .variable
        case 0x2e: self = .subprogram
        case 0x1d: self = .inlined
        case 0x0b, 0x22, 0x25, 0x32: self = .block
        default: self = .other
        }
    }
}

/// The attributes that the reader of types keeps of an entry; all others are passed over.
enum EntrySlot: UInt8 {
    case name, linkageName, type, abstractOrigin, specification, byteSize, encoding, upperBound, count, memberLocation
    case bitOffset, bitSize, dataBitOffset, lowPC, highPC, ranges, location, frameBase, sibling, declFile, declLine
    case declaration, vector, signature, virtuality, artificial, callingConvention, defaulted

    static let number = 28

    /// DWARF 5, table 7.5; nil of those that are passed over.
    init?(_ attribute: UInt16) {
        switch attribute {
        case 0x01: self = .sibling
        case 0x02: self = .location
        case 0x03: self = .name
        case 0x0b: self = .byteSize
        case 0x0c: self = .bitOffset
        case 0x0d: self = .bitSize
        case 0x11: self = .lowPC
        case 0x12: self = .highPC
        case 0x2f: self = .upperBound
        case 0x31: self = .abstractOrigin
        case 0x34: self = .artificial
        case 0x36: self = .callingConvention
        case 0x37: self = .count
        case 0x38: self = .memberLocation
        case 0x3a: self = .declFile
        case 0x3b: self = .declLine
        case 0x3c: self = .declaration
        case 0x3e: self = .encoding
        case 0x40: self = .frameBase
        case 0x47: self = .specification
        case 0x49: self = .type
        case 0x4c: self = .virtuality
        case 0x55: self = .ranges
        case 0x69: self = .signature
        case 0x6b: self = .dataBitOffset
        case 0x6e, 0x2007: self = .linkageName
        case 0x8b: self = .defaulted
        // DW_AT_GNU_vector
        case 0x2107: self = .vector
        default: return nil
        }
    }
}

/// One table of abbreviations, made ready for reading entries: attributes that do not matter are run together.
struct EntryShapes {
    struct Shape {
        var tag: EntryTag
        var hasChildren: Bool
        /// Into `steps`.
        var first: Int32
        var count: Int32
    }

    /// A part of reading an entry: bytes to pass over, or an attribute.
    struct Step {
        enum Kind: UInt8 {
            case skipBytes, skipLEB, skipString, skipBlock, skipAny
            case u8, u16, u32, u64, uleb, sleb, constant, string, block, any
        }
        var kind: Kind
        var slot: UInt8 = 0
        var form: UInt16 = 0
        /// Bytes to pass over, or the constant itself.
        var constant: Int64 = 0
    }

    private(set) var shapes: [Shape] = []
    private(set) var steps: [Step] = []
    /// By code; -1 for none. For tables whose codes are few, which all are that compilers write.
    private var byCode: [Int32] = []
    private let table: AbbreviationTable

    init(_ table: AbbreviationTable, _ encoding: Encoding) {
        self.table = table
        for abbreviation in table.abbreviations {
            let first = steps.count
            for index in abbreviation.attributes { append(table.attributes[index], encoding, first: first) }
            shapes.append(
                Shape(
                    tag: EntryTag(abbreviation.tag), hasChildren: abbreviation.hasChildren,
                    first: Int32(clamping: first), count: Int32(clamping: steps.count - first)))
        }
        let highest = table.abbreviations.reduce(0) { max($0, $1.code) }
        guard highest <= UInt64(4 * shapes.count + 64) else { return }
        byCode = [Int32](repeating: -1, count: Int(highest) + 1)
        for (index, abbreviation) in table.abbreviations.enumerated() where byCode[Int(abbreviation.code)] < 0 {
            byCode[Int(abbreviation.code)] = Int32(clamping: index)
        }
    }

    /// The shape with that code, nil when the table has none.
    @inline(__always)
    func index(of code: UInt64) -> Int? {
        if code < UInt64(byCode.count) {
            let index = byCode[Int(code)]
            return index < 0 ? nil : Int(index)
        }
        return byCode.isEmpty ? table.index(of: code) : nil
    }

    private mutating func append(_ attribute: AbbreviationTable.Attribute, _ encoding: Encoding, first: Int) {
        let form = attribute.form
        guard let slot = EntrySlot(attribute.name) else {
            appendSkip(form, encoding, first: first)
            return
        }
        var step = Step(kind: Self.kind(form, encoding), slot: slot.rawValue, form: form)
        if form == 0x19 { step.constant = 1 }
        if form == 0x21 { step.constant = attribute.constant }
        steps.append(step)
    }

    /// How a form's value is read (DWARF 5, table 7.6).
    private static func kind(_ form: UInt16, _ encoding: Encoding) -> Step.Kind {
        switch form {
        case 0x0b, 0x0c, 0x11, 0x25, 0x29: return .u8
        case 0x05, 0x12, 0x26, 0x2a: return .u16
        case 0x06, 0x13, 0x28, 0x2c, 0x1c: return .u32
        case 0x07, 0x14, 0x20, 0x24: return .u64
        case 0x01: return encoding.addressSize == 8 ? .u64 : .u32
        case 0x0e, 0x1f, 0x1d, 0x17, 0x1f20, 0x1f21: return encoding.is64 ? .u64 : .u32
        case 0x10: return encoding.refAddrSize == 8 ? .u64 : .u32
        case 0x0f, 0x15, 0x1a, 0x1b, 0x22, 0x23, 0x1f01, 0x1f02: return .uleb
        case 0x0d: return .sleb
        case 0x19, 0x21: return .constant
        case 0x08: return .string
        case 0x09, 0x18: return .block
        default: return .any
        }
    }

    private mutating func appendSkip(_ form: UInt16, _ encoding: Encoding, first: Int) {
        let bytes: Int64
        switch Self.kind(form, encoding) {
        case .u8: bytes = 1
        case .u16: bytes = 2
        case .u32: bytes = 4
        case .u64: bytes = 8
        case .constant: return
        case .uleb, .sleb:
            steps.append(Step(kind: .skipLEB))
            return
        case .string:
            steps.append(Step(kind: .skipString))
            return
        case .block:
            steps.append(Step(kind: .skipBlock))
            return
        default:
            steps.append(Step(kind: .skipAny, form: form))
            return
        }
        if steps.count > first, steps[steps.count - 1].kind == .skipBytes {
            steps[steps.count - 1].constant += bytes
        } else {
            steps.append(Step(kind: .skipBytes, constant: bytes))
        }
    }
}
