import SignalMapABI

/// What a set of maps holds, counted.
package struct MapSummary: Sendable {
    package struct Operations: Sendable {
        package var sites = 0
        /// Of which the object is known: see `IdentityText.isDecided`.
        package var decided = 0

        package init() {}
    }

    package var functions = 0
    package var instructions: UInt64 = 0
    package var directCalls = 0
    /// Calls through pointers, by the weakest of their levels.
    package var indirectCalls: [dwm_level.RawValue: Int] = [:]
    /// Calls that nothing is known of, and those among the others that may have further targets.
    package var notUnderstood = 0
    package var open = 0
    /// By `dwm_action`.
    package var operations: [dwm_action.RawValue: Operations] = [:]
    /// Functions of which interpretation lost something, and whose jumps were not all understood.
    package var lostFunctions = 0
    package var guessedFunctions = 0

    package var indirectCount: Int { indirectCalls.values.reduce(0, +) + notUnderstood }

    package init(_ set: SignalMapSet) {
        for (map, covered) in zip(set.maps, set.isCovered) { add(map, covered) }
    }

    private mutating func add(_ map: SignalMapFile, _ covered: [Bool]) {
        functions += map.functions.count
        // A damaged file may say anything.
        instructions &+= map.header.instructions
        for function in map.functions {
            if function.flags & DWM_LOST.rawValue != 0 { lostFunctions += 1 }
            if function.flags & DWM_GUESSED_FLOW.rawValue != 0 { guessedFunctions += 1 }
        }
        var index = 0
        while index < map.calls.count {
            // All records of one instruction.
            let address = map.calls[index].address
            var weakest: UInt8 = 0
            var isIndirect = false
            var isOpen = false
            var isUnknown = false
            while index < map.calls.count, map.calls[index].address == address {
                let call = map.calls[index]
                switch dwm_call_kind(rawValue: UInt32(call.kind)) {
                case DWM_CALL_TARGETS:
                    isIndirect = isIndirect || call.is_callback == 0
                    isOpen = isOpen || map.targetSet(call.target).map { $0.is_open != 0 } ?? false
                case DWM_CALL_UNKNOWN: isUnknown = true
                default: break
                }
                weakest = max(weakest, call.level)
                index += 1
            }
            if isUnknown {
                notUnderstood += 1
            } else if isIndirect || weakest > 0 {
                indirectCalls[UInt32(weakest), default: 0] += 1
                if isOpen { open += 1 }
            } else {
                directCalls += 1
            }
        }
        add(operationsOf: map, covered)
    }

    private mutating func add(operationsOf map: SignalMapFile, _ covered: [Bool]) {
        let text = IdentityText(map)
        var index = 0
        while index < map.operations.count {
            // One that may be several objects has a record for each.
            let first = map.operations[index]
            let isCovered = covered[index]
            var isDecided = false
            while index < map.operations.count {
                let next = map.operations[index]
                guard next.call == first.call, next.action == first.action, next.origin == first.origin else { break }
                isDecided = isDecided || isKnown(next, text, map)
                index += 1
            }
            if isCovered { continue }
            operations[UInt32(first.action), default: Operations()].sites += 1
            if isDecided { operations[UInt32(first.action), default: Operations()].decided += 1 }
        }
    }

    /// Of a creation the start routine counts, not the handle.
    private func isKnown(_ operation: dwm_operation, _ text: IdentityText, _ map: SignalMapFile) -> Bool {
        if operation.action == UInt8(DWM_CREATE.rawValue) {
            guard let set = map.targetSet(operation.targets) else { return false }
            return set.is_open == 0 && !map.targets(ofSet: operation.targets).isEmpty
        }
        return text.isDecided(operation.identity)
    }
}

/// Words for what records number.
package enum MapWords {
    /// What kind of object it is, as POSIX and the languages call it.
    package static func kind(_ number: UInt8) -> String {
        guard let kind = Primitive.Kind(rawValue: number) else { return "object" }
        switch kind {
        case .readLock, .writeLock: return "rwlock"
        case .atomicWord: return "atomic word"
        case .fileDescriptor: return "descriptor"
        case .descriptorSet: return "descriptors"
        case .messageQueue: return "message queue"
        case .semaphoreSet: return "semaphore set"
        case .workItem: return "work item"
        case .parkToken: return "park token"
        case .parkingLot: return "parking lot"
        case .processSignal: return "signal"
        case .fileLock: return "file lock"
        case .runLoop: return "run loop"
        case .streamLock: return "stream's lock"
        default: return "\(kind)"
        }
    }

    package static func level(_ level: dwm_level) -> String {
        switch level {
        case DWM_DIRECT: "direct"
        case DWM_TABLE: "table"
        case DWM_PARAMETER: "parameter"
        case DWM_CLASS: "class"
        case DWM_PROTOTYPE: "prototype"
        case DWM_OFFSET: "offset"
        default: "any"
        }
    }

    package static let levels = [
        DWM_DIRECT, DWM_TABLE, DWM_PARAMETER, DWM_CLASS, DWM_PROTOTYPE, DWM_OFFSET, DWM_ANY,
    ]

    package static func knowledge(_ number: UInt32) -> String {
        switch dwm_knowledge(rawValue: number) {
        case DWM_DEBUG_INFORMATION: "debug information"
        case DWM_SYMBOLS: "symbols only"
        default: "stripped"
        }
    }
}
