import DebugInfo
import Unwinding

extension FuzzEntry {
    static let expression = FuzzEntry(
        name: "expression", summary: "A DWARF expression of call frame information.",
        seeds: {
            // lit1, bra to 3, dup, skip to 4, rsp+8, deref: opcode and two operands each.
            let operations: [(UInt8, UInt64)] = [(0x31, 0), (0x28, 3), (0x12, 0), (0x2f, 4), (0x77, 8), (0x06, 0)]
            return [operations.flatMap { [$0.0] + SeedCore.little($0.1) + SeedCore.little(UInt64(0)) }]
        }, parse: { UnwindingFuzzing.expression($0) })

    static let walk = FuzzEntry(
        name: "walk", summary: "Rules, stack and code of a thread, all from the same bytes.",
        seeds: { [(0..<512).map { UInt8(truncatingIfNeeded: $0 &* 37) }, (0..<4096).map { UInt8($0 % 251) }] },
        parse: { UnwindingFuzzing.walk($0) })

    static let isolatedReply = FuzzEntry(
        name: "isolated-reply", summary: "What an isolated child may answer.", seeds: { IsolatedFuzzing.seeds },
        parse: { IsolatedFuzzing.reply($0) })

    static let isolatedRequest = FuzzEntry(
        name: "isolated-request", summary: "What an isolated child is asked.", seeds: { IsolatedFuzzing.seeds },
        parse: { IsolatedFuzzing.request($0) })
}
