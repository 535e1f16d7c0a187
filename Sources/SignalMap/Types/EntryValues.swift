import DebugInfo

/// The values of one entry's attributes, in memory that is used again for the next entry.
///
/// For one thread; `free` gives the memory back.
struct EntryValues {
    /// A value as it stands: a constant, an offset, an index or an address, as the form says; of blocks and inline
    /// strings the position in .debug_info.
    struct Value {
        var value: UInt64 = 0
        /// Bytes of a block.
        var count: UInt32 = 0
        var form: UInt16 = 0

        /// DW_FORM_exprloc and the older blocks.
        var isBlock: Bool {
            switch form {
            case 0x03, 0x04, 0x09, 0x0a, 0x18: true
            default: false
            }
        }

        /// A constant, not a block.
        var constant: UInt64? { isBlock ? nil : value }

        /// As DebugInfo has it; blocks have no value there.
        var attribute: AttributeValue {
            var attribute = AttributeValue()
            attribute.form = form
            attribute.value = value
            return attribute
        }
    }

    private let slots: UnsafeMutablePointer<Value>
    private var present: UInt32 = 0

    init() {
        slots = .allocate(capacity: EntrySlot.number)
        slots.initialize(repeating: Value(), count: EntrySlot.number)
    }

    func free() { slots.deallocate() }

    @inline(__always)
    func has(_ slot: EntrySlot) -> Bool { present & (1 << UInt32(slot.rawValue)) != 0 }

    @inline(__always)
    subscript(slot: EntrySlot) -> Value? { has(slot) ? slots[Int(slot.rawValue)] : nil }

    /// A flag that is there and set.
    @inline(__always)
    func isSet(_ slot: EntrySlot) -> Bool { has(slot) && slots[Int(slot.rawValue)].value != 0 }

    /// A constant, nil where there is none.
    func constant(_ slot: EntrySlot) -> UInt64? { self[slot]?.constant }

    /// Reads the values of an entry whose code was read.
    @inline(__always)
    mutating func read(
        _ shape: EntryShapes.Shape, _ shapes: borrowing EntryShapes, _ reader: inout ByteReader, _ encoding: Encoding
    ) {
        present = 0
        for index in Int(shape.first)..<Int(shape.first + shape.count) {
            let step = shapes.steps[index]
            var value = Value(form: step.form)
            switch step.kind {
            case .skipBytes:
                reader.skip(Int(step.constant))
                continue
            case .skipLEB:
                reader.skipLEB()
                continue
            case .skipString:
                _ = reader.string()
                continue
            case .skipBlock:
                reader.skip(reader.uleb())
                continue
            case .skipAny:
                _ = AttributeValue.read(step.form, constant: 0, from: &reader, encoding)
                continue
            case .u8: value.value = UInt64(reader.u8())
            case .u16: value.value = UInt64(reader.u16())
            case .u32: value.value = UInt64(reader.u32())
            case .u64: value.value = reader.u64()
            case .uleb: value.value = reader.uleb()
            case .sleb: value.value = UInt64(bitPattern: reader.sleb())
            case .constant: value.value = UInt64(bitPattern: step.constant)
            case .string:
                value.value = UInt64(reader.position)
                _ = reader.string()
            case .block:
                let count = reader.uleb()
                value.value = UInt64(reader.position)
                value.count = UInt32(clamping: count)
                reader.skip(count)
            case .any: value = Self.any(step.form, &reader, encoding)
            }
            if reader.failed { return }
            slots[Int(step.slot)] = value
            present |= 1 << UInt32(step.slot)
        }
    }

    /// Moves past the values of an entry whose code was read.
    @inline(__always)
    static func skip(
        _ shape: EntryShapes.Shape, _ shapes: borrowing EntryShapes, _ reader: inout ByteReader, _ encoding: Encoding
    ) {
        for index in Int(shape.first)..<Int(shape.first + shape.count) {
            let step = shapes.steps[index]
            switch step.kind {
            case .skipBytes: reader.skip(Int(step.constant))
            case .u8: reader.skip(1)
            case .u16: reader.skip(2)
            case .u32: reader.skip(4)
            case .u64: reader.skip(8)
            case .skipLEB, .uleb, .sleb: reader.skipLEB()
            case .constant: break
            case .skipString, .string: _ = reader.string()
            case .skipBlock, .block: reader.skip(reader.uleb())
            case .skipAny, .any: _ = AttributeValue.read(step.form, constant: 0, from: &reader, encoding)
            }
        }
    }

    /// Forms that are seldom met: DW_FORM_indirect, blocks with a fixed size of length, indexes of three bytes.
    private static func any(_ form: UInt16, _ reader: inout ByteReader, _ encoding: Encoding) -> Value {
        let start = reader.position
        let read = AttributeValue.read(form, constant: 0, from: &reader, encoding)
        var value = Value(value: read.value, form: read.form)
        if value.isBlock || read.form == 0x1e {
            value.count = UInt32(clamping: read.block.count)
            value.value = UInt64(max(reader.position - read.block.count, start))
        } else if read.form == 0x08 {
            value.value = UInt64(max(reader.position - read.block.count - 1, start))
        }
        return value
    }
}
