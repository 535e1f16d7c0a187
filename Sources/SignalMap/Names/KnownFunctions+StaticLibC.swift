/// Names of libc in a program that holds it: the same functions under names of glibc's own.
extension KnownFunctions {
    /// What is known of a function that a statically linked program defines, if its name is one of libc's.
    ///
    /// Only for programs that hold libc: in others a function of such a name is the program's own. glibc defines most
    /// functions under several names: with underscores, `__libc_`, `__new_`, `_IO_` or `__GI_` in front, with `64` or
    /// `_time64` behind (nm of static programs with glibc 2.36). Of functions that the public ones are made of the lowest
    /// are known.
    static func inStaticProgram(_ symbol: String) -> KnownFunction? {
        named(symbol) ?? libC(symbol)
    }

    /// What is known of a function of libc, by any of its names.
    static func libC(_ symbol: String) -> KnownFunction? {
        if table.origins[symbol] == .libc { return table.entries[symbol] }
        if let known = insides.entries[symbol] { return known }
        var name = symbol[...]
        if name.hasPrefix("__GI_") { name = name.dropFirst(5) }
        for prefix in ["__libc_", "__new_", "_IO_new_", "_IO_", "___", "__"] where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count)
            break
        }
        var candidates = [name]
        for suffix in ["_time64", "64", "_2_1", "_new", "_old", "_nocancel"] where name.hasSuffix(suffix) {
            candidates.append(name.dropLast(suffix.count))
        }
        for candidate in candidates {
            let plain = String(candidate)
            for spelling in [plain, "__" + plain] where table.origins[spelling] == .libc {
                return table.entries[spelling]
            }
        }
        return nil
    }

    /// sysdeps/nptl/lowlevellock.h, nptl/lowlevellock.c, nptl/futex-internal.c of glibc 2.36.
    private static let insides: KnownFunctionTable = {
        var table = KnownFunctionTable()
        table.primitive("__lll_lock_wait __lll_lock_wait_private", does: .acquire(.futex, 0))
        table.primitive("__lll_lock_wake __lll_lock_wake_private", does: .of(.release, .futex, 0))
        // The word, the value, the clock, the limit.
        let until = Primitive.Timeout(operand: 3, forever: 0, report: .status(Primitives.timedOut))
        table.primitive(
            "__futex_abstimed_wait64 __futex_abstimed_wait_cancelable64 __futex_abstimed_wait_common",
            does: .wait(.futex, 0, timeout: until))
        table.primitive(
            "__futex_lock_pi64",
            does: .acquire(
                .futex, 0, timeout: Primitive.Timeout(operand: 2, forever: 0, report: .status(110))))
        return table
    }()
}
