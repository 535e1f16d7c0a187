/// Methods of Swift's libraries that programs call through a class's metadata, by where they stand there: no symbol is
/// imported for such a call, and no relocation names it.
///
/// Places are those of libFoundation and libswiftDispatch of Swift 6.3 on x86-64, whose classes are not resilient: a
/// program that was compiled for another version may have them elsewhere. What is called is then not known, as of any
/// other call through memory.
enum SwiftMethods {
    struct Class: Sendable {
        /// What the names of all its symbols begin with.
        var prefix: String
        /// The same of classes that inherit its methods or hand out such objects.
        var relatives: [String] = []
        /// Bytes from the metadata's address point, and the rest of the name.
        var methods: [(offset: Int64, suffix: String)]
    }

    static let classes: [Class] = [
        Class(
            prefix: "$s10Foundation11NSConditionC",
            methods: [
                (0x128, "4lockyyF"), (0x130, "6unlockyyF"), (0x138, "4waityyF"),
                (0x140, "4wait5untilSb0A10Essentials4DateV_tF"), (0x148, "6signalyyF"), (0x150, "9broadcastyyF"),
            ]),
        Class(
            prefix: "$s10Foundation15NSConditionLockC",
            methods: [
                (0x150, "4lockyyF"), (0x158, "6unlockyyF"), (0x168, "4lock13whenConditionySi_tF"), (0x170, "3trySbyF"),
                (0x178, "03tryC013whenConditionSbSi_tF"), (0x180, "6unlock13withConditionySi_tF"),
                (0x188, "4lock6beforeSb0A10Essentials4DateV_tF"),
                (0x190, "4lock13whenCondition6beforeSbSi_0A10Essentials4DateVtF"),
            ]),
        Class(prefix: "$s10Foundation6NSLockC", methods: lock),
        Class(prefix: "$s10Foundation15NSRecursiveLockC", methods: lock),
        Class(prefix: "$s10Foundation6ThreadC", methods: [(0x208, "5startyyF")]),
        Class(
            prefix: "$s10Foundation7ProcessC",
            methods: [(0x2d8, "6launchyyF"), (0x2e0, "3runyyKF"), (0x3e0, "13waitUntilExityyF")]),
        Class(
            prefix: "$s10Foundation9OperationC",
            relatives: ["$s10Foundation14BlockOperationC", "$s10Foundation14OperationQueueC"],
            methods: [(0x3c0, "5startyyF"), (0x458, "17waitUntilFinishedyyF")]),
        Class(
            prefix: "$s10Foundation14OperationQueueC",
            methods: [
                (0x428, "03addB0yyAA0B0CF"), (0x430, "13addOperations_17waitUntilFinishedySayAA0B0CG_SbtF"),
                (0x438, "03addB0yyyyYbcF"), (0x440, "15addBarrierBlockyyyyYbcF"),
                (0x4c8, "33waitUntilAllOperationsAreFinishedyyF"),
            ]),
        Class(prefix: "$s8Dispatch0A5GroupC", methods: [(0x78, "5enteryyF"), (0x80, "5leaveyyF")]),
        Class(prefix: "$s8Dispatch0A5QueueC", methods: [(0x88, "4sync7executeyyyXE_tF")]),
        Class(
            prefix: "$s8Dispatch0A6ObjectC", relatives: ["$s8Dispatch0A"],
            methods: [(0x48, "8activateyyF"), (0x58, "6resumeyyF")]),
        Class(
            prefix: "$s8Dispatch0A8WorkItemC",
            methods: [
                (0x68, "7performyyF"), (0x70, "4waityyF"), (0x78, "4wait7timeoutAA0A13TimeoutResultOAA0A4TimeV_tF"),
                (0x80, "4wait11wallTimeoutAA0aF6ResultOAA0A8WallTimeV_tF"),
                (0x88, "6notify3qos5flags5queue7executeyAA0A3QoSV_AA0abC5FlagsVAA0A5QueueCyyXBtF"),
                (0x90, "6notify5queue7executeyAA0A5QueueC_ACtF"),
            ]),
    ]

    private static let lock: [(offset: Int64, suffix: String)] = [
        (0x108, "4lockyyF"), (0x110, "6unlockyyF"), (0x118, "3trySbyF"),
        (0x120, "4lock6beforeSb0A10Essentials4DateV_tF"),
    ]

    /// By place, the names of the methods that stand there, of those classes that the binary names: nobody else makes
    /// objects of them, or has members of that type.
    ///
    /// `names`: symbols that the binary imports.
    static func byPlace(importing names: some Sequence<String>) -> [Int64: [String]] {
        var isNamed = [Bool](repeating: false, count: classes.count)
        for name in names where name.hasPrefix("$s") {
            for (index, known) in classes.enumerated() where !isNamed[index] {
                isNamed[index] = name.hasPrefix(known.prefix) || known.relatives.contains { name.hasPrefix($0) }
            }
        }
        var found: [Int64: [String]] = [:]
        for (known, isNamed) in zip(classes, isNamed) where isNamed {
            for method in known.methods { found[method.offset, default: []].append(known.prefix + method.suffix) }
        }
        return found
    }
}
