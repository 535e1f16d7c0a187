import LinuxProcess

extension FuzzEntry {
    static let compressed = FuzzEntry(
        name: "compressed", summary: "A compressed core, through zlib, libzstd, liblzma and liblz4.",
        seeds: {
            // "deadwait" as gzip, zstd, xz and lz4 pack it.
            [
                [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 8, 0, 0xf7, 0xff] + Array("deadwait".utf8)
                    + [0, 0, 0, 0, 8, 0, 0, 0],
                [0x28, 0xb5, 0x2f, 0xfd, 0x20, 8, 0x41, 0, 0] + Array("deadwait".utf8),
                [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1, 0x69, 0x22, 0xde, 0x36, 2, 0, 0x21, 1, 0x16, 0, 0, 0],
                [4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0, 8, 0, 0, 0x80] + Array("deadwait".utf8) + [0, 0, 0, 0],
            ]
        }, parse: { LinuxProcessFuzzing.compressed($0) })
}
