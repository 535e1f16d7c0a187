import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// The pairs of objects.c, from two compilers, with debug information, with symbols and without.
@Suite struct ObjectMatchingTests {
    struct Build: CustomTestStringConvertible, Sendable {
        var compiler: String
        var flags: [String]
        var testDescription: String { ([compiler] + flags).joined(separator: " ") }
        var isTyped: Bool { flags.contains("-g") }
    }

    static let builds: [Build] = ["gcc", "clang"].flatMap { compiler in
        [["-O0", "-g"], ["-O1", "-g"], ["-O2", "-g"], ["-O3", "-g"], ["-O0"], ["-O2"], ["-O2", "-s"]].map {
            Build(compiler: compiler, flags: $0)
        }
    }

    /// A waiter, a poster of the same object.
    static let same = [
        ("wait_global", "post_global"), ("wait_member", "post_member"), ("wait_pointer", "post_pointer"),
        ("wait_copied", "post_copied"), ("wait_array", "post_array"), ("wait_inner_array", "post_inner_array"),
        ("wait_container", "post_container"), ("wait_listed", "post_listed"), ("wait_list", "post_list"),
        ("wait_thread", "post_thread"), ("wait_union", "post_union"), ("wait_inner", "post_inner"),
        ("wait_handed", "post_by_value"), ("wait_handed", "post_by_structure"), ("wait_handed", "post_by_arguments"),
        ("wait_first", "post_first"), ("wait_prefix", "post_prefix"), ("wait_handed", "post_anything"),
        ("wait_bytes", "post_bytes"), ("wait_pointer", "post_accessor"),
    ]

    /// A waiter, a poster of another object.
    static let other = [
        ("wait_global", "other_global"), ("wait_member", "other_member"), ("wait_pointer", "other_pointer"),
        ("wait_array", "other_array"), ("wait_inner_array", "other_inner_array"), ("wait_thread", "other_thread"),
        ("wait_inner", "other_inner"), ("wait_handed", "other_handed"), ("wait_global", "post_member"),
        ("wait_pointer", "post_global"), ("wait_member", "post_pointer"),
    ]

    @Test(arguments: builds) func whatIsOneObjectIsNeverTwo(_ build: Build) throws {
        let program = try AnalysedProgram("objects.c", build.compiler, build.flags)
        for (waiter, poster) in Self.same {
            let level = try program.match(waiter, poster)
            #expect(
                level != .no,
                "\(waiter) \(poster): \(program.describe(waiter, .wait)); \(program.describe(poster, .signal))")
        }
    }

    @Test(arguments: builds.filter(\.isTyped)) func whatIsAnotherObjectIsToldApart(_ build: Build) throws {
        let program = try AnalysedProgram("objects.c", build.compiler, build.flags)
        for (waiter, poster) in Self.other {
            let level = try program.match(waiter, poster)
            #expect(
                level == .no,
                "\(waiter) \(poster): \(program.describe(waiter, .wait)); \(program.describe(poster, .signal))")
        }
    }

    @Test(arguments: builds.filter(\.isTyped)) func objectsAreKnownByTheirMembers(_ build: Build) throws {
        let program = try AnalysedProgram("objects.c", build.compiler, build.flags)
        let levels: [(String, String, Match.Level)] = [
            ("wait_global", "post_global", .global), ("wait_member", "post_member", .type),
            ("wait_pointer", "post_pointer", .field), ("wait_array", "post_array", .may),
            ("wait_list", "post_list", .type), ("wait_handed", "other_handed", .no),
        ]
        for (waiter, poster, level) in levels {
            let found = try program.match(waiter, poster)
            #expect(
                found >= level,
                "\(waiter) \(poster): \(program.describe(waiter, .wait)); \(program.describe(poster, .signal))")
        }
    }
}
