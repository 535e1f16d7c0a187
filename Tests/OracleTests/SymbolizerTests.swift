import Foundation
import ProcessModel
import TestSupport
import Testing

/// Source positions and inlined functions of the program's own code equal those of llvm-symbolizer, for the compilers
/// that write no .debug_aranges, without which eu-stack shows neither, and for Swift, which gdb does not read.
@Suite(.serialized) struct SymbolizerTests {
    static let programs = OracleProgram.all.filter { ["clang", "swiftc", "rustc"].contains($0.compiler) }

    @Test(arguments: programs) func sourceEqualsThatOfLLVMSymbolizer(_ program: OracleProgram) throws {
        let running = try program.start()
        usleep(200_000)
        let snapshot = try DeadwaitTool.snapshot(.process(running.processIdentifier), options: ["--allow-eintr"])
        let own = try #require(snapshot.modules.firstIndex { $0.isExecutable })
        let module = snapshot.modules[own]
        let frames = snapshot.frames.filter { $0.module == own && $0.lookupAddress != nil }
        try #require(frames.count >= 5)
        let addresses = frames.compactMap { $0.lookupAddress.map { $0.rawValue - module.loadBias } }
        let answers = try LLVMSymbolizer.frames(at: addresses, in: try program.build().executable.path)
        var found: Set<StackDifference> = []
        for (index, answer) in answers.enumerated() {
            let ours = PeerStacks.peerFrames(frames[index]).map { frame in
                var frame = frame
                frame.pc = addresses[index]
                return frame
            }
            found.formUnion(
                StackComparison.differences(
                    ours: PeerStacks(threads: [0: ours]), theirs: PeerStacks(threads: [0: answer])))
        }
        let inlined = frames.filter { $0.source.count > 1 }
        #expect(!program.flags.contains("-O") || !inlined.isEmpty)
        Oracle.judge([.llvmSymbolizer: found], program: program.name)
    }
}
