import CCapstone

/// A conditional jump that a parameter of the function alone decides, by being equal to a constant or having some of
/// its bits.
struct ParameterBranch {
    /// One that a register passes.
    var parameter: Int
    var isMask: Bool
    /// Bytes compared.
    var width: UInt8
    var constant: Int64
    /// Taken when both are equal, or of a mask when no bit is common; else otherwise.
    var isTakenWhenZero: Bool
    /// Of the jump.
    var address: UInt64
    /// Blocks of the function, where control goes when it jumps and when it does not; nil: to another function.
    var taken: Int?
    var other: Int?

    /// The jump that a test ends its block with, where it is such a one. Other conditions than equality would have to
    /// know which side of the comparison was subtracted.
    init?(_ test: CodeFacts.Test, _ paths: PathTable, _ flow: ControlFlow, _ map: CodeMap) {
        let left = paths[test.left]
        let right = paths[test.right]
        guard left.kind == .parameter, left.value >= 0, left.value < Int64(Interpreter.argumentRegisters.count),
            right.kind == .number, [1, 2, 4, 8].contains(test.width),
            test.condition == UInt8(DWI_EQUAL) || test.condition == UInt8(DWI_NOT_EQUAL),
            flow.blocks.indices.contains(Int(test.block)), let last = flow.blocks[Int(test.block)].instructions.last,
            map.instructions[last].address == test.address, map.instructions[last].does == .jumpIf
        else { return nil }
        parameter = Int(left.value)
        isMask = test.isMask
        width = test.width
        constant = right.value
        isTakenWhenZero = test.condition == UInt8(DWI_EQUAL)
        address = test.address
        taken = test.taken.map { Int($0) }
        other = flow.blocks[Int(test.block)].successors.first {
            map.instructions[flow.blocks[$0].instructions.lowerBound].address == map.instructions[last].next
        }
    }

    /// Whether control jumps when the parameter is `value`; nil where that hangs on how much of it is looked at.
    func isTaken(_ value: Int64) -> Bool? {
        var answer: Bool?
        for form in Self.forms(of: value) {
            let isZero = truncated(isMask ? form & constant : form &- constant) == 0
            if let answer, answer != (isZero == isTakenWhenZero) { return nil }
            answer = isZero == isTakenWhenZero
        }
        return answer
    }

    private func truncated(_ value: Int64) -> Int64 {
        width >= 8 ? value : value & (1 << (Int64(width) * 8) - 1)
    }

    /// A path names a value also where code went on with its lower bytes only.
    static func forms(of value: Int64) -> [Int64] {
        [
            value, Int64(UInt32(truncatingIfNeeded: value)), Int64(Int32(truncatingIfNeeded: value)),
            Int64(UInt16(truncatingIfNeeded: value)), Int64(Int16(truncatingIfNeeded: value)),
            Int64(UInt8(truncatingIfNeeded: value)), Int64(Int8(truncatingIfNeeded: value)),
        ]
    }

    /// The same however many bytes of it are looked at.
    static func isSmall(_ value: Int64) -> Bool { value >= 0 && value < 128 }
}
