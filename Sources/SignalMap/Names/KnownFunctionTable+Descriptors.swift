/// Calls that wait until a descriptor, a process or a signal is ready, and those that make it so: man pages of sections
/// 2 and 3, by name.
extension KnownFunctionTable {
    mutating func addDescriptors() {
        library = .libc
        primitive("eventfd_read", "read", "__read", does: .wait(.fileDescriptor, 0).shared)
        primitive("eventfd_write", "write", "__write", does: .signal(.fileDescriptor, 0).shared)
    }
}
