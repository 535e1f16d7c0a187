/// Finds what is done to objects, and lifts it through wrappers: while the object hangs on a parameter, and was not read
/// from memory, the direct callers say which it is. Wrappers are known by that alone, whatever they are called.
struct ObjectOperations {
    /// By function and call.
    private(set) var operations: [ObjectOperation] = []
    private(set) var handedCalls: [HandedCall] = []
    /// Calls that lead to a wait by lifting: the primitives' own and those of wrappers on the way.
    private(set) var waitingCalls: Set<Int32> = []

    /// Longer chains of wrappers end with a mark.
    static let maximalDepth = 16
    /// A function with more direct callers is no wrapper whose callers can be told apart.
    static let maximalCallers = 2048
    /// Of one operation; further ones end with a mark.
    static let maximalSites = 8192

    private let analysis: ObjectAnalysis

    /// What is carried upwards.
    private struct Load: Hashable {
        var action: ObjectOperation.Action
        var kind: Primitive.Kind
        var flags: ObjectOperation.Flags
        var primitive: Int32
        var object: Value
        var lock: Value?
        var routine: RoutineValue?
        /// A call through a handed pointer.
        var isCall = false
    }

    private struct Step {
        var function: Int
        var call: Int
        var origin: Int
        var load: Load
        var depth: Int
    }

    private struct Place: Hashable {
        var call: Int32
        var load: Load
    }

    private var seen: Set<Place> = []

    /// `graph` tells which primitives are called through pointers; without one, none are.
    init(_ analysis: ObjectAnalysis, _ graph: CallGraph? = nil) {
        self.analysis = analysis
        var pointers = graph.map { PrimitivePointers($0, analysis) }
        for call in analysis.facts.calls.indices {
            let function = Int(analysis.functionOfCall[call])
            if function < 0 { continue }
            for load in loads(of: call) + loads(through: pointers?.primitives(of: call) ?? [], call) {
                lift(Step(function: function, call: call, origin: call, load: load, depth: 0))
            }
        }
        operations.sort { ($0.function, $0.call, $0.origin) < ($1.function, $1.call, $1.origin) }
        seen = []
    }

    // MARK: Seeds

    private func loads(of call: Int) -> [Load] {
        switch analysis.callees[call] {
        case .known(let index):
            let known = analysis.known[Int(index)]
            if known.name == "syscall" { return futex(call, shift: 1, primitive: index) }
            guard let primitive = known.function.primitive else { return [] }
            return loads(primitive, call, index, shift: 0)
        case .system:
            guard case .system(let number) = analysis.facts.calls[call].target,
                analysis.paths[number].kind == .number,
                analysis.paths[number].value == Int64(Primitives.futexNumber)
            else { return [] }
            return futex(call, shift: 0, primitive: -1)
        case .indirect:
            guard case .indirect(let value) = analysis.facts.calls[call].target else { return [] }
            let methods = analysis.swiftMethods(through: value.path).flatMap { index -> [Load] in
                guard let primitive = analysis.known[Int(index)].function.primitive else { return [] }
                return loads(primitive, call, index, shift: 0)
            }
            return methods
                + analysis.paths.expand(value.path).filter { analysis.paths.isLeftToCallers($0) }.map {
                    Load(
                        action: .create, kind: .thread, flags: [], primitive: -1,
                        object: Value(path: $0, type: value.type), isCall: true)
                }
        case .outside: return handed(call)
        case .function: return []
        }
    }

    /// Whoever is handed an object that is waited on may signal it.
    private func handed(_ call: Int) -> [Load] {
        guard analysis.handedTo(by: call) != nil else { return [] }
        return analysis.facts.arguments[analysis.facts.calls[call].arguments].flatMap { argument -> [Load] in
            let type = analysis.types.pointed(by: argument, analysis.paths)
            guard let kind = analysis.types.table.signalledKind(of: type) else { return [] }
            return analysis.paths.expand(argument.path).map {
                Load(
                    action: .signal, kind: kind, flags: .handed, primitive: -1,
                    object: Value(path: $0, type: argument.type))
            }
        }
    }

    /// What a call does that may lead to primitives through a pointer. A weak edge says too little of what is waited on.
    private func loads(through pointers: [PrimitivePointers.Target], _ call: Int) -> [Load] {
        pointers.flatMap { target -> [Load] in
            guard let primitive = analysis.known[Int(target.known)].function.primitive else { return [] }
            return loads(primitive, call, target.known, shift: 0).compactMap { load in
                guard target.isSure || load.action == .signal || load.action == .release else { return nil }
                var load = load
                if target.isCallback {
                    load.object = .unknown
                    load.lock = nil
                }
                return load
            }
        }
    }

    private func futex(_ call: Int, shift: Int, primitive: Int32) -> [Load] {
        if shift == 1 {
            let number = analysis.paths[analysis.argument(0, of: call).path]
            guard number.kind == .number, number.value == Int64(Primitives.futexNumber) else { return [] }
        }
        let operation = analysis.paths[analysis.argument(Int64(1 + shift), of: call).path]
        guard operation.kind == .number else {
            // Whatever it is: both.
            return [Primitive.wait(.futex, 0), .signal(.futex, 0, .all)].flatMap {
                loads($0, call, primitive, shift: shift)
            }
        }
        guard let futex = Primitives.futex(operation: Int(truncatingIfNeeded: operation.value & 0xffff_ffff)) else {
            return []
        }
        return loads(futex, call, primitive, shift: shift)
    }

