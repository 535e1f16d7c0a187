import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// What the tables say of arguments, held against the prototypes in the headers of libc, as gcc reads them.
@Suite struct PrimitivesPrototypeTests {
    struct Prototype: Sendable {
        var name: String
        var parameters: [String]
        var isVariadic: Bool
        var result: String
    }

    /// By name. gcc -aux-info writes a line for each declaration: `/* file:line:NC */ extern int f (char *, int);`
    static let prototypes: [String: Prototype] = {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("prototypes-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let source = FixtureProgram.sources.appendingPathComponent("primitives/headers.c").path
        _ = try? run(["gcc", "-fsyntax-only", "-w", "-aux-info", output.path, source])
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        var all: [String: Prototype] = [:]
        for line in text.split(separator: "\n") {
            guard line.hasPrefix("/* /usr/include"), let start = line.range(of: "*/ extern "),
                let open = line.range(of: " ("), line.hasSuffix(");")
            else { continue }
            let before = line[start.upperBound..<open.lowerBound]
            guard let name = before.split(whereSeparator: { $0 == " " || $0 == "*" }).last else { continue }
            var parameters = split(line[open.upperBound...].dropLast(2))
            let isVariadic = parameters.last == "..."
            if isVariadic { parameters.removeLast() }
            if parameters == ["void"] { parameters = [] }
            all[String(name)] = Prototype(
                name: String(name), parameters: parameters, isVariadic: isVariadic,
                result: String(before.dropLast(name.count)))
        }
        return all
    }()

    /// Parts between commas that stand in no parentheses.
    private static func split(_ text: Substring) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(part)
                part = ""
            } else if character != " " || !part.isEmpty {
                part.append(character)
            }
        }
        return part.isEmpty ? parts : parts + [part]
    }

    /// Types of libc that are functions or pointers to them.
    private static let functionTypes = [
        "(*)", "__compar_fn_t", "__compar_d_fn_t", "__action_fn_t", "__action_closure_fn_t", "__free_fn_t",
        "__ftw_func_t", "__nftw_func_t", "__ftw64_func_t", "__nftw64_func_t", "__sighandler_t", "thrd_start_t",
        "tss_dtor_t", "printf_function", "printf_arginfo",
    ]

    private static func isFunction(_ type: String) -> Bool { functionTypes.contains { type.contains($0) } }

    private static func callees(_ known: KnownFunction) -> [Routine.Target] {
        known.callbacks.map(\.routine.target) + [known.primitive?.routine?.target].compactMap { $0 }
    }

    @Test func everyFunctionThatIsPassedOneIsKnownToCallIt() throws {
        let exports = try PrimitivesExportTests.exports(of: "/lib/x86_64-linux-gnu/libc.so.6")
        var checked = 0
        for prototype in Self.prototypes.values where exports.contains(prototype.name) {
            for (index, type) in prototype.parameters.enumerated() where Self.isFunction(type) {
                guard let known = KnownFunctions.named(prototype.name) else {
                    Issue.record("\(prototype.name)")
                    continue
                }
                #expect(
                    Self.callees(known).contains(.function(.argument(index))), "\(prototype.name), argument \(index)")
                checked += 1
            }
            // Notices and handlers that stand in structures.
            for (index, type) in prototype.parameters.enumerated() {
                guard type.contains("struct sigevent") || type.contains("const struct sigaction") else { continue }
                guard let known = KnownFunctions.named(prototype.name) else {
                    Issue.record("\(prototype.name)")
                    continue
                }
                let isNamed = Self.callees(known).contains { target in
                    if case .function(.pointee(index, _)) = target { true } else { false }
                }
                #expect(isNamed, "\(prototype.name), argument \(index)")
                checked += 1
            }
        }
        #expect(checked > 40)
    }

    @Test func noOtherArgumentIsTakenForAFunction() {
        for (name, known) in KnownFunctions.table.entries {
            guard let prototype = Self.prototypes[name] else { continue }
            for target in Self.callees(known) {
                guard case .function(.argument(let index)) = target else { continue }
                // Past the declared ones stands what is passed by value in memory.
                guard index < prototype.parameters.count else {
                    #expect(name == "fopencookie", "\(name), argument \(index)")
                    continue
                }
                #expect(Self.isFunction(prototype.parameters[index]), "\(name), argument \(index)")
            }
        }
    }

    /// What stands for each kind of object in a prototype.
    private static let types: [Primitive.Kind: [String]] = [
        .condition: ["pthread_cond_t *", "cnd_t *"], .mutex: ["pthread_mutex_t *", "mtx_t *"], .streamLock: ["FILE *"],
        .readLock: ["pthread_rwlock_t *"], .writeLock: ["pthread_rwlock_t *"],
        .spinlock: ["pthread_spinlock_t *"], .semaphore: ["sem_t *"], .barrier: ["pthread_barrier_t *"],
        .once: ["pthread_once_t *", "once_flag *"], .thread: ["pthread_t", "thrd_t"],
        .messageQueue: ["mqd_t", "int"], .timer: ["timer_t"],
        .fileDescriptor: ["int", "__fd", "eventfd_t"], .fileLock: ["int"], .semaphoreSet: ["int"],
    ]

    @Test func objectsLocksAndLimitsAreWhereThePrototypesHaveThem() {
        var checked = 0
        for (name, known) in KnownFunctions.table.entries {
            guard let prototype = Self.prototypes[name], let primitive = known.primitive else { continue }
            func type(_ operand: Operand?) -> String? {
                switch operand {
                case .argument(let index), .pointee(let index, _):
                    index < prototype.parameters.count ? prototype.parameters[index] : "nothing"
                default: nil
                }
            }
            if let object = type(primitive.object), let expected = Self.types[primitive.kind] {
                #expect(expected.contains { object.contains($0) }, "\(name): \(object)")
                checked += 1
            }
            if let lock = type(primitive.lock) {
                #expect(lock.contains("pthread_mutex_t *") || lock.contains("mtx_t *"), "\(name): \(lock)")
                checked += 1
            }
            if let limit = type(primitive.timeout?.operand) {
                let kinds = ["timespec", "timeval", "int", "__useconds_t"]
                #expect(kinds.contains { limit.contains($0) }, "\(name): \(limit)")
                checked += 1
            }
            if primitive.timeout == nil {
                #expect(
                    !prototype.parameters.contains { $0.contains("const struct timespec *") }
                        || ["timer_settime", "mq_timedsend", "recvmmsg"].contains(name), "\(name) has a limit")
            }
        }
        #expect(checked > 150)
    }

    @Test func whatOnlyReadsIsPassedNothingToWriteTo() {
        var checked = 0
        // Handles of the library's own, what is freed or let go, and text that is compared or grows by itself.
        let handles = ["FILE *", "__FILE", "DIR *", "va_list", "__gnuc_va_list", "locale_t"]
        let exceptions: Set = [
            // Freed, or a size is asked of it.
            "free", "munmap", "realloc", "reallocarray", "malloc_usable_size", "mremap",
            // Where the new memory is to be.
            "mmap", "mmap64",
        ]
        for (name, known) in KnownFunctions.table.entries where known.primitive == nil && known.callbacks.isEmpty {
            guard let prototype = Self.prototypes[name], !exceptions.contains(name) else { continue }
            for (index, type) in prototype.parameters.enumerated() {
                guard type.contains("*"), !known.written.contains(index), !known.filled.contains(index) else {
                    continue
                }
                guard !handles.contains(where: { type.contains($0) }) else { continue }
                #expect(type.hasPrefix("const "), "\(name), argument \(index): \(type)")
                checked += 1
            }
        }
        #expect(checked > 100)
    }

    @Test func noOperandIsPastTheArguments() {
        for (name, known) in KnownFunctions.table.entries {
            guard let prototype = Self.prototypes[name], !prototype.isVariadic else { continue }
            let count = prototype.parameters.count
            func check(_ operand: Operand?) {
                switch operand {
                case .argument(let index), .pointee(let index, _): #expect(index < count, "\(name)")
                default: break
                }
            }
            check(known.primitive?.object)
            check(known.primitive?.secondObject)
            check(known.primitive?.routine?.argument)
            check(known.allocation?.place)
            check(known.allocation?.size)
            check(known.allocation?.count)
            check(known.allocation?.replaces)
            check(known.copy?.source)
            check(known.copy?.destination)
            check(known.copy?.size)
            check(known.frees)
            if case .argument(let index) = known.result { check(.argument(index)) }
            if case .within(let index) = known.result { check(.argument(index)) }
            if case .symbol(let index) = known.result { check(.argument(index)) }
            // A result that is said to be no pointer is none to anything of the program's.
            if case .noPointer = known.result, known.allocation == nil, prototype.result.contains("void *") {
                #expect(["dlopen", "dlmopen"].contains(name), "\(name) returns \(prototype.result)")
            }
        }
    }
}
