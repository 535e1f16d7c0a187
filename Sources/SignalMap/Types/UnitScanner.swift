import DebugInfo

/// Walks all entries of one unit once and notes types, functions, variables and where these live.
struct UnitScanner {
    /// What the children of an entry belong to.
    struct Frame {
        enum Kind: UInt8 {
            /// A unit, a namespace, a function without code: what is below is only named after it.
            case outside
            case structure, array, subroutine
            /// The function itself: its parameters are children.
            case function
            /// A block or an inlined call in a function.
            case inside
        }
        var kind: Kind
        /// Into the scan's details.
        var detail = UInt32.max
        /// Into the scan's scopes.
        var scope: UInt32
        /// Into the scan's functions, -1 outside.
        var function: Int32 = -1
        /// Into `ranges`: where the code of the innermost block is.
        var firstRange: Int32 = 0
        var rangeCount: Int32 = 0
    }

    let debug: DebugUnits
    let number: Int
    let unit: DebugUnits.Unit
    let shapes: EntryShapes
    var values = EntryValues()
    /// For entries that are looked up.
    var others = EntryValues()
    var reader: ByteReader
    var scan = UnitScan()
    var frames: [Frame] = []
    var ranges: [(low: UInt64, high: UInt64)] = []
    /// Entries of range lists that may still be read.
    var rangeBudget: Int
    var variables: [Variable] = []
    var openFunctions: [OpenFunction] = []
    var frameBases: [FrameBase] = []
    /// Names that typedefs give, until it is known to what.
    var typedefs: [(link: EntryLink, name: EntryName, scope: UInt32)] = []
    var hasUnnamed = false
    /// Scopes of variables that are declared in a class or namespace and defined elsewhere, by their offsets.
    var declarationScopes: [UInt32: UInt32] = [:]
    /// Global variables that define one of these, by the offset of the declaration.
    var declarations: [(global: Int, declaration: UInt32)] = []

    /// Nesting beyond this is passed over; no compiler comes near.
    private static let depthLimit = 1000
    /// Ranges of blocks that a unit may have in all: lists that overlap could be read again and again.
    static let rangeLimit = 1 << 22

    /// A variable whose type is not known yet.
    struct Variable {
        var link: EntryLink
        var location: EntryValues.Value
        var function: UInt32
        var firstRange: Int32
        var rangeCount: Int32
        /// Into the scan's parameters, -1 for others.
        var parameter: Int32
    }

    /// What the locations of a function's variables count from.
    enum FrameBase {
        case unknown
        case canonicalFrameAddress
        case register(UInt8, Int64)
    }

    init(_ debug: DebugUnits, _ number: Int) {
        self.debug = debug
        self.number = number
        unit = debug.units[number]
        shapes = debug.shapes[unit.shapes]
        rangeBudget = unit.unit.rangeBudget
        reader = ByteReader(unit.info, at: unit.firstEntry, end: unit.end)
    }

    /// Scans the unit.
    static func scan(_ debug: DebugUnits, _ number: Int) -> UnitScan {
        var scanner = UnitScanner(debug, number)
        defer {
            scanner.values.free()
            scanner.others.free()
        }
        scanner.walk()
        scanner.finish()
        return scanner.scan
    }

    private mutating func walk() {
        while !reader.isAtEnd {
            let offset = reader.position
            let code = reader.uleb()
            if code == 0 {
                guard let frame = frames.popLast() else { return }
                if frame.kind == .function { closeFunction() }
                if frames.isEmpty { return }
                continue
            }
            guard let index = shapes.index(of: code) else {
                scan.isDamaged = true
                break
            }
            scan.entries += 1
            let shape = shapes.shapes[index]
            if !shape.hasChildren, !isWanted(shape.tag) {
                EntryValues.skip(shape, shapes, &reader, unit.encoding)
                continue
            }
            values.read(shape, shapes, &reader, unit.encoding)
            if reader.failed { break }
            let frame = enter(shape.tag, at: UInt32(truncatingIfNeeded: offset - unit.start))
            if shape.hasChildren {
                if let frame, frames.count < Self.depthLimit {
                    frames.append(frame)
                } else {
                    passChildren()
                    if frame?.kind == .function { closeFunction() }
                }
            } else {
                if frame?.kind == .function { closeFunction() }
                // A unit without entries.
                if frames.isEmpty { return }
            }
        }
        if reader.failed || !frames.isEmpty { scan.isDamaged = true }
        for frame in frames.reversed() where frame.kind == .function { closeFunction() }
    }

