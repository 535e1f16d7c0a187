import ProcessModel
import SignalMapABI
import Testing

@testable import SignalMap

/// A small map laid out by hand: `worker` waits on queue.ready under its lock in a loop, `push` signals it, and `main`
/// creates a thread that runs `worker`.
struct MapSketch {
    static let worker: UInt32 = 0
    static let push: UInt32 = 1
    static let main: UInt32 = 2

    var builder = SignalMapBuilder(path: "/lib/libqueue.so", buildID: BuildID("0123456789abcdef"))
    private(set) var ready: UInt32 = 0
    /// The first block of each function may come back to itself.
    private let isLoop: Bool

    init(isLoop: Bool = true) {
        self.isLoop = isLoop
        builder.knowledge = DWM_DEBUG_INFORMATION
        builder.instructions = 40
        function("worker", at: 0x1000)
        call(at: 0x1004, symbol: "pthread_cond_wait")
        function("push", at: 0x1040)
        call(at: 0x1048, symbol: "pthread_cond_signal")
        function("main", at: 0x1080)
        call(at: 0x1084, symbol: "pthread_create")
        callFunction(Self.push, at: 0x1090)
        let member = builder.member(
            structure: "queue", name: "ready", offset: 40, type: "pthread_cond_t", size: 88)
        var hop = dwm_hop()
        hop.kind = UInt8(DWM_HOP_MEMBER.rawValue)
        hop.is_whole = 1
        hop.keys = builder.keySet([member])
        hop.name = DWM_NONE
        hop.function = DWM_NONE
        var root = dwm_hop()
        root.kind = UInt8(DWM_HOP_GLOBAL.rawValue)
        root.keys = DWM_NONE
        root.name = builder.string("jobs")
        root.function = DWM_NONE
        root.address = 0x4000
        ready = builder.identity([hop, root])
        let starts = builder.targetSet([Self.worker], level: DWM_DIRECT, isOpen: false)
        operation(DWM_CREATE, call: 2, function: Self.main, identity: DWM_NONE, targets: starts, "pthread_create")
        operation(DWM_SIGNAL, call: 1, function: Self.push, identity: ready, "pthread_cond_signal")
        operation(DWM_WAIT, call: 0, function: Self.worker, identity: ready, "pthread_cond_wait")
        var loop = dwm_loop()
        loop.call = 0
        loop.kind = UInt8(DWM_PURE_LOOP.rawValue)
        var predicate = dwm_predicate()
        predicate.address = 0x1010
        predicate.keys = hop.keys
        predicate.identity = DWM_NONE
        builder.loop(loop, predicates: [predicate])
        var store = dwm_store()
        store.address = 0x1044
        store.function = Self.push
        store.keys = hop.keys
        store.identity = DWM_NONE
        store.width = 4
        builder.stores = [store]
        builder.slot(.init(kind: DWM_CELL_MEMBER.rawValue, value: member), targets: starts)
        var source = dwm_source()
        source.member = member
        source.variable = DWM_NONE
        source.kind = DWM_SOURCE_UNKNOWN.rawValue
        builder.sources = [source]
        builder.exports = [Self.push, Self.main].map {
            dwm_export(name: builder.functions[Int($0)].name, function: $0, targets: DWM_NONE)
        }
        builder.callbacks = [
            dwm_callback(function: Self.push, how: builder.string("atexit"), where: DWM_NONE, reserved: 0)
        ]
        builder.lines = [
            dwm_line(address: 0x1048, file: builder.string("/src/queue.c"), line: 12),
            dwm_line(address: 0x1004, file: builder.string("/src/queue.c"), line: 7),
        ]
        builder.gap(operation: "follow a jump", reason: "its table has no end", function: Self.main)
    }

    mutating func function(_ name: String, at address: UInt64) {
        let index = UInt32(builder.functions.count)
        var function = dwm_function()
        function.start = address
        function.end = address + 0x30
        function.name = builder.string(name)
        function.first_block = UInt32(builder.blocks.count)
        function.first_call = UInt32(builder.calls.count)
        builder.functions.append(function)
        builder.parts.append(dwm_part(start: address, end: address + 0x30, function: index, reserved: 0))
        let first = UInt32(builder.blocks.count)
        builder.block(start: address, size: 0x20, successors: isLoop ? [first + 1, first] : [first + 1])
        builder.block(start: address + 0x20, size: 0x10, successors: [])
    }

    mutating func call(at address: UInt64, symbol: String) {
        var call = dwm_call()
        call.address = address
        call.length = 5
        call.block = UInt32(builder.blocks.count) - 2
        call.target = builder.string(symbol)
        call.kind = UInt8(DWM_CALL_SYMBOL.rawValue)
        builder.calls.append(call)
    }

    mutating func callFunction(_ function: UInt32, at address: UInt64) {
        var call = dwm_call()
        call.address = address
        call.length = 5
        call.block = UInt32(builder.blocks.count) - 2
        call.target = function
        call.kind = UInt8(DWM_CALL_FUNCTION.rawValue)
        builder.calls.append(call)
    }

    mutating func operation(
        _ action: dwm_action, call: UInt32, function: UInt32, identity: UInt32, targets: UInt32 = DWM_NONE,
        _ primitive: String
    ) {
        var operation = dwm_operation()
        operation.call = call
        operation.function = function
        operation.origin = call
        operation.identity = identity
        operation.lock = DWM_NONE
        operation.targets = targets
        operation.primitive = builder.string(primitive)
        operation.action = UInt8(action.rawValue)
        builder.operations.append(operation)
    }

    func finished() throws -> SignalMapFile { try builder.finish() }
}

extension SignalMapBuilder {
    /// A program of one function, `start`, with one call at 0x110 in it.
    static func calling(_ fill: (inout SignalMapBuilder) -> dwm_call) -> SignalMapBuilder {
        var user = SignalMapBuilder(path: "/bin/user", buildID: nil)
        var function = dwm_function()
        function.start = 0x100
        function.end = 0x140
        function.name = user.string("start")
        user.functions = [function]
        user.parts = [dwm_part(start: 0x100, end: 0x140, function: 0, reserved: 0)]
        user.block(start: 0x100, size: 0x40, successors: [])
        var call = fill(&user)
        call.address = 0x110
        call.length = 5
        user.calls = [call]
        return user
    }
}
