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

    /// Each thread's stack, by its id.
    func walk(callerFinder: (any CallerFinder)? = nil) -> [Int32: WalkedStack] {
        let rules = CallFrameInformation(modules: image.modules, memory: image.memory)
        let walker = StackWalker(
            rules: rules, memory: image.memory, mappings: image.mappings, callerFinder: callerFinder)
        let stacks = walker.walkAll(image.threads.map(\.thread.registers))
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
}
