import ProcessModel

/// Tells what a function of libc that no symbol names is part of, by the exported functions that lead to it.
///
/// A stripped libc names only what it exports, and many waits stand in a static function whose exported caller has left
/// by a tail call: sem_wait jumps to a slow path, so that the program seems to have called that. When all ways to an
/// unnamed function, over any number of other unnamed ones, come from exported functions that mean one and the same
/// primitive, its frame means that primitive, too. One way from anywhere else, and it means nothing.
///
/// The ways are the direct calls and jumps of the code (Intel SDM volume 2: call E8, jmp E9 and EB, jcc 0F 80 to 8F and
/// 70 to 7F) that end exactly where a function begins. The code is searched at every byte and not disassembled: what
/// looks like a jump and is none can only add a way. It takes a meaning away, or gives one to a function that nobody
/// calls directly, and then the object's bytes still have to agree. A function whose address is taken can have other
/// callers; glibc 2.31 to 2.41 passes none of its waiting functions around.
final class HiddenFunctions {
    private let memory: any MemorySource
    private let modules: [Module]
    /// By the index of the module; nil for one whose tables could not be read.
    private var graphs: [Int: CallGraph?] = [:]
    private var meanings: [Address: Primitive?] = [:]

    /// `modules` sorted by start.
    init(modules: [Module], memory: any MemorySource) {
        self.memory = memory
        self.modules = modules.filter { LibraryNames.isGlibc($0.name) || $0.name.hasPrefix("libpthread") }
    }

    /// The primitive that the unnamed function around `pc`, a return address, is part of. The first call for a library
    /// reads its code, which takes some milliseconds.
    func primitive(around pc: Address) -> Primitive? {
        guard let index = modules.index(holding: pc - 1) else { return nil }
        let graph: CallGraph?
        if let known = graphs[index] {
            graph = known
        } else {
            graph = LoadedImage(module: modules[index], memory: memory).flatMap { CallGraph($0, memory: memory) }
            graphs[index] = graph
        }
        guard let graph, let function = graph.function(around: pc - 1) else { return nil }
        if let known = meanings[function] { return known }
        let meaning = graph.meaning(of: function)
        meanings[function] = meaning
        return meaning
    }
}

/// Which functions of a library lead to which.
private struct CallGraph {
    /// Where the functions begin, in order.
    private let starts: [Address]
    /// The exported ones, in order, with the addresses of their names.
    private let exported: [(function: Address, name: Address)]
    private let image: LoadedImage
    /// Each call or jump as (index of the target << 32 | index of the caller), in order.
    private var ways: [UInt64] = []

    /// A function with more unnamed ones on the ways to it than this, or with more ways, serves everybody.
    private static let searchLimit = 64
    private static let wayLimit = 4096
    /// glibc has at most four names for a function.
    private static let nameLimit = 16

    init?(_ image: LoadedImage, memory: any MemorySource) {
        starts = image.functionStarts()
        exported = image.exportedFunctions()
        self.image = image
        guard !starts.isEmpty, !exported.isEmpty else { return nil }
        for (start, count) in image.code {
            guard let bytes = memory.bytes(start, count: count) else { return nil }
            addWays(bytes, start)
        }
        ways.sort()
    }

    /// What the names of an exported function mean; nil for a function that is not exported. One name that means a
    /// primitive goes before aliases that do not.
    private func exportedMeaning(_ function: Address) -> NameClass? {
        var index = exported.partition { $0.function < function }
        guard index < exported.count, exported[index].function == function else { return nil }
        let end = min(index + Self.nameLimit, exported.count)
        while index < end, exported[index].function == function {
            if let name = image.name(at: exported[index].name),
                case .strong(let primitive) = PrimitiveNames.classify(name)
            {
                return .strong(primitive)
            }
            index += 1
        }
        return .other
    }

    private mutating func addWays(_ code: [UInt8], _ start: Address) {
        // One bit for each byte of the code: most that looks like a jump leads to no function and ends here.
        var isStart = [UInt64](repeating: 0, count: code.count / 64 + 1)
        for address in starts {
            let offset = address.distance(above: start)
            if offset < UInt64(code.count) { isStart[Int(offset >> 6)] |= 1 << (offset & 63) }
        }
        var found: [UInt64] = []
        code.withUnsafeBytes { bytes in
            for index in 0..<max(bytes.count - 6, 0) {
                let operation = bytes[index]
                let target: Int
                switch operation {
                case 0xe8, 0xe9:
                    target = index + 5 + Int(bytes.loadUnaligned(fromByteOffset: index + 1, as: Int32.self))
                case 0x0f where bytes[index + 1] & 0xf0 == 0x80:
                    target = index + 6 + Int(bytes.loadUnaligned(fromByteOffset: index + 2, as: Int32.self))
                case 0xeb, 0x70...0x7f: target = index + 2 + Int(Int8(bitPattern: bytes[index + 1]))
                default: continue
                }
                guard target >= 0, target < bytes.count, isStart[target >> 6] & (1 << UInt64(target & 63)) != 0,
                    let callee = self.index(of: start + UInt64(target)),
                    let caller = self.index(of: start + UInt64(index)), caller != callee
                else { continue }
                found.append(UInt64(callee) << 32 | UInt64(caller))
            }
        }
        ways += found
    }

    /// The index of the function around an address.
    private func index(of address: Address) -> Int? {
        let end = starts.partition { $0 <= address }
        return end > 0 ? end - 1 : nil
    }

    func function(around address: Address) -> Address? { index(of: address).map { starts[$0] } }

    /// The one primitive that all ways to a function come from.
    func meaning(of function: Address) -> Primitive? {
        guard let first = index(of: function) else { return nil }
        var found: Primitive?
        var open = [first]
        var seen: Set<Int> = [first]
        while let callee = open.popLast() {
            let ways = waysTo(callee)
            guard (1...Self.wayLimit).contains(ways.count) else { return nil }
            for way in ways {
                let caller = Int(way & 0xffff_ffff)
                switch exportedMeaning(starts[caller]) {
                case .strong(let primitive)?:
                    guard found == nil || found == primitive else { return nil }
                    found = primitive
                case nil: if seen.insert(caller).inserted { open.append(caller) }
                default: return nil
                }
            }
            guard seen.count <= Self.searchLimit else { return nil }
        }
        return found
    }

    private func waysTo(_ callee: Int) -> ArraySlice<UInt64> {
        let (low, high) = (UInt64(callee) << 32, UInt64(callee + 1) << 32)
        return ways[ways.partition { $0 < low }..<ways.partition { $0 < high }]
    }
}

extension Array {
    /// How many elements come before the first that does not belong to the first part; those that do come first.
    fileprivate func partition(_ belongs: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
