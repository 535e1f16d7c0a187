/// The structures and arrays on the stack of one function.
struct StackObjects {
    struct Object {
        /// From the stack pointer at entry.
        var offset: Int64
        var size: UInt64
        var type: TypeID
        /// Where the instruction pointer is while it is there.
        var low: UInt64
        var high: UInt64
    }

    /// What rsp and rbp hold, from the stack pointer at entry on, where that is known.
    struct Frame {
        var stackPointer: Int64?
        var framePointer: Int64?

        func base(_ register: UInt8) -> Int64? {
            register == UInt8(Interpreter.stackPointer) ? stackPointer : framePointer
        }
    }

    /// By offset.
    private var objects: [Object] = []
    /// Those whose offset counts from a register.
    private var relative: [(register: UInt8, object: Object)] = []
    private static let limit = 4096

    mutating func removeAll() {
        objects.removeAll(keepingCapacity: true)
        relative.removeAll(keepingCapacity: true)
    }

    /// `register`: nil where the offset counts from the stack pointer at entry.
    mutating func add(_ object: Object, register: UInt8?) {
        guard object.size > 0, object.size < 1 << 31, object.offset > -AbstractState.reach,
            object.offset < AbstractState.reach, objects.count + relative.count < Self.limit
        else { return }
        if let register { relative.append((register, object)) } else { objects.append(object) }
    }

    mutating func sort() { objects.sort { ($0.offset, $1.size, $0.low) < ($1.offset, $0.size, $1.low) } }

    private func forEach(holding offset: Int64, _ frame: Frame, _ body: (Object) -> Void) {
        for object in objects {
            if object.offset > offset { break }
            if UInt64(offset &- object.offset) < object.size { body(object) }
        }
        for (register, object) in relative {
            guard let base = frame.base(register) else { continue }
            var object = object
            object.offset = base &+ object.offset
            if object.offset <= offset, UInt64(offset &- object.offset) < object.size { body(object) }
        }
    }

    /// The innermost object that holds an offset.
    func object(holding offset: Int64, at address: UInt64, _ frame: Frame) -> Object? {
        if objects.isEmpty, relative.isEmpty { return nil }
        var best: Object?
        forEach(holding: offset, frame) { object in
            guard address >= object.low, address < object.high else { return }
            if best.map({ object.size < $0.size }) ?? true { best = object }
        }
        return best
    }

    /// The extent of all objects together that hold an offset, at whatever time.
    func range(holding offset: Int64, _ frame: Frame) -> (low: Int64, high: Int64)? {
        var range: (low: Int64, high: Int64)?
        forEach(holding: offset, frame) { object in
            let end = object.offset &+ Int64(object.size)
            range = range.map { (min($0.low, object.offset), max($0.high, end)) } ?? (object.offset, end)
        }
        return range
    }

    /// Where the next object above an offset begins.
    func next(above offset: Int64, _ frame: Frame) -> Int64? {
        var next = objects.first { $0.offset > offset }?.offset
        for (register, object) in relative {
            guard let base = frame.base(register), base &+ object.offset > offset else { continue }
            next = min(next ?? .max, base &+ object.offset)
        }
        return next
    }
}
