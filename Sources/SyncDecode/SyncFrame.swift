public import ProcessModel

/// One physical frame of a stack as the decoder reads it.
public struct SyncFrame: Hashable, Sendable {
    /// The functions at this frame, innermost first: inlined ones, then the physical one. Demangled where that is
    /// known; empty when nothing names it.
    public var functions: [String]
    /// The linker's names of the same functions, as far as they are known and differ; in any order.
    public var linkageNames: [String]
    public var pc: Address
    /// The stack pointer while this frame executed `pc`; nil when the walk does not know it.
    public var stackPointer: Address?
    /// The last part of the path of the object that holds `pc`.
    public var moduleName: String?

    public init(
        functions: [String], linkageNames: [String] = [], pc: Address, stackPointer: Address? = nil,
        moduleName: String? = nil
    ) {
        self.functions = functions
        self.linkageNames = linkageNames
        self.pc = pc
        self.stackPointer = stackPointer
        self.moduleName = moduleName
    }
}
