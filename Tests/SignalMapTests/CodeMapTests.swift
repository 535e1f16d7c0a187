import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Code against what objdump makes of the same file.
@Suite struct CodeMapTests {
    @Test func instructionsAndCallsAreThoseOfObjdump() throws {
        let path = "/usr/lib/x86_64-linux-gnu/libwiredtiger.so"
        let map = try CodeMap(BinaryFile(path: path))
        var theirs: Set<UInt64> = []
        var theirCalls: Set<UInt64> = []
        for line in try run(["objdump", "-d", "--no-show-raw-insn", "-w", path]).output.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":"),
                let address = UInt64(line[..<colon].drop { $0 == " " }, radix: 16)
            else { continue }
            theirs.insert(address)
            let words = line[line.index(after: colon)...].split { $0 == " " || $0 == "\t" }
            if words.first == "call", words.count > 1, let target = UInt64(words[1], radix: 16) {
                theirCalls.insert(target)
            }
        }
        let ours = Set(map.instructions.map(\.address))
        #expect(theirs.count > 300_000)
        #expect(theirs.subtracting(ours) == [])
        #expect(theirCalls == map.callTargets)
    }

    @Test func nearlyAllCodeOfAnEngineIsReached() throws {
        let map = try CodeMap(BinaryFile(path: "/usr/lib/x86_64-linux-gnu/libwiredtiger.so"))
        let code = BinaryCode(map)
        var guessed = 0
        var lost = 0
        var blocks = 0
        for flow in code.flows {
            blocks += flow.blocks.count
            guessed += flow.hasGuessedEdges ? 1 : 0
            lost += flow.blocks.count { !$0.isReachable && !flow.isPadding($0, map) }
        }
        #expect(blocks > 50_000)
        #expect(guessed < 8)
        #expect(lost * 200 < blocks)
        #expect(!code.returning.canReturn.allSatisfy { $0 })
    }

    /// Where neither unwind tables nor symbols divide code, calls and taken addresses do.
    @Test(arguments: ["-O0", "-O2"]) func functionsWithoutAnyTableAreTold(optimization: String) throws {
        let flags = [optimization, "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"]
        let program = try FixtureProgram(["plain_code.c"], compiler: "gcc", flags: flags).executable.path
        let stripped = try FixtureProgram(["plain_code.c"], compiler: "gcc", flags: flags + ["-s"]).executable.path
        var addresses: [UInt64] = []
        for line in try run(["nm", program]).output.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3, ["twice", "square", "handed", "main"].contains(words[2]) {
                addresses.append(try #require(UInt64(words[0], radix: 16)))
            }
        }
        #expect(addresses.count == 4)
        let map = try CodeMap(BinaryFile(path: stripped))
        for address in addresses {
            let function = try #require(map.function(holding: address))
            #expect(map.start(of: function) == address)
        }
    }
}
