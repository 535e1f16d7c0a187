import ProcessModel

/// What debug information says of one binary's code and data, for those who interpret the code.
struct BinaryTypes {
    struct Function {
        var prototype: TypeID
        /// Of the values in rdi, rsi, rdx, rcx, r8, r9 at entry, as far as parameters are passed there (psABI AMD64,
        /// section 3.2.3); unknown for a part of a structure that is more than one member.
        var registers: [TypeID]
        var result: TypeID
        /// A structure is returned in memory: the first register holds where.
        var returnsInMemory: Bool
        /// As linkers know it; the plain name where the debug information has no other; empty without either.
        var name = ""
    }

    struct Global {
        var address: UInt64
        var type: TypeID
        /// With the namespaces, classes and functions around it.
        var name: String
    }

    /// Where a variable that is a pointer, a structure or an array lives while the instruction pointer is in a range.
    struct Place: Hashable {
        enum Location: Hashable {
            /// In a register, as instructions number them.
            case register(UInt8)
            /// On the stack, bytes from its pointer at entry, before the return address was passed over: the return
            /// address itself is at 0, the canonical frame address at 8.
            case stack(Int64)
            /// At a register plus bytes.
            case base(UInt8, Int64)
        }

        enum Kind: UInt8 {
            case register, stack, base
        }

        /// Addresses of code; `low` is inside.
        var low: UInt64
        private var length: UInt32
        private var displacement: Int32
        var type: TypeID
        private var kind: Kind
        private var register: UInt8

        init(low: UInt64, length: UInt32, kind: Kind, register: UInt8, displacement: Int32, type: TypeID) {
            self.low = low
            self.length = length
            self.displacement = displacement
            self.type = type
            self.kind = kind
            self.register = register
        }

        init(low: UInt64, high: UInt64, location: Location, type: TypeID) {
            let length = UInt32(clamping: high > low ? high - low : 0)
            switch location {
            case .register(let number):
                self.init(low: low, length: length, kind: .register, register: number, displacement: 0, type: type)
            case .stack(let bytes):
                self.init(
                    low: low, length: length, kind: .stack, register: 0, displacement: Int32(clamping: bytes),
                    type: type)
            case .base(let number, let bytes):
                self.init(
                    low: low, length: length, kind: .base, register: number, displacement: Int32(clamping: bytes),
                    type: type)
            }
        }

        var high: UInt64 { low &+ UInt64(length) }

        var location: Location {
            switch kind {
            case .register: .register(register)
            case .stack: .stack(Int64(displacement))
            case .base: .base(register, Int64(displacement))
            }
        }
    }

    var table = TypeTable()
    /// By entry address.
    var functions: [UInt64: Function] = [:]
    /// By address, static variables too.
    var globals: [Global] = []
    /// By offset in the thread's block of this module.
    var threadLocals: [Global] = []
    /// By the entry address of the function, all that hold in it, those of inlined functions too.
    var places: [UInt64: [Place]] = [:]
    var gaps: [Gap] = []
    /// Entries of debug information that were read.
    var entryCount = 0

    /// No debug information.
    init() {}
}

extension BinaryTypes {
    /// The global variable that an address lies in, with the offset into it.
    func global(holding address: UInt64) -> (global: Global, offset: UInt64)? {
        let low = globals.partition { $0.address <= address }
        guard low > 0 else { return nil }
        let global = globals[low - 1]
        let offset = address - global.address
        return offset < max(table.size(of: global.type), 1) ? (global, offset) : nil
    }
}
