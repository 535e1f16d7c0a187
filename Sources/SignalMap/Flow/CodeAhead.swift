import SignalMapABI

/// The part of a function that may run once a call in it has returned.
///
/// A call may also come back by an exception, at a landing pad, or a second time, where setjmp is: a function that calls
/// the like of setjmp, or whose flow is guessed, lies ahead as a whole. Also what is left of a function when a call's
/// constants cut some of it.
package struct CodeAhead: Sendable {
    package private(set) var function: SignalMapSet.Function
    /// All of it.
    package private(set) var isWhole: Bool
    /// Control may come back to the caller of the function.
    package private(set) var mayReturn: Bool
    /// What a call with constants runs of the function from its start: the map's variant.
    package private(set) var variant: UInt32?
    package var isVariant: Bool { variant != nil }
    /// Addresses of jumps to other functions that a variant does not make.
    private var cutJumps: Set<UInt64> = []
    private var start: UInt64
    private var first: UInt32
    /// By block of the function; of the first one what lies behind `start`, unless control comes to it again.
    private var isAhead: [Bool]
    private var isRepeated: Bool
    private var base: Int

    /// From the start of a function.
    init(whole function: SignalMapSet.Function, _ map: SignalMapFile) {
        self.function = function
        isWhole = true
        let flags = map.function(function.index)?.flags ?? 0
        mayReturn = flags & DWM_NEVER_RETURNS.rawValue == 0
        start = 0
        first = DWM_NONE
        isAhead = []
        isRepeated = true
        base = 0
    }

    /// What a variant leaves of its function; nil where the map has no such variant.
    init?(variant index: UInt32, map number: Int, _ map: SignalMapFile) {
        guard index < map.variants.count, map.variants[Int(index)].function < map.functions.count else { return nil }
        let function = SignalMapSet.Function(map: number, index: map.variants[Int(index)].function)
        self.init(whole: function, map)
        let blocks = map.blocks(ofFunction: function.index)
        variant = index
        isWhole = false
        isAhead = [Bool](repeating: true, count: blocks.count)
        base = blocks.lowerBound
        for block in map.blocks(cutFromVariant: index) where blocks.contains(Int(block)) {
            isAhead[Int(block) - base] = false
        }
        for cut in map.calls(ofVariant: index) where cut.variant == DWM_NONE {
            if let call = map.call(cut.call) { cutJumps.insert(call.address) }
        }
    }

    /// From a return address on; nil where the map has no function there.
    init?(returningTo address: UInt64, map number: Int, _ map: SignalMapFile) {
        // A call that is the last instruction of its function returns behind its end.
        guard let index = map.function(holding: address &- 1), let record = map.function(index) else { return nil }
        let function = SignalMapSet.Function(map: number, index: index)
        let blocks = map.blocks(ofFunction: index)
        let wide = DWM_RETURNS_TWICE.rawValue | DWM_GUESSED_FLOW.rawValue
        guard record.flags & wide == 0,
            let first = blocks.first(where: {
                address &- 1 >= map.blocks[$0].start && address &- 1 &- map.blocks[$0].start < map.blocks[$0].size
            })
        else {
            self.init(whole: function, map)
            return
        }
        var isAhead = [Bool](repeating: false, count: blocks.count)
        var isRepeated = false
        var mayReturn = false
        var open = [first]
        isAhead[first - blocks.lowerBound] = true
        while let block = open.popLast() {
            let successors = map.successors(ofBlock: UInt32(block))
            // Neither jump nor call ends it that the map knows to go on: it returns, or goes where nothing is known.
            if successors.isEmpty { mayReturn = true }
            for successor in successors where blocks.contains(Int(successor)) {
                if Int(successor) == first { isRepeated = true }
                let place = Int(successor) - blocks.lowerBound
                if !isAhead[place] {
                    isAhead[place] = true
                    open.append(Int(successor))
                }
            }
        }
        self.init(whole: function, map)
        isWhole = false
        self.mayReturn = mayReturn && record.flags & DWM_NEVER_RETURNS.rawValue == 0
        start = address
        self.first = UInt32(first)
        self.isAhead = isAhead
        self.isRepeated = isRepeated
        base = blocks.lowerBound
    }

    /// Whether what a call does to objects lies ahead. So does that of the call that control is in: it may give back a
    /// lock that it holds, or say that something was done once, as the last thing it does.
    package func holds(operationsOf call: dwm_call) -> Bool {
        holds(block: call.block, address: call.address)
            || call.length > 0 && call.address &+ UInt64(call.length) == start
    }

    /// Whether an instruction lies ahead.
    package func holds(block: UInt32, address: UInt64) -> Bool {
        if isWhole { return true }
        let place = Int(block) - base
        // What says nothing of where it is counts.
        guard isAhead.indices.contains(place) else { return true }
        return isAhead[place] && (block != first || isRepeated || address >= start) && !cutJumps.contains(address)
    }
}
