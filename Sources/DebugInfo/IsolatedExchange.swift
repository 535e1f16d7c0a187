import Glibc
import ProcessModel

/// One question to one child, and its answer: driven by `run` together with those to the other children.
final class IsolatedExchange {
    enum Outcome {
        case answered(IsolatedReply)
        case died(IsolatedWorker.Death)
    }

    let worker: IsolatedWorker
    private(set) var outcome: Outcome?
    private let outgoing: [UInt8]
    private var sent = 0
    private var incoming: [UInt8] = []
    /// Count of the answer's bytes with the 4 of the count itself; nil until these have come.
    private var expected: Int?
    private let answerLimit: Int
    private let answerCount: Int
    private let moduleCount: Int

    /// `answerCount`: how many answers there must be.
    init(_ worker: IsolatedWorker, _ request: IsolatedRequest, answerCount: Int, moduleCount: Int) {
        self.worker = worker
        self.answerCount = answerCount
        self.moduleCount = moduleCount
        // Generous for one address with deep inlining and parameters, and little enough to be held in memory.
        answerLimit = min(16 << 20 + answerCount * (64 << 10), 512 << 20)
        var writer = IsolatedWriter()
        writer.integer(UInt32(0))
        writer.request(request)
        var bytes = writer.bytes
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count - 4).littleEndian) {
            for index in 0..<4 { bytes[index] = $0[index] }
        }
        outgoing = bytes
    }

    /// Runs all exchanges until each has an outcome or `milliseconds` have passed; those without an answer by then have
    /// their child killed.
    static func run(_ exchanges: [IsolatedExchange], milliseconds: Int) {
        let deadline = now() + Int64(milliseconds) * 1_000_000
        var open = exchanges
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { scratch.deallocate() }
        while !open.isEmpty {
            let left = deadline - now()
            if left <= 0 { break }
            var descriptors = open.map {
                pollfd(fd: $0.worker.socket, events: Int16($0.isSent ? POLLIN : POLLIN | POLLOUT), revents: 0)
            }
            let ready = poll(&descriptors, nfds_t(descriptors.count), Int32(min(left / 1_000_000 + 1, 1_000)))
            if ready < 0, errno != EINTR { break }
            if ready > 0 {
                for (index, exchange) in open.enumerated() where descriptors[index].revents != 0 {
                    exchange.progress(scratch)
                }
            }
            open.removeAll { $0.outcome != nil }
        }
        for exchange in open { exchange.outcome = .died(exchange.worker.end(as: .deadline)) }
    }

    private var isSent: Bool { sent == outgoing.count }

    private func progress(_ scratch: UnsafeMutableRawBufferPointer) {
        if !isSent {
            let count = outgoing.withUnsafeBytes {
                Glibc.send(
                    worker.socket, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count }
            if count < 0, errno != EAGAIN, errno != EINTR {
                outcome = .died(worker.endOfStream())
                return
            }
        }
        receive(scratch)
    }

    private func receive(_ scratch: UnsafeMutableRawBufferPointer) {
        let count = read(worker.socket, scratch.baseAddress, scratch.count)
        let failure = errno
        if count < 0, failure == EAGAIN || failure == EINTR { return }
        guard count > 0 else {
            outcome = .died(worker.endOfStream())
            return
        }
        incoming.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        if expected == nil, incoming.count >= 4 {
            let size = (0..<4).reduce(0) { $0 | Int(incoming[$1]) << (8 * $1) }
            guard size <= answerLimit else {
                return refuse("\(size) bytes are more than any answer has")
            }
            expected = size + 4
        }
        guard let expected, incoming.count >= expected else { return }
        guard incoming.count == expected else { return refuse("it goes on behind its end") }
        decode()
    }

    private func decode() {
        do throws(DebugInfoError) {
            let reply = try Self.decode(Array(incoming[4...]), modules: moduleCount)
            guard reply.answers.code == outgoing[4], reply.answers.count == answerCount else {
                throw .message(problem: "it answers another question")
            }
            outcome = .answered(reply)
        } catch {
            outcome = .died(worker.end(as: .malformed(error.description)))
        }
    }

    /// Decodes a reply; the entry that the fuzzer uses, too.
    static func decode(_ bytes: [UInt8], modules: Int) throws(DebugInfoError) -> IsolatedReply {
        let result = bytes.withUnsafeBytes { buffer -> Result<IsolatedReply, DebugInfoError> in
            Result { () throws(DebugInfoError) in
                var reader = IsolatedReader(buffer)
                return try reader.reply(modules: modules)
            }
        }
        return try result.get()
    }

    private func refuse(_ problem: String) {
        outcome = .died(worker.end(as: .malformed(DebugInfoError.message(problem: problem).description)))
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
