/// The instruction set of the process under diagnosis.
public enum Architecture: Hashable, Codable, Sendable {
    case amd64
    /// Known to ELF, not to us: `machine` is the ELF header's e_machine, `is64Bit` its class.
    case unsupported(machine: UInt16, is64Bit: Bool)
}

/// DWARF register numbers of x86-64 (System V ABI AMD64 supplement, figure 3.36).
public enum X86Register {
    public static let rax = 0
    public static let rdx = 1
    public static let rcx = 2
    public static let rbx = 3
    public static let rsi = 4
    public static let rdi = 5
    public static let rbp = 6
    public static let rsp = 7
    public static let r8 = 8
    public static let r9 = 9
    public static let r10 = 10
    public static let r11 = 11
    public static let r12 = 12
    public static let r13 = 13
    public static let r14 = 14
    public static let r15 = 15
    /// The column that unwind tables call the return address: rip.
    public static let returnAddress = 16
    public static let count = 17
}

/// The general registers of one thread by DWARF number, with a mark for each that is known.
///
/// A capture that does not stop the thread knows only rsp and rip; what is not known is never zero.
public struct RegisterSet: Hashable, Sendable {
    private var values: InlineArray<17, UInt64> = .init(repeating: 0)
    /// Bit n says that register n is known.
    public private(set) var known: UInt32 = 0

    public init() {}

    /// The value of DWARF register `number`, nil when not known or out of 0...16. Setting nil forgets it.
    public subscript(number: Int) -> UInt64? {
        get {
            guard values.indices.contains(number), known & (1 << UInt32(number)) != 0 else { return nil }
            return values[number]
        }
        set {
            guard values.indices.contains(number) else { return }
            if let newValue {
                values[number] = newValue
                known |= 1 << UInt32(number)
            } else {
                values[number] = 0
                known &= ~(1 << UInt32(number))
            }
        }
    }

    public var stackPointer: Address? { self[X86Register.rsp].map { Address($0) } }
    public var programCounter: Address? { self[X86Register.returnAddress].map { Address($0) } }

    public static func == (left: RegisterSet, right: RegisterSet) -> Bool {
        left.known == right.known && left.values.indices.allSatisfy { left.values[$0] == right.values[$0] }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(known)
        for index in values.indices { hasher.combine(values[index]) }
    }
}

extension RegisterSet: Codable {
    /// The names that reports and saved snapshots use, by DWARF number.
    public static let names = [
        "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp",
        "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip",
    ]

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        let named = try decoder.container(keyedBy: Key.self)
        for (number, name) in Self.names.enumerated() {
            self[number] = try named.decodeIfPresent(Address.self, forKey: Key(name))?.rawValue
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var named = encoder.container(keyedBy: Key.self)
        for (number, name) in Self.names.enumerated() {
            try named.encodeIfPresent(self[number].map { Address($0) }, forKey: Key(name))
        }
    }
}
