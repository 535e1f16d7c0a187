import ProcessModel
import Testing

@Suite struct AddressTests {
    @Test func parsesOnlyWhatItPrints() {
        #expect(Address("0x7f00") == Address(0x7f00))
        #expect(Address(Address(UInt64.max).description) == Address(UInt64.max))
        for text in ["", "0x", "7f00", "0xg", "0x10000000000000000", "-0x1"] {
            #expect(Address(text) == nil, "\(text)")
        }
    }

    @Test func unknownRegistersAreNilAndNeverZero() {
        var registers = RegisterSet()
        #expect(registers[X86Register.rsp] == nil)
        registers[X86Register.rsp] = 0
        #expect(registers[X86Register.rsp] == 0)
        registers[X86Register.rsp] = nil
        #expect(registers == RegisterSet())
        #expect(registers[17] == nil && registers[-1] == nil)
    }
}
