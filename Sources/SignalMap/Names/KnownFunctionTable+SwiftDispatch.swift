/// The Swift interface of Dispatch (swift-corelibs-libdispatch, src/swift): by mangled name, as libswiftDispatch of Swift 6
/// exports them.
///
/// Methods that stand in a class's own declaration are called through its vtable where the class is not final: their
/// names are found at the places of the class's metadata then. A DispatchWorkItem holds its block at 16; a DispatchQoS
/// takes two registers.
extension KnownFunctionTable {
    mutating func addSwiftDispatch() {
        library = .swiftDispatch
        let until = Primitive.Timeout(operand: 0, forever: -1, report: .nonzero)
        let limits = [
            "$s8Dispatch0A9SemaphoreC4wait7timeoutAA0A13TimeoutResultOAA0A4TimeV_tF": Primitive.Kind.semaphore,
            "$s8Dispatch0A9SemaphoreC4wait11wallTimeoutAA0aE6ResultOAA0A8WallTimeV_tF": .semaphore,
            "$s8Dispatch0A5GroupC4wait7timeoutAA0A13TimeoutResultOAA0A4TimeV_tF": .group,
            "$s8Dispatch0A5GroupC4wait11wallTimeoutAA0aE6ResultOAA0A8WallTimeV_tF": .group,
            "$s8Dispatch0A8WorkItemC4wait7timeoutAA0A13TimeoutResultOAA0A4TimeV_tF": .workItem,
            "$s8Dispatch0A8WorkItemC4wait11wallTimeoutAA0aF6ResultOAA0A8WallTimeV_tF": .workItem,
        ]
        for (name, kind) in limits { primitive(name, does: .wait(kind, .swiftSelf, timeout: until)) }
        primitive("$s8Dispatch0A9SemaphoreC4waityyF", does: .wait(.semaphore, .swiftSelf))
        primitive("$s8Dispatch0A5GroupC4waityyF", does: .wait(.group, .swiftSelf))
        primitive("$s8Dispatch0A8WorkItemC4waityyF", does: .wait(.workItem, .swiftSelf))
        primitive("$s8Dispatch0A9SemaphoreC6signalSiyF", does: .signal(.semaphore, .swiftSelf))
        primitive(
            "$s8Dispatch0A9SemaphoreC5valueACSi_tcfC $s8Dispatch0A9SemaphoreC5valueACSi_tcfc",
            does: .of(.initialize, .semaphore, .result))
        primitive("$s8Dispatch0A5GroupC5leaveyyF", does: .signal(.group, .swiftSelf, .all))
        primitive("$s8Dispatch0A5GroupC5enteryyF", does: .of(.register, .group, .swiftSelf))
        primitive(
            "$s8Dispatch0A5GroupCACycfC $s8Dispatch0A5GroupCACycfc", does: .of(.initialize, .group, .result))
        addSwiftQueues()
        addSwiftSources()
    }

    /// The block of the work item that is passed at this argument.
    private static func item(_ argument: Int) -> Routine.Target { .block(.pointee(argument, offset: 16)) }

