/// Foundation's locks, threads and queues (swift-corelibs-foundation, Sources/Foundation: NSLock.swift, Thread.swift,
/// Operation.swift, RunLoop.swift, Timer.swift), by the names that libFoundation of Swift 6 exports.
///
/// The classes are open: calls go through their vtables, in whose metadata these names are found.
extension KnownFunctionTable {
    mutating func addFoundation() {
        library = .foundation
        let until = Primitive.Timeout(operand: 0, report: .zero)
        let condition = "$s10Foundation11NSConditionC"
        var wait = Primitive.wait(.condition, .swiftSelf, lock: .swiftSelf)
        primitive(condition + "4waityyF", does: wait)
        wait.timeout = until
        primitive(condition + "4wait5untilSb0A10Essentials4DateV_tF", does: wait)
        primitive(condition + "6signalyyF", does: .signal(.condition, .swiftSelf))
        primitive(condition + "9broadcastyyF", does: .signal(.condition, .swiftSelf, .all))
        primitive(condition + "ACycfC", condition + "ACycfc", does: .of(.initialize, .condition, .result))

        for type in [
            condition, "$s10Foundation6NSLockC", "$s10Foundation15NSRecursiveLockC",
            "$s10Foundation15NSConditionLockC",
        ] {
            primitive(type + "4lockyyF", does: .acquire(.mutex, .swiftSelf))
            primitive(type + "6unlockyyF", does: .of(.release, .mutex, .swiftSelf))
            guard type != condition else { continue }
            primitive(
                type + "4lock6beforeSb0A10Essentials4DateV_tF", does: .acquire(.mutex, .swiftSelf, timeout: until))
            primitive(type + "3trySbyF", does: .of(.tryAcquire, .mutex, .swiftSelf))
            if type.contains("NSConditionLock") { continue }
            primitive(type + "ACycfC", type + "ACycfc", does: .of(.initialize, .mutex, .result))
        }
        // Waits for a number, and unlocks with one: a condition and its lock in one object.
        let numbered = "$s10Foundation15NSConditionLockC"
        primitive(numbered + "4lock13whenConditionySi_tF", does: .acquire(.mutex, .swiftSelf))
        primitive(
            numbered + "4lock13whenCondition6beforeSbSi_0A10Essentials4DateVtF",
            does: .acquire(
                .mutex, .swiftSelf, timeout: Primitive.Timeout(operand: 1, report: .zero)))
        primitive(numbered + "6unlock13withConditionySi_tF", does: .of(.release, .mutex, .swiftSelf))
        primitive(
            numbered + "03tryC013whenConditionSbSi_tF", does: .of(.tryAcquire, .mutex, .swiftSelf))
        addThreads()
        addOperations()
        addRunLoops()
    }

    private mutating func addThreads() {
        let thread = "$s10Foundation6ThreadC"
        primitive(
            thread + "09detachNewB0yyyyYbcFZ", does: .create(.thread, nil, .swiftClosure(0, context: 1)))
        callback(thread + "5blockACyyYbc_tcfC", at: .newThread, .swiftClosure(0, context: 1))
        // Runs what the thread was made with, or the main of its class.
        primitive(thread + "5startyyF", does: .create(.thread, .swiftSelf, .notShown))
        primitive(thread + "4exityyFZ", does: .of(.exit, .thread, .caller))
        primitive(
            thread + "5sleep15forTimeIntervalySd_tFZ", thread + "5sleep5untily0A10Essentials4DateV_tFZ",
            does: .wait(.timer, nil, timeout: Primitive.Timeout(operand: 0, report: .notTold)))
        let process = "$s10Foundation7ProcessC"
        primitive(process + "13waitUntilExityyF", does: .of(.join, .process, .swiftSelf))
        primitive(
            process + "3runyyKF", process + "6launchyyF", does: .of(.create, .process, .swiftSelf))
    }

    private mutating func addOperations() {
        let queue = "$s10Foundation14OperationQueueC"
        primitive(queue + "33waitUntilAllOperationsAreFinishedyyF", does: .wait(.queue, .swiftSelf))
        primitive(
            queue + "03addB0yyyyYbcF", queue + "15addBarrierBlockyyyyYbcF",
            does: .submit(to: .swiftSelf, .swiftClosure(0, context: 1)))
        // An operation's own main.
        primitive(queue + "03addB0yyAA0B0CF", does: .submit(to: .swiftSelf, .notShown, argument: 0))
        // It may wait for all of them.
        var all = Primitive.perform(on: .swiftSelf, .notShown, argument: 0)
        all.secondObject = 0
        all.secondKind = .workItem
        primitive(queue + "13addOperations_17waitUntilFinishedySayAA0B0CG_SbtF", does: all)
        primitive("$s10Foundation9OperationC17waitUntilFinishedyyF", does: .wait(.workItem, .swiftSelf))
        primitive("$s10Foundation9OperationC5startyyF", does: .perform(on: nil, .notShown, argument: .swiftSelf))
        let block = "$s10Foundation14BlockOperationC"
        callback(
            block + "5blockACyyYbc_tcfC", block + "012addExecutionB0yyyyYbcF", at: .later,
            .swiftClosure(0, context: 1))
    }

    private mutating func addRunLoops() {
        let loop = "$s10Foundation7RunLoopC"
        primitive(loop + "3runyyF", loop + "3run5untily0A10Essentials4DateV_tF", does: .wait(.runLoop, .swiftSelf))
        primitive(
            loop + "3run4mode6beforeSbAC4ModeV_0A10Essentials4DateVtF", does: .wait(.runLoop, .swiftSelf))
        primitive(
            loop + "7performyyyyYbcF", does: .submit(to: .swiftSelf, .swiftClosure(0, context: 1)))
        primitive(
            loop + "7perform7inModes5blockySayAC4ModeVG_yyYbctF",
            does: .submit(to: .swiftSelf, .swiftClosure(1, context: 2)))
        let timer = "$s10Foundation5TimerC"
        // The interval is no integer: whether it repeats, then the block.
        callback(
            timer + "09scheduledB016withTimeInterval7repeats5blockACSd_SbyACYbctFZ", at: .later,
            .swiftClosure(1, context: 2))
    }
}
