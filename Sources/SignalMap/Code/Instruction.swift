import CCapstone

/// One machine instruction: what it does to registers and memory, and where control goes.
typealias Instruction = dwi_instruction

/// What instructions do, by the names of ccapstone.h.
enum Operation: UInt8 {
    case other, invalid, move, constant, address, load, store, storeConstant, addConstant, add, andConstant, combine
    case combineMemory, clobber, modify, exchange, exchangeMemory, compareExchange, fetchAdd, moveIf, loadIf, set
    case setMemory, push, pushConstant, pushMemory, pop, leave, compare, compareConstant, compareMemory, test
    case testConstant, testMemory, call, callRegister, callMemory, jump, jumpRegister, jumpMemory, jumpIf, `return`
    case trap, systemCall, fill, vectorLoad, vectorLoadHigh, vectorStore, vectorStoreHigh, vectorFrom, vectorTo
    case vectorMove, vectorInsert, vectorUnpackLow, vectorClobber
}

extension dwi_instruction {
    /// No register.
    static let none = UInt8(DWI_NONE)

    var does: Operation { Operation(rawValue: operation) ?? .other }
    /// Of the next instruction in memory.
    var next: UInt64 { address &+ UInt64(length) }
    /// Where a direct jump or call goes.
    var target: UInt64 { UInt64(bitPattern: immediate) }

    var isCall: Bool { does == .call || does == .callRegister || does == .callMemory }

    /// Control does not simply go on behind it.
    var endsBlock: Bool {
        switch does {
        case .jump, .jumpRegister, .jumpMemory, .jumpIf, .return, .trap, .invalid: true
        default: false
        }
    }

    /// A word at a fixed address, relative to the instruction pointer or absolute.
    var fixedAddress: UInt64? {
        base == Self.none && index == Self.none ? UInt64(bitPattern: displacement) : nil
    }
}

/// Decodes machine code. For one thread.
struct Decoder: ~Copyable {
    private let decoder: OpaquePointer

    init() throws(SignalMapError) {
        guard let decoder = dwi_open() else { throw .noDisassembler }
        self.decoder = decoder
    }

    deinit { dwi_close(decoder) }

    /// Appends the instructions of `bytes`, which lie at `address`; a byte that begins none is one `.invalid`.
    func decode(_ bytes: UnsafeRawBufferPointer, at address: UInt64, into instructions: inout [Instruction]) {
        var code = bytes.bindMemory(to: UInt8.self).baseAddress
        var count = bytes.count
        var address = address
        while count > 0 {
            // An instruction has four bytes and a half in compiled code.
            let room = count / 4 + 16
            let decoded = [Instruction](unsafeUninitializedCapacity: room) { buffer, written in
                written = dwi_decode(decoder, &code, &count, &address, buffer.baseAddress, room)
            }
            instructions += decoded
        }
    }
}
