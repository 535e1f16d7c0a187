import Glibc
import TestSupport

/// The tools whose stacks ours must equal.
enum Peer: String, CaseIterable, Sendable {
    case gdb
    case euStack = "eu-stack"
    case llvmSymbolizer = "llvm-symbolizer"
}

/// A difference from a peer that is explained. It must be there, unless it depends on the compiler's version: one that
/// no longer occurs fails the test, too.
struct KnownDifference: Sendable {
    var programs: [String]
    var peer: Peer
    var kind: StackDifference.Kind
    /// Patterns as of fnmatch(3).
    var ours: String
    var theirs: String
    var reason: String
    /// Some versions of the compiler, or builds of its library, do not lead to it.
    var dependsOnCompiler = false

    func matches(_ difference: StackDifference) -> Bool {
        difference.kind == kind && fnmatch(ours, difference.ours, 0) == 0 && fnmatch(theirs, difference.theirs, 0) == 0
    }
}
