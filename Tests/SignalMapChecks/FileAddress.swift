/// An instruction or a return address in a file, apart from where a process has it loaded.
public struct FileAddress: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The file's path.
    public var module: String
    /// The file's own, as its linker left it.
    public var address: UInt64

    public init(module: String, address: UInt64) {
        self.module = module
        self.address = address
    }

    /// `libwiredtiger.so.0+0x3cc99`
    public var description: String {
        (module.split(separator: "/").last.map(String.init) ?? module) + "+0x" + String(address, radix: 16)
    }
}