    private func loads(_ primitive: Primitive, _ call: Int, _ index: Int32, shift: Int) -> [Load] {
        var flags: ObjectOperation.Flags = []
        if primitive.isTimed || primitive.operation == .tryAcquire { flags.insert(.timed) }
        if primitive.wakes != .one { flags.insert(.wakesAll) }
        let object = primitive.object.map { analysis.value(of: $0, at: call, shift: shift) } ?? .unknown
        var load = Load(
            action: .wait, kind: primitive.kind, flags: flags, primitive: index, object: object,
            lock: primitive.lock.map { analysis.value(of: $0, at: call, shift: shift) })
        var loads: [Load] = []
        func add(_ action: ObjectOperation.Action) {
            load.action = action
            for path in analysis.paths.expand(load.object.path) {
                var one = load
                one.object.path = path
                loads.append(one)
            }
        }
        switch primitive.operation {
        case .wait: add(.wait)
        case .signal: add(.signal)
        case .arriveAndWait:
            add(.wait)
            add(.signal)
        case .acquire, .tryAcquire: add(.acquire)
        case .release: add(.release)
        case .hold, .once:
            add(.acquire)
            add(.release)
        case .join: add(.join)
        case .exit: add(.signal)
        case .initialize, .register: add(.initialize)
        case .destroy, .detach: add(.destroy)
        case .create: break
        case .submit: add(.signal)
        case .perform:
            // It waits for its turn, where there is a queue.
            if primitive.object != nil { add(.acquire) }
            add(.signal)
        }
        if let second = primitive.secondObject, let kind = primitive.secondKind {
            load.object = analysis.value(of: second, at: call, shift: shift)
            load.kind = kind
            add(primitive.operation == .wait ? .acquire : .signal)
        }
        if let routine = primitive.routine, primitive.operation != .once {
            load.kind = primitive.kind
            load.object = object
            load.routine = value(of: routine, call, shift)
            load.action = .create
            for path in analysis.paths.expand(load.routine?.target.path ?? .unknown) {
                var one = load
                one.routine?.target.path = path
                loads.append(one)
            }
        }
        return loads
    }

    private func value(of routine: Routine, _ call: Int, _ shift: Int) -> RoutineValue {
        func value(_ operand: Operand) -> Value { analysis.value(of: operand, at: call, shift: shift) }
        let argument = routine.argument.map(value)
        switch routine.target {
        case .function(let operand):
            return RoutineValue(form: .function, target: value(operand), argument: argument ?? .unknown)
        case .block(let operand):
            return RoutineValue(form: .member(16), target: value(operand), argument: value(operand))
        case .method(let operand, let slot):
            return RoutineValue(form: .method(slot), target: value(operand), argument: value(operand))
        case .swiftClosure(let operand, let context):
            return RoutineValue(form: .function, target: value(operand), argument: value(context))
        case .swiftAsync(let operand, let context):
            return RoutineValue(form: .swiftAsync, target: value(operand), argument: value(context))
        case .dynamic(let operand, let table, let slot):
            return RoutineValue(form: .member(Int64(slot)), target: value(table), argument: value(operand))
        case .notShown: return RoutineValue(form: .notShown, target: .unknown, argument: argument ?? .unknown)
        }
    }

    // MARK: Lifting

    private func isOpen(_ load: Load) -> Bool {
        analysis.paths.isLeftToCallers(load.routine?.target.path ?? load.object.path)
    }

    private mutating func lift(_ first: Step) {
        var open = [first]
        var next = 0
        while next < open.count {
            let step = open[next]
            next += 1
            var load = step.load
            load.flags.remove(.lifted)
            guard seen.insert(Place(call: Int32(step.call), load: load)).inserted else { continue }
            if step.load.action == .wait { waitingCalls.insert(Int32(step.call)) }
            guard isOpen(step.load) else {
                emit(step, [])
                continue
            }
            let callers = analysis.callers(of: step.function)
            let isCut =
                step.depth >= Self.maximalDepth || callers.count > Self.maximalCallers
                || open.count + callers.count > Self.maximalSites
            emit(step, isCut ? [.parametric, .weak] : .parametric)
            if isCut { continue }
            for caller in callers { open += carried(step, to: Int(caller)) }
        }
    }

    /// What a step is at a call of its function.
    private func carried(_ step: Step, to call: Int) -> [Step] {
        var load = step.load
        load.flags.insert(.lifted)
        load.lock = load.lock.map { analysis.substitute($0, at: call) }
        if let routine = load.routine {
            load.routine?.argument = analysis.substitute(routine.argument, at: call)
            load.routine?.target = analysis.substitute(routine.target, at: call)
        }
        load.object = analysis.substitute(load.object, at: call)
        let function = Int(analysis.functionOfCall[call])
        let decisive = load.routine?.target.path ?? load.object.path
        return analysis.paths.expand(decisive).map { path in
            var one = load
            if one.routine != nil { one.routine?.target.path = path } else { one.object.path = path }
            return Step(function: function, call: call, origin: step.origin, load: one, depth: step.depth + 1)
        }
    }

    private mutating func emit(_ step: Step, _ flags: ObjectOperation.Flags) {
        let load = step.load
        if load.isCall {
            // Its own call needs no lifting to be known of.
            if load.flags.contains(.lifted) {
                handedCalls.append(
                    HandedCall(
                        function: Int32(step.function), call: Int32(step.call), origin: Int32(step.origin),
                        target: load.object, flags: load.flags.union(flags)))
            }
            return
        }
        operations.append(
            ObjectOperation(
                function: Int32(step.function), call: Int32(step.call), origin: Int32(step.origin),
                action: load.action, kind: load.kind, flags: load.flags.union(flags), primitive: load.primitive,
                object: load.object, lock: load.lock, routine: load.routine))
    }
}