    private mutating func addSwiftQueues() {
        let queue: Operand = .swiftSelf
        let type = "$s8Dispatch0A5QueueC"
        // group, qos, flags, block
        primitive(
            type + "5async5group3qos5flags7executeyAA0A5GroupCSg_AA0A3QoSVAA0A13WorkItemFlagsVyyYbXBtF",
            does: .submit(to: queue, .block(4), group: 0))
        primitive(
            type + "5async5group7executeyAA0A5GroupC_AA0A8WorkItemCtF",
            does: .submit(to: queue, Self.item(1), group: 0))
        primitive(type + "5async7executeyAA0A8WorkItemC_tF", does: .submit(to: queue, Self.item(0)))
        // deadline, qos, flags, block
        primitive(
            type + "10asyncAfter8deadline3qos5flags7executeyAA0A4TimeV_AA0A3QoSVAA0A13WorkItemFlagsVyyYbXBtF",
            type + "10asyncAfter12wallDeadline3qos5flags7executeyAA0A8WallTimeV_AA0A3QoSVAA0A13WorkItemFlagsVyyYbXBtF",
            does: .submit(to: queue, .block(4)))
        primitive(
            type + "10asyncAfter8deadline7executeyAA0A4TimeV_AA0A8WorkItemCtF",
            type + "10asyncAfter12wallDeadline7executeyAA0A8WallTimeV_AA0A8WorkItemCtF",
            does: .submit(to: queue, Self.item(1)))
        // What they return is written through rax, which counts as no argument.
        primitive(
            type + "4sync7executexxyKXE_tKlF", type + "4sync7executeyyyXE_tF",
            does: .perform(on: queue, .swiftClosure(0, context: 1)))
        primitive(
            type + "4sync5flags7executexAA0A13WorkItemFlagsV_xyKXEtKlF",
            does: .perform(on: queue, .swiftClosure(1, context: 2)))
        primitive(type + "4sync7executeyAA0A8WorkItemC_tF", does: .perform(on: queue, Self.item(0)))
        primitive(
            type + "17concurrentPerform10iterations7executeySi_ySiXEtFZ",
            does: .perform(on: nil, .swiftClosure(1, context: 2)))
        primitive("$s8Dispatch12dispatchMains5NeverOyF", does: .wait(.queue, nil))
        primitive(
            "$s8Dispatch0A6ObjectC6resumeyyF", "$s8Dispatch0A6ObjectC8activateyyF",
            does: .signal(.queue, queue, .all))
        // group, queue and work as in async
        primitive(
            "$s8Dispatch0A5GroupC6notify3qos5flags5queue7executeyAA0A3QoSV_AA0A13WorkItemFlagsVAA0A5QueueCyyXBtF",
            does: .submit(to: 3, .block(4), group: .swiftSelf))
        primitive(
            "$s8Dispatch0A5GroupC6notify5queue4workyAA0A5QueueC_AA0A8WorkItemCtF",
            does: .submit(to: 0, Self.item(1), group: .swiftSelf))
        let item = "$s8Dispatch0A8WorkItemC"
        primitive(
            item + "6notify3qos5flags5queue7executeyAA0A3QoSV_AA0abC5FlagsVAA0A5QueueCyyXBtF",
            does: .submit(to: 3, .block(4)))
        primitive(item + "6notify5queue7executeyAA0A5QueueC_ACtF", does: .submit(to: 0, Self.item(1)))
        primitive(
            item + "7performyyF", does: .perform(on: nil, .block(.swiftSelfPointee(offset: 16))))
        // qos, flags, block: whoever gets the item may run it.
        for name in ["fC", "fc"] {
            primitive(
                item + "3qos5flags5blockAcA0A3QoSV_AA0abC5FlagsVyyXBtc" + name,
                does: .of(.initialize, .workItem, .result))
            callback(item + "3qos5flags5blockAcA0A3QoSV_AA0abC5FlagsVyyXBtc" + name, at: .later, .block(3))
        }
    }

    private mutating func addSwiftSources() {
        let source = "$s8Dispatch0A14SourceProtocolPAAE"
        for handler in ["15setEventHandler", "16setCancelHandler", "22setRegistrationHandler"] {
            callback(
                source + handler + "3qos5flags7handleryAA0A3QoSV_AA0A13WorkItemFlagsVyyXBSgtF", at: .later,
                .block(3))
            callback(source + handler + "7handleryAA0A8WorkItemC_tF", at: .later, Self.item(0))
        }
        primitive(source + "6resumeyyF", source + "6cancelyyF", does: .signal(.source, .swiftSelf))
        primitive(source + "8activateyyF", does: .signal(.source, .swiftSelf))
        primitive(
            "$s8Dispatch0A17SourceUserDataAddPAAE3add4dataySu_tF",
            "$s8Dispatch0A16SourceUserDataOrPAAE2or4dataySu_tF", does: .signal(.source, .swiftSelf))
    }
}
