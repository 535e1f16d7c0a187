import SyncDecode

extension FuzzEntry {
    /// The first 56 bytes are a system call's number and arguments; all of them are the target's memory, from
    /// `SyncDecodeFuzzing.memoryStart` on.
    static let waits = FuzzEntry(
        name: "waits", summary: "A blocked thread's system call, stack and objects, under each primitive's name.",
        seeds: {
            let object = SyncDecodeFuzzing.memoryStart + 0x100
            return [
                // A mutex, a condition of 2.31 to 2.40, a struct pthread.
                seed([202, object, 0x80, 2, 0, 0, 0], at: 0x100, [2, 0, 101, 1, 0, 0]),
                seed(
                    [202, object + 44, 0x189, 0, 0, 0, 0], at: 0x100, [11, 0, 3, 0, 2, 0, 0, 0xffff_fffe, 4, 8, 0, 0]),
                seed([202, object + 720, 0x109, 101, 0, 0, 0], at: 0x100, [UInt32(truncatingIfNeeded: object)]),
                seed([7, object, 2, 1000, 0, 0, 0], at: 0x100, [3, 1, 4, 1]),
                seed([219, object, 0x189, 0, object, 0, 0xffff_ffff], at: 0x100, [1, 0, 1, 0]),
            ]
        }, parse: { SyncDecodeFuzzing.waits($0) })

    private static func seed(_ call: [UInt64], at offset: Int, _ words: [UInt32]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1280)
        for (index, value) in call.enumerated() {
            withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(index * 8..<index * 8 + 8, with: $0) }
        }
        for (index, value) in words.enumerated() {
            let position = offset + index * 4
            withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(position..<position + 4, with: $0) }
        }
        return bytes
    }
}
