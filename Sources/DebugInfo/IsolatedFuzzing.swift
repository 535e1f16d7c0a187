import ProcessModel
import Unwinding

/// Entries for a fuzzer: bytes to both ends of the protocol of the isolated children. They must return.
package enum IsolatedFuzzing {
    private static let modules = 3

    /// What a child may answer.
    package static func reply(_ bytes: UnsafeRawBufferPointer) {
        // What it gives or throws is not looked at: a trap, a hang or a sanitizer's report is.
        _ = Result { () throws(DebugInfoError) in
            var reader = IsolatedReader(bytes)
            return try reader.reply(modules: modules)
        }
    }

    /// What a child is asked.
    package static func request(_ bytes: UnsafeRawBufferPointer) {
        _ = Result { () throws(DebugInfoError) in
            var reader = IsolatedReader(bytes)
            return try reader.request(modules: modules)
        }
    }

    /// One answer and one question of each kind.
    package static var seeds: [[UInt8]] {
        let expression = [ExpressionOperation(opcode: ExpressionOpcode.dereference, operand1: 1, operand2: 2)]
        let rule = UnwindRule(
            canonicalFrameAddress: .expression(expression), returnAddress: .offset(-8),
            registers: [3: .valueExpression(expression), 6: .register(3), 7: .valueOffset(0), 12: .sameValue],
            isSignalFrame: true)
        let simple = UnwindRule(canonicalFrameAddress: .register(7, offset: 8), returnAddress: .undefined)
        var frame = SourceFrame(function: "f", linkageName: "_Z1fv", file: "f.c", line: 7, column: 3, isInlined: true)
        frame.parameters = [Parameter(name: "size", location: "rdi", value: "0x10")]
        var registers = RegisterSet()
        registers[X86Register.rsp] = 0x7000
        registers[X86Register.returnAddress] = 0x1000
        let gaps = [
            Gap(.module("/lib/a.so"), operation: "open", reason: "it is gone", help: "Look."),
            Gap(.process, operation: "open", reason: "no"),
        ]
        let walk = LibunwindWalk(frames: [.init(pc: Address(1), stackPointer: Address(2))], status: 0)
        let answers: [IsolatedAnswers] = [
            .rules([nil, rule, simple]),
            .symbols([SymbolRecord(), SymbolRecord(module: 1, symbolOffset: 4, source: [frame])]),
            .dataSymbols(["g_lock+0x8", nil]), .callers([.outermost, nil, .caller(registers, isSignalFrame: false)]),
            .walks([nil, walk]),
            .variables([[], [FrameVariable(depth: 1, name: "ret", location: "[cfa-40]", size: 4, isSigned: true)]]),
        ]
        let run = IsolatedRun(module: 2, detail: .lines, addresses: [Address(1), Address(2)])
        let frames = [IsolatedFrame(frame: FrameRegisters(registers: registers, isReturnAddress: true), stack: [1, 2])]
        let requests: [IsolatedRequest] = [
            .rules([run]), .symbols([run]), .dataSymbols([run]), .callers(frames), .walks([registers]),
            .variables([run]),
        ]
        return answers.map { answer in
            var writer = IsolatedWriter()
            writer.reply(IsolatedReply(answers: answer, gaps: gaps))
            return writer.bytes
        }
            + requests.map { request in
                var writer = IsolatedWriter()
                writer.request(request)
                return writer.bytes
            }
    }
}
