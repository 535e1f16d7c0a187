/// What the map knows of other people's synchronisation functions: by the linker's name, or by system call.
enum Primitives {
    /// What a call to the function of this name does; nil for a name that is no primitive's.
    ///
    /// Names are as symbol tables have them, mangled, with or without a version ("@GLIBC_2.3.2").
    static func named(_ symbol: String) -> Primitive? { KnownFunctions.named(symbol)?.primitive }

    /// ETIMEDOUT (asm-generic/errno.h), which the functions of POSIX threads return.
    static let timedOut = 110
}
