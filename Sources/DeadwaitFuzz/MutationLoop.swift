import Glibc

/// Feeds an entry with mutations of its seeds, the same ones for the same seed number, until the time is over.
///
/// The input of the moment stands in a file, so that it is still there when the parser traps or hangs: both end the
/// process by a signal.
struct MutationLoop {
    /// One input may take this long.
    static let hangSeconds: UInt32 = 20
    /// Address space of the process; a parser that allocates what the input asks for ends here.
    static let memoryLimit: rlim_t = 8 << 30
    static let sizeLimit = 1 << 20

    private let entry: FuzzEntry
    private var corpus: [[UInt8]]
    private var random: MutationRandom
    private let current: UnsafeMutableRawBufferPointer
    private let header = 8
    /// Of the input that took longest: CPU time of all threads, and its bytes.
    private(set) var slowest: (milliseconds: Int, input: [UInt8]) = (0, [])

    /// - Parameter recordPath: the file for the input of the moment: 8 bytes of its size, then the bytes.
    init?(entry: FuzzEntry, corpus: [[UInt8]], seed: UInt64, recordPath: String) {
        self.entry = entry
        self.corpus = corpus.filter { $0.count <= Self.sizeLimit }
        random = MutationRandom(seed: seed)
        let descriptor = open(recordPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        let size = Self.sizeLimit * 2
        guard descriptor >= 0, ftruncate(descriptor, size) == 0,
            let place = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), place != MAP_FAILED
        else { return nil }
        close(descriptor)
        current = UnsafeMutableRawBufferPointer(start: place, count: size)
    }

    /// Runs for `seconds` and returns how many inputs were parsed.
    mutating func run(seconds: Int) -> Int {
        var limit = rlimit(rlim_cur: Self.memoryLimit, rlim_max: Self.memoryLimit)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        let end = time(nil) + seconds
        var count = 0
        for input in corpus {
            feed(input)
            count += 1
        }
        while time(nil) < end {
            for _ in 0..<64 {
                feed(mutated())
                count += 1
            }
        }
        alarm(0)
        return count
    }

    private mutating func feed(_ input: [UInt8]) {
        current.storeBytes(of: UInt64(input.count), as: UInt64.self)
        alarm(Self.hangSeconds)
        let start = Self.milliseconds
        input.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: current[header...]).copyMemory(from: bytes)
            entry.parse(bytes)
        }
        let taken = Self.milliseconds - start
        if taken > slowest.milliseconds { slowest = (taken, input) }
    }

    private static var milliseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    }

    private mutating func mutated() -> [UInt8] {
        var bytes = corpus.isEmpty ? [] : corpus[random.below(corpus.count)]
        for _ in 0...random.below(8) { mutate(&bytes) }
        if bytes.count > Self.sizeLimit { bytes.removeLast(bytes.count - Self.sizeLimit) }
        return bytes
    }

    /// The bytes of some section of an ELF file; nil where there is none.
    private mutating func section(of bytes: [UInt8]) -> Range<Int>? {
        func number(_ place: Int, _ width: Int) -> Int? {
            guard place >= 0, place <= bytes.count - width else { return nil }
            return Int(
                truncatingIfNeeded: bytes[place..<place + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]), let table = number(40, 8), let count = number(60, 2),
            count > 0
        else { return nil }
        let (header, overflow) = table.addingReportingOverflow(random.below(count) * 64)
        guard !overflow, let start = number(header &+ 24, 8), let size = number(header &+ 32, 8), start >= 0, size > 0,
            start < bytes.count
        else { return nil }
        return start..<start + min(size, bytes.count - start)
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = (0..<64).map { _ in UInt8(random.below(256)) }
            return
        }
        // Headers stand at the front: half of all changes go there. Of an ELF file others go to each section alike, so
        // that small tables are met as often as code.
        let part = random.below(2) == 0 ? 0..<min(bytes.count, 512) : section(of: bytes) ?? 0..<bytes.count
        let place = part.lowerBound + random.below(part.count)
        switch random.below(10) {
        case 0: bytes.removeLast(bytes.count - place)
        case 1: bytes.insert(contentsOf: bytes[place...].prefix(1 + random.below(64)), at: place)
        case 2: bytes.removeSubrange(place..<min(place + 1 + random.below(16), bytes.count))
        case 3...5:
            // A whole field: borders of integer types, or something near the file's own sizes.
            let values: [UInt64] = [
                0, 1, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 63, UInt64.max, UInt64.max - 4095,
                UInt64(bytes.count), UInt64(random.below(bytes.count + 1)), 4096,
            ]
            let value = values[random.below(values.count)]
            let width = [1, 2, 4, 8][random.below(4)]
            let start = place / width * width
            for index in start..<min(start + width, bytes.count) {
                bytes[index] = UInt8(truncatingIfNeeded: value >> UInt64((index - start) * 8))
            }
        case 6:
            // A part of another input.
            let other = corpus[random.below(corpus.count)]
            guard !other.isEmpty else { return }
            let from = random.below(other.count)
            for (index, byte) in zip(place..<bytes.count, other[from...].prefix(1 + random.below(128))) {
                bytes[index] = byte
            }
        default: bytes[place] ^= UInt8(1 << random.below(8))
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct MutationRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// 0 ..< limit; 0 when limit is.
    mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(next() % UInt64(limit)) : 0 }
}
