import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// What the tables say of the arguments of Swift's functions, held against the calls that the compiler makes.
@Suite struct PrimitivesSwiftTests {
    struct Call {
        var name: String
        /// What counts as an argument: no self, no frame, no error, no place of a result, no floating point.
        var arguments: [Substring] = []
        var hasSelf = false
    }

    /// Calls in the compiler's intermediate code: `call swiftcc void @"name"(ptr %1, ptr swiftself %2)`.
    private func calls(_ source: String, _ flags: [String]) throws -> [Call] {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).ll")
        defer { try? FileManager.default.removeItem(at: output) }
        let path = FixtureProgram.sources.appendingPathComponent("primitives/" + source).path
        let (status, messages) = try run(["swiftc", "-emit-ir", path, "-o", output.path] + flags)
        try #require(status == 0, "\(messages)")
        return try String(contentsOf: output, encoding: .utf8).split(separator: "\n").compactMap(Self.call)
    }

    private static func call(_ line: Substring) -> Call? {
        guard line.contains("call "), let at = line.firstIndex(of: "@") else { return nil }
        let rest = line[line.index(after: at)...]
        guard let open = rest.firstIndex(of: "(") else { return nil }
        var call = Call(name: rest[..<open].filter { $0 != "\"" })
        var depth = 0
        var start = rest.index(after: open)
        for index in rest[start...].indices {
            switch rest[index] {
            case "(", "{", "[": depth += 1
            case ")" where depth == 0, "," where depth == 0:
                add(rest[start..<index], to: &call)
                start = rest.index(after: index)
                if rest[index] == ")" { return call }
            case ")", "}", "]": depth -= 1
            default: break
            }
        }
        return nil
    }

    private static func add(_ text: Substring, to call: inout Call) {
        let words = text.split(separator: " ")
        guard let type = words.first, !["double", "float"].contains(type) else { return }
        if words.contains("swiftself") { call.hasSelf = true }
        let isOther = words.contains { $0 == "swiftself" || $0 == "swiftasync" || $0 == "swifterror" }
        if isOther || text.contains("sret(") { return }
        call.arguments.append(words.last ?? "")
    }

    @Test(arguments: [
        ("tasks.swift", ["-parse-as-library", "-Onone"]), ("tasks.swift", ["-parse-as-library", "-O"]),
        ("dispatch.swift", ["-Onone"]), ("dispatch.swift", ["-O"]), ("foundation.swift", ["-Onone"]),
        ("foundation.swift", ["-O"]),
    ]) func argumentsAreWhereTheCompilerPutsThem(_ source: String, _ flags: [String]) throws {
        var checked = 0
        for call in try calls(source, flags) {
            guard let known = KnownFunctions.named(call.name) else { continue }
            func check(_ operand: Operand?) {
                switch operand {
                case .argument(let index), .pointee(let index, _):
                    #expect(index < call.arguments.count, "\(call.name)")
                case .swiftSelf, .swiftSelfPointee: #expect(call.hasSelf, "\(call.name)")
                default: return
                }
                checked += 1
            }
            check(known.primitive?.object)
            check(known.primitive?.secondObject)
            check(known.primitive?.timeout?.operand)
            let targets = known.callbacks.map(\.routine.target) + [known.primitive?.routine?.target].compactMap { $0 }
            for target in targets {
                switch target {
                case .swiftClosure(let function, let context), .swiftAsync(let function, let context):
                    check(function)
                    check(context)
                    // Where the compiler names the function there, it is one; an async one by the pointer to it.
                    guard case .argument(let index) = function, index < call.arguments.count,
                        call.arguments[index].hasPrefix("@")
                    else { continue }
                    let name = call.arguments[index].filter { $0 != "\"" }
                    if case .swiftAsync = target { #expect(name.hasSuffix("Tu"), "\(call.name): \(name)") }
                    #expect(!name.hasSuffix("N"), "\(call.name): \(name)")
                case .function(let operand), .block(let operand): check(operand)
                default: break
                }
            }
        }
        #expect(checked > 10)
    }
}

extension PrimitivesSwiftTests {
    /// Programs call these through the class's metadata: that is where the names have to be found.
    @Test(arguments: [
        ("Foundation", ["$s10Foundation11NSConditionC4waityyF", "$s10Foundation11NSConditionC6signalyyF"]),
        ("Foundation", ["$s10Foundation6NSLockC4lockyyF", "$s10Foundation6ThreadC5startyyF"]),
        ("Dispatch", ["$s8Dispatch0A5GroupC5leaveyyF", "$s8Dispatch0A8WorkItemC4waityyF"]),
    ]) func methodsStandInTheirClassesMetadata(_ library: String, _ names: [String]) throws {
        let file = library == "Dispatch" ? "/libswiftDispatch.so" : "/lib\(library).so"
        let binary = try BinaryFile(path: PrimitivesExportTests.swiftLibraries + file)
        let values = Set(binary.pointers.values)
        for name in names {
            let primitive = try #require(Primitives.named(name))
            #expect(primitive.object == .swiftSelf)
            let address = try #require(binary.exports[name])
            #expect(values.contains(.local(address)) || values.contains(.symbol(name, 0)), "\(name)")
        }
    }

    @Test func whatEndsWithoutASignalIsTold() throws {
        for name in ["swift_task_future_wait", "dispatch_group_wait", "poll", "waitpid", "nanosleep", "msgrcv"] {
            #expect(try #require(Primitives.named(name)).isReleasedElsewhere, "\(name)")
        }
        for name in ["pthread_cond_wait", "sem_wait", "swift_continuation_await", "g_async_queue_pop", "pthread_join"] {
            #expect(try !#require(Primitives.named(name)).isReleasedElsewhere, "\(name)")
        }
    }
}
