import Glibc

/// Messages over a stream socket: 4 bytes with the count, then the bytes. The child's end, which may block.
enum IsolatedChannel {
    /// The next message; nil at the end of the stream, on an error, or for a count beyond `limit`. The caller
    /// deallocates it.
    static func receive(_ socket: Int32, limit: Int) -> UnsafeMutableRawBufferPointer? {
        var count: UInt32 = 0
        guard withUnsafeMutableBytes(of: &count, { receiveAll(socket, $0) }), Int(count) <= limit else { return nil }
        let message = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(count), alignment: 8)
        guard receiveAll(socket, message) else {
            message.deallocate()
            return nil
        }
        return message
    }

    static func send(_ socket: Int32, _ bytes: [UInt8]) -> Bool {
        guard var count = UInt32(exactly: bytes.count) else { return false }
        return withUnsafeBytes(of: &count) { sendAll(socket, $0) } && bytes.withUnsafeBytes { sendAll(socket, $0) }
    }

    private static func receiveAll(_ socket: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = read(socket, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private static func sendAll(_ socket: Int32, _ buffer: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = Glibc.send(
                socket, buffer.baseAddress.map { $0 + done }, buffer.count - done, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
