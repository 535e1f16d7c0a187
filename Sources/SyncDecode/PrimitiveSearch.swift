import ProcessModel

/// The operation found on a stack and the frame that named it.
struct FoundPrimitive: Hashable {
    var primitive: Primitive
    /// Index into the stack.
    var frame: Int
}

/// Finds the innermost primitive of a stack; each distinct pc is classified once.
struct PrimitiveSearch {
    private enum FrameClass {
        case transparent
        case weak(Primitive)
        case strong(Primitive)
        case library
        case other
        case unnamed(inRuntimeLibrary: Bool)
    }

    private var known: [Address: FrameClass] = [:]
    private let hidden: HiddenFunctions
    /// Waits go through at most 6 frames of libc and 10 of a C++ library; more is somebody else's code.
    private static let depthLimit = 24
    private static let unnamedLimit = 4

    init(hidden: HiddenFunctions) { self.hidden = hidden }

    mutating func find(_ stack: [SyncFrame]) -> FoundPrimitive? {
        var weak: FoundPrimitive?
        var unnamed = 0
        for (index, frame) in stack.prefix(Self.depthLimit).enumerated() {
            switch classify(frame) {
            case .strong(.rustCondvar) where isRustBarrier(stack.dropFirst(index + 1)):
                return FoundPrimitive(primitive: .rustBarrier, frame: index)
            case .strong(let primitive): return FoundPrimitive(primitive: primitive, frame: index)
            case .weak(let primitive): weak = weak ?? FoundPrimitive(primitive: primitive, frame: index)
            case .transparent, .library: break
            case .other:
                // What is unnamed in libc and called by a function of libc that means no primitive takes a lock of
                // libc's own: a stream's, an arena's.
                guard weak == nil, unnamed > 0, unnamed == index,
                    frame.moduleName.map(LibraryNames.isGlibc) ?? false
                else { return weak }
                return FoundPrimitive(primitive: .libcLock, frame: index)
            case .unnamed(let inRuntimeLibrary):
                // A stripped libc still names its exported functions, which are further out.
                unnamed += 1
                guard inRuntimeLibrary, unnamed <= Self.unnamedLimit else { return weak }
            }
        }
        return weak
    }

    /// Rust's Barrier waits on a Condvar; the function around it says which it is.
    private mutating func isRustBarrier(_ stack: ArraySlice<SyncFrame>) -> Bool {
        for frame in stack.prefix(3) {
            if case .strong(.rustBarrier) = classify(frame) { return true }
        }
        return false
    }

    /// The kind of once object whose initializer the frame's function runs; nil for other functions.
    mutating func once(_ frame: SyncFrame) -> Primitive? {
        guard case .strong(let primitive) = classify(frame), primitive == .once || primitive == .rustOnce else {
            return nil
        }
        return primitive
    }

    private mutating func classify(_ frame: SyncFrame) -> FrameClass {
        if let found = known[frame.pc] { return found }
        var found = Self.classifyNames(of: frame)
        if case .unnamed(inRuntimeLibrary: true) = found, let primitive = hidden.primitive(around: frame.pc) {
            found = .strong(primitive)
        }
        // A text dump may have frames without an address, all at 0.
        if frame.pc.rawValue != 0 { known[frame.pc] = found }
        return found
    }

    private static func classifyNames(of frame: SyncFrame) -> FrameClass {
        var weak: Primitive?
        var isTransparent = false
        var isLibrary = false
        for name in frame.functions {
            switch PrimitiveNames.classify(name) {
            case .strong(.rustCondvar)
            where frame.functions.contains { PrimitiveNames.classify($0) == .strong(.rustBarrier) }:
                return .strong(.rustBarrier)
            case .strong(let primitive): return .strong(primitive)
            case .weak(let primitive): weak = weak ?? primitive
            case .transparent: isTransparent = true
            case .library: isLibrary = true
            case .other:
                // An inlined chain that ends in a function of the program: what its inner part said stands.
                break
            }
        }
        for name in frame.linkageNames {
            if case .strong(let primitive) = PrimitiveNames.classify(name) { return .strong(primitive) }
        }
        if let weak { return .weak(weak) }
        if isTransparent { return .transparent }
        if isLibrary { return .library }
        if frame.functions.allSatisfy(\.isEmpty), frame.linkageNames.isEmpty {
            return .unnamed(inRuntimeLibrary: frame.moduleName.map(LibraryNames.isRuntime) ?? false)
        }
        return .other
    }
}

/// Shared objects that hold the runtime side of waits, by file name.
enum LibraryNames {
    static func isRuntime(_ name: String) -> Bool {
        ["libc.so", "libc-2.", "libpthread", "libstdc++", "libdispatch", "libswift"].contains { name.hasPrefix($0) }
    }

    /// glibc calls itself libc.so.6 (libc-2.NN.so up to 2.33); musl is libc.so or ld-musl-*.so.1.
    static func isGlibc(_ name: String) -> Bool {
        name.hasPrefix("libc.so.6") || name.hasPrefix("libc-2.")
    }

    static func isMusl(_ name: String) -> Bool {
        name.hasPrefix("ld-musl-") || name.hasPrefix("libc.musl-")
    }
}
