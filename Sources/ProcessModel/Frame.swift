/// By which means a frame was found: how far to trust it, best first.
public enum Trust: String, Hashable, Codable, Sendable, CaseIterable {
    /// The thread's own registers: frame 0.
    case context
    /// Call frame information, .eh_frame or .debug_frame.
    case cfi
    /// Found by libunwind where call frame information as libdw reads it had no way on.
    case libunwind
    /// The saved frame pointer, in code without call frame information.
    case framePointer
    /// A word on the stack that points behind a call instruction: a guess. So is every frame that was reached through
    /// one.
    case scan
    /// Read from a text dump: as good as the tool that wrote it.
    case text
    /// Recorded by the runtime library in the process itself, by call frame information or the frame pointer.
    case registry
}

/// Where a formal parameter lives at the frame's instruction, and its value when it was cheap to read.
public struct Parameter: Hashable, Codable, Sendable {
    public var name: String
    /// In assembler notation: "rdi", "[rbp-24]", "[cfa-40]", "optimized out"; nil when not decided.
    public var location: String?
    /// As text, since a dump gives text: "0x7f00", "100000".
    public var value: String?

    public init(name: String, location: String? = nil, value: String? = nil) {
        self.name = name
        self.location = location
        self.value = value
    }
}

/// One function at one instruction, physical or inlined.
public struct SourceFrame: Hashable, Codable, Sendable {
    /// Demangled. Nil when neither DWARF nor a symbol names the function.
    public var function: String?
    /// As the linker knows it; nil when equal to `function` or when not known (inlined code).
    public var linkageName: String?
    public var file: String?
    /// 1 and up; nil when not known.
    public var line: Int?
    /// From 1; nil when the line table has none.
    public var column: Int?
    /// Inlined into the next frame out.
    public var isInlined: Bool
    /// In the order of the declaration; empty unless they were asked for.
    public var parameters: [Parameter]

    public init(
        function: String?, linkageName: String? = nil, file: String? = nil, line: Int? = nil, column: Int? = nil,
        isInlined: Bool = false, parameters: [Parameter] = []
    ) {
        self.function = function
        self.linkageName = linkageName
        self.file = file
        self.line = line
        self.column = column
        self.isInlined = isInlined
        self.parameters = parameters
    }
}

/// One physical frame of a stack.
public struct Frame: Hashable, Codable, Sendable {
    /// The instruction, when `isReturnAddress` is false; else the instruction after the call.
    public var pc: Address?
    /// Whether `pc` is where a call returns to, one behind the instruction that stands for the frame.
    public var isReturnAddress: Bool
    /// By which means it was found.
    public var trust: Trust
    /// A frame that the kernel made to run a signal handler; the next frame out is the interrupted one.
    public var isSignalFrame: Bool
    /// Index into the snapshot's modules.
    public var module: Int?
    /// The symbol's name, demangled, with the distance of `pc` from it. Nil without symbols.
    public var symbolOffset: UInt64?
    /// Innermost first: inlined functions, then the physical one. Empty when nothing names it.
    public var source: [SourceFrame]

    public init(
        pc: Address?, isReturnAddress: Bool, trust: Trust, isSignalFrame: Bool = false, module: Int? = nil,
        symbolOffset: UInt64? = nil, source: [SourceFrame] = []
    ) {
        self.pc = pc
        self.isReturnAddress = isReturnAddress
        self.trust = trust
        self.isSignalFrame = isSignalFrame
        self.module = module
        self.symbolOffset = symbolOffset
        self.source = source
    }

    /// The address to look up: one place subtracts one, so that a call that never returns still names its caller.
    public var lookupAddress: Address? {
        pc.map { isReturnAddress ? $0 - 1 : $0 }
    }

    /// The physical function's name, nil when not known.
    public var function: String? { source.last?.function }
}

/// How a stack ends.
public enum StackEnd: Hashable, Codable, Sendable {
    /// At the outermost frame: the unwind table says that nothing called it.
    case complete
    /// At the limit of frames; there are more.
    case limit
    /// The walk could not go on; the stack is cut short.
    case failed(reason: String)
}

/// A stack, innermost frame first. Equal stacks of several threads are kept once.
public struct Stack: Hashable, Codable, Sendable {
    /// Indexes into the snapshot's frames.
    public var frames: [Int]
    /// Whether the outermost frame is really the outermost.
    public var end: StackEnd

    public init(frames: [Int], end: StackEnd) {
        self.frames = frames
        self.end = end
    }
}
