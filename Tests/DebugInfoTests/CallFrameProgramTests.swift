import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing
import Unwinding

@testable import DebugInfo

/// A program of Fixtures/programs held still, and its core: what it looks like to us and to the peers.
final class WalkedCore {
    let directory: URL
    let image: ProcessImage
    let core: URL
    let executable: URL

    init(_ program: FixtureProgram, _ arguments: [String] = []) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-walk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let running = try program.start(arguments)
        core = try StoppedTarget.core(of: running.processIdentifier, in: directory)
        executable = program.executable
        image = try CoreFile(path: core.path).image()
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Each thread's stack, by its id. `modules` in place of the image's own; `registers` what is known of a thread's.
    func walk(
        modules: [Module]? = nil, callerFinder: (any CallerFinder)? = nil,
        registers: (RegisterSet) -> RegisterSet = { $0 }
    ) -> [Int32: WalkedStack] {
        let rules = CallFrameInformation(modules: modules ?? image.modules, memory: image.memory)
        let walker = StackWalker(
            rules: rules, memory: image.memory, mappings: image.mappings, callerFinder: callerFinder)
        let stacks = walker.walkAll(image.threads.map { registers($0.thread.registers) })
        return Dictionary(uniqueKeysWithValues: zip(image.threads.map(\.thread.id.rawValue), stacks))
    }

    /// The pcs of physical frames as eu-stack sees them.
    func euStackPCs() throws -> [Int32: [UInt64]] {
        let stacks = try PeerStacks.euStack(.core(path: core.path, executable: executable.path))
        return stacks.threads.mapValues(Self.physicalPCs)
    }

    /// An inlined function shows the same pc as the physical one it is in.
    static func physicalPCs(_ frames: [PeerFrame]) -> [UInt64] {
        frames.filter { $0.kind == .physical || $0.kind == .signal }.map(\.pc)
            .reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
}

@Suite(.serialized) struct CallFrameProgramTests {
    static let variants: [(sources: [String], compiler: String, flags: [String])] = [
        (["frames.c"], "gcc", ["-g", "-O2", "-pthread"]),
        (["frames.c"], "gcc", ["-g", "-O0", "-pthread"]),
        (["frames.c"], "gcc", ["-O2", "-fno-omit-frame-pointer", "-pthread"]),
        (["frames.c"], "gcc", ["-O2", "-s", "-pthread"]),
        (["frames.c"], "gcc", ["-O2", "-static", "-pthread"]),
        (["frames.c"], "gcc", ["-O2", "-no-pie", "-pthread", "-Wl,--no-eh-frame-hdr"]),
        (["frames.c"], "gcc", ["-g", "-O2", "-fno-asynchronous-unwind-tables", "-fno-exceptions", "-pthread"]),
        (["frames.c"], "clang", ["-g", "-O2", "-pthread"]),
        (["frames_cpp.cpp"], "g++", ["-g", "-O2", "-pthread"]),
        (["frames_rust.rs"], "rustc", ["-g", "-O"]),
        (["frames_swift.swift"], "swiftc", ["-g", "-O"]),
    ]

    @Test(arguments: variants.indices) func findsTheFramesThatEuStackAndLibunwindFind(index: Int) throws {
        let variant = Self.variants[index]
        let program = try FixtureProgram(variant.sources, compiler: variant.compiler, flags: variant.flags)
        let walked = try WalkedCore(program)
        let peers = try walked.euStackPCs()
        let stacks = walked.walk()
        #expect(Set(stacks.keys) == Set(peers.keys))
        let libunwind = LibunwindUnwinder(modules: walked.image.modules, memory: walked.image.memory)
        for thread in walked.image.threads.map(\.thread) {
            let stack = try #require(stacks[thread.id.rawValue])
            #expect(stack.frames.map(\.pc.rawValue) == peers[thread.id.rawValue], "\(variant), thread \(thread.id)")
            #expect(stack.end == .complete)
            #expect(stack.frames.dropFirst().allSatisfy { $0.trust == .cfi })
            let differences = libunwind.verify(thread.registers, against: stack)
            #expect(differences.isEmpty, "\(variant), thread \(thread.id)")
        }
    }

    /// What a capture without stop knows: rsp and rip.
    static func withoutStop(_ registers: RegisterSet) -> RegisterSet {
        var known = RegisterSet()
        known[X86Register.rsp] = registers[X86Register.rsp]
        known[X86Register.returnAddress] = registers[X86Register.returnAddress]
        return known
    }

    @Test(arguments: [["-g", "-O2", "-pthread"], ["-g", "-O0", "-pthread"]])
    func withoutTheOtherRegistersAWalkIsWholeOrSaysWhatItMisses(flags: [String]) throws {
        let walked = try WalkedCore(try FixtureProgram(["frames.c"], flags: flags))
        let whole = walked.walk()
        let reduced = walked.walk(registers: Self.withoutStop)
        var missing: Set<Int> = []
        for (thread, stack) in reduced {
            let full = try #require(whole[thread])
            #expect(stack.frames == Array(full.frames.prefix(stack.frames.count)))
            if let register = stack.missingRegister { missing.insert(register) } else { #expect(stack == full) }
        }
        if flags.contains("-O0") { #expect(missing == [X86Register.rbp]) }
    }

    @Test func withoutTablesItFollowsFramePointersAsEuStackDoes() throws {
        let flags = [
            "-O2", "-fno-omit-frame-pointer", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-pthread",
        ]
        let walked = try WalkedCore(try FixtureProgram(["frames.c"], flags: flags))
        let peers = try walked.euStackPCs()
        var guesses = 0
        for (thread, stack) in walked.walk() {
            #expect(stack.frames.map(\.pc.rawValue) == peers[thread], "\(thread): \(stack)")
            guesses += stack.frames.count { $0.trust == .framePointer }
        }
        #expect(guesses > 10)
    }

    @Test func libunwindGoesOnWhereAFileIsGone() throws {
        let walked = try WalkedCore(try FixtureProgram(["frames.c"], flags: ["-O2", "-pthread"]))
        let modules = walked.image.modules.map { module in
            var module = module
            if module.isExecutable { module.content = .unavailable(reason: "it was deleted") }
            return module
        }
        let libunwind = LibunwindUnwinder(modules: modules, memory: walked.image.memory)
        let whole = walked.walk()
        let stacks = walked.walk(modules: modules, callerFinder: libunwind)
        for (thread, stack) in stacks {
            let full = try #require(whole[thread])
            #expect(stack.frames.map(\.pc) == full.frames.map(\.pc))
            #expect(stack.frames.map(\.stackPointer) == full.frames.map(\.stackPointer))
            #expect(stack.end == full.end)
        }
        #expect(stacks.values.joinedTrusts == [.context, .cfi, .libunwind])
        #expect(walked.walk(modules: modules).values.joinedTrusts != stacks.values.joinedTrusts)
    }
}

extension Collection<WalkedStack> {
    var joinedTrusts: Set<Trust> { Set(flatMap { $0.frames.map(\.trust) }) }
}
