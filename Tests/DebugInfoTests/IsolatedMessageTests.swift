import ProcessModel
import TestSupport
import Testing
import Unwinding

@testable import DebugInfo

/// The messages between this process and its isolated children, whole and damaged.
@Suite struct IsolatedMessageTests {
    /// Bytes by hand: an answer with one rule, CFA = rsp + 8, return address at CFA - 8, rbx kept, .cfi, no gaps.
    static let ruleReply: [UInt8] =
        [1, 1, 0, 0, 0, 1] + [0, 7, 8, 0, 0, 0, 0, 0, 0, 0] + [2, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
        + [1, 0, 0, 0, 3, 1] + [0] + [3, 0, 0, 0, 0x63, 0x66, 0x69] + [0]

    func decode(_ bytes: [UInt8]) throws(DebugInfoError) -> IsolatedReply {
        try IsolatedExchange.decode(bytes, modules: 3)
    }

    @Test func readsWhatIsLaidOutByHand() throws {
        let rule = UnwindRule(
            canonicalFrameAddress: .register(7, offset: 8), returnAddress: .offset(-8), registers: [3: .sameValue])
        #expect(try decode(Self.ruleReply) == IsolatedReply(answers: .rules([rule]), gaps: nil))
    }

    @Test func everyKindComesBackAsItWasWritten() throws {
        for bytes in IsolatedFuzzing.seeds.prefix(6) {
            let reply = try decode(bytes)
            var writer = IsolatedWriter()
            writer.reply(reply)
            #expect(writer.bytes == bytes)
            #expect(reply.answers.count > 0)
            #expect(reply.gaps?.count == 2)
        }
        for bytes in IsolatedFuzzing.seeds.dropFirst(6) {
            let request = try bytes.withUnsafeBytes { buffer in
                var reader = IsolatedReader(buffer)
                return try reader.request(modules: 3)
            }
            var writer = IsolatedWriter()
            writer.request(request)
            #expect(writer.bytes == bytes)
        }
    }

    @Test func whatIsCutShortOrTooLongIsRefused() {
        for bytes in IsolatedFuzzing.seeds.prefix(6) + [Self.ruleReply] {
            for count in 0..<bytes.count { #expect(throws: DebugInfoError.self) { try decode(Array(bytes[..<count])) } }
            #expect(throws: DebugInfoError.self) { try decode(bytes + [0]) }
        }
    }

    @Test func countsThatCannotBeAreRefusedBeforeAnythingIsAllocated() {
        for code in UInt8(1)...6 {
            #expect(throws: DebugInfoError.self) { try decode([code, 0xff, 0xff, 0xff, 0xff]) }
            #expect(throws: DebugInfoError.self) { try decode([code, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0, 0]) }
        }
    }

    @Test func damagedBytesGiveAnErrorOrAnotherAnswerAndNeverATrap() {
        var generator = SplitMix(seed: 7)
        for bytes in IsolatedFuzzing.seeds {
            for index in bytes.indices {
                for value in [UInt8(0), 1, 2, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &generator)] {
                    var damaged = bytes
                    damaged[index] = value
                    _ = Result { try decode(damaged) }
                    damaged.withUnsafeBytes { IsolatedFuzzing.request($0) }
                }
            }
        }
    }

    @Test func modulesRegistersAndEnumerationsAreChecked() throws {
        // A symbol record of module 3 of 3.
        #expect(throws: DebugInfoError.message(problem: "there is no module 3")) {
            try decode([2, 1, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        }
        #expect(try decode([2, 1, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]).answers.count == 1)
        for (index, value) in [(7, UInt8(17)), (6, 2), (16, 7), (29, 17), (30, 7), (31, 2), (36, 0x78), (0, 0), (0, 6)]
        {
            var damaged = Self.ruleReply
            damaged[index] = value
            #expect(throws: DebugInfoError.self, "byte \(index)") { try decode(damaged) }
        }
    }
}
