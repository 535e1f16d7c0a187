import ProcessModel
import SyncDecode
import TestSupport
import Testing

@Suite("Waits on objects of libc, with the oldest and the newest glibc of the table")
struct OtherGlibcTests {
    static let flags: [[String]] = [["-g", "-O0", "-pthread"], ["-s", "-O2", "-pthread"]]

    @Test("live, without a stop", arguments: OtherGlibc.all, flags)
    func live(glibc: OtherGlibc, flags: [String]) throws {
        let program = try glibc.program("zoo.c", flags: flags).start()
        LibcZoo.check(try Zoo.live(program))
        // eu-stack has stopped it: timed waits now stand in restart_syscall.
        LibcZoo.check(try Zoo.live(program))
    }

    @Test("in a core of gcore", arguments: OtherGlibc.all, flags)
    func core(glibc: OtherGlibc, flags: [String]) throws {
        LibcZoo.check(try Zoo.core(try glibc.program("zoo.c", flags: flags).start()))
    }

    @Test("started by the loader", arguments: OtherGlibc.all)
    func byLoader(glibc: OtherGlibc) throws {
        let program = try glibc.start("zoo.c", flags: ["-g", "-O2", "-pthread"])
        LibcZoo.check(try Zoo.live(program))
        LibcZoo.check(try Zoo.core(program))
    }
}