    @inline(__always)
    private func isWanted(_ tag: EntryTag) -> Bool {
        if tag == .other { return false }
        guard let kind = frames.last?.kind else { return true }
        switch tag {
        case .member, .inheritance: return kind == .structure
        case .subrange: return kind == .array
        case .parameter, .otherParameters: return kind != .outside && kind != .structure && kind != .array
        default: return true
        }
    }

    /// Moves past the children of the entry whose values were read last.
    private mutating func passChildren() {
        if let sibling = values[.sibling], sibling.form != 0x10 {
            let target = UInt64(unit.start) &+ sibling.value
            if target > UInt64(reader.position), target <= UInt64(reader.end) {
                reader.seek(to: Int(target))
                return
            }
        }
        var depth = 1
        while depth > 0, !reader.isAtEnd {
            let code = reader.uleb()
            if code == 0 {
                depth -= 1
                continue
            }
            guard let index = shapes.index(of: code) else {
                scan.isDamaged = true
                reader.seek(to: reader.end)
                return
            }
            scan.entries += 1
            let shape = shapes.shapes[index]
            EntryValues.skip(shape, shapes, &reader, unit.encoding)
            if shape.hasChildren { depth += 1 }
        }
    }

    /// Notes the entry whose values were read; the frame for its children, nil where they do not matter.
    private mutating func enter(_ tag: EntryTag, at offset: UInt32) -> Frame? {
        guard let outer = frames.last else {
            // The unit itself.
            return Frame(kind: .outside, scope: 0)
        }
        switch tag {
        case .other: return nil
        case .container, .variant: return outer
        case .namespace:
            var frame = outer
            frame.scope = addScope(parent: outer.scope, name: debug.name(values[.name], in: number))
            return frame
        case .structure, .union, .enumeration, .base, .pointer, .qualifier, .typedef, .array, .subroutine,
            .memberPointer, .unspecified:
            return enterType(tag, at: offset, outer)
        case .subrange:
            if outer.kind == .array { addDimension(to: outer.detail) }
            return nil
        case .member, .inheritance:
            guard outer.kind == .structure else { return nil }
            if values.isSet(.declaration) {
                // A static one.
                declarationScopes[offset] = outer.scope
            } else {
                addMember(to: outer.detail, isBase: tag == .inheritance)
            }
            return nil
        case .parameter:
            switch outer.kind {
            case .subroutine: addItem(UnitScan.Item(link: link(values[.type])), to: outer.detail)
            case .function: addParameter(outer)
            case .inside: addVariable(outer)
            default: break
            }
            return nil
        case .otherParameters:
            if outer.kind == .subroutine { scan.details[Int(outer.detail)].flags |= UnitScan.isVariadic }
            if outer.kind == .function { scan.functions[Int(outer.function)].isVariadic = true }
            return nil
        case .variable:
            if values.isSet(.declaration) { declarationScopes[offset] = outer.scope }
            addVariable(outer)
            return nil
        case .subprogram: return enterFunction(outer)
        case .inlined, .block:
            var frame = outer
            frame.kind = outer.function >= 0 ? .inside : .outside
            frame.detail = .max
            if outer.function >= 0 { enterBlock(&frame) }
            return frame
        }
    }

    mutating func addScope(parent: UInt32, name: EntryName, detail: UInt32 = .max) -> UInt32 {
        scan.scopes.append(UnitScan.Scope(parent: parent, name: name, detail: detail))
        return UInt32(truncatingIfNeeded: scan.scopes.count - 1)
    }

    /// What a reference attribute of this unit names.
    func resolved(_ value: EntryValues.Value?) -> (unit: Int, offset: Int)? {
        value.flatMap { debug.target(of: $0, in: number) }
    }

    /// A link as it is kept until all entries of the unit are known.
    @inline(__always)
    mutating func link(_ value: EntryValues.Value?) -> EntryLink {
        guard let value else { return .none }
        return link(to: debug.target(of: value, in: number))
    }

    @inline(__always)
    mutating func link(to target: (unit: Int, offset: Int)?) -> EntryLink {
        guard let target else { return .missing }
        if target.unit == number { return EntryLink(local: UInt32(truncatingIfNeeded: target.offset - unit.start)) }
        scan.foreign.append((UInt32(target.unit), target.offset))
        return EntryLink(foreign: scan.foreign.count - 1)
    }
}
