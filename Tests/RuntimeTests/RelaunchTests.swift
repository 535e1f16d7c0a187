import Foundation
import TestSupport
import Testing

/// DEADWAIT_LOCKS=1 with libdeadwait.so: the program is executed once more, and sees nothing of it.
@Suite struct RelaunchTests {
    static let locks = "lock from libdeadwait-locks.so\n"
    static let refusal = "deadwait: no locks are recorded: preload or link libdeadwait-locks.so instead ("

    /// Runs a shell command with `$WHO` the program and `$LIB` the library, both by their paths.
    private func shell(_ command: String, flags: [String] = []) throws -> (status: Int32, output: String) {
        let program = try FixtureProgram(
            ["runtime/who.c"], flags: ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"] + flags)
        return try run([
            "env", "DEADWAIT_LOCKS=1", "KEPT=a b", "WHO=\(program.executable.path)",
            "LIB=\(try RuntimeLibrary.path())", "sh", "-c", command,
        ])
    }

    @Test func argumentsEnvironmentAndNameStay() throws {
        let (status, output) = try shell(#"exec env LD_PRELOAD=$LIB "$WHO" '' "two words" -x"#)
        #expect(status == 7)
        let name = try #require(output.firstMatch(of: #/argument 0: \S*/(who-[0-9a-f]+)\n/#)).output.1
        #expect(output.hasPrefix(Self.locks + "name \(name.prefix(15)), file /"))
        #expect(output.contains("/\(name), mark none, kept a b\n"))
        #expect(output.hasSuffix("argument 1: \nargument 2: two words\nargument 3: -x\n"))
    }

    @Test func aScriptAndItsNameStay() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = folder.appendingPathComponent("a script")
        let text = "#!/bin/sh -e\necho \"script $0 $1 $(cat /proc/$$/comm)\"\nexec \"$WHO\" \"$@\"\n"
        try text.write(to: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        let (status, output) = try shell("cd '\(folder.path)'; LD_PRELOAD=$LIB exec './a script' one")
        #expect(status == 7)
        #expect(output.hasPrefix("script ./a script one a script\n" + Self.locks))
        #expect(output.hasSuffix("argument 1: one\n"))
    }

    @Test(arguments: [
        // Found by the loader's search, between others.
        "LD_LIBRARY_PATH=${LIB%/*} LD_PRELOAD='libm.so.6 libdeadwait.so' exec $WHO",
        "cd ${LIB%/*}; LD_PRELOAD=./libdeadwait.so exec $WHO",
        "LD_PRELOAD=$LIB:$LIB exec $WHO",
        // Of a file that has no name any more.
        "cp $WHO $WHO.gone && exec 9<$WHO.gone && rm $WHO.gone; LD_PRELOAD=$LIB exec /proc/self/fd/9",
        // bash has a getenv and an unsetenv of its own.
        "LD_PRELOAD=$LIB exec bash -c 'exec -a \"\" $WHO'",
    ]) func theLibraryIsFoundHoweverItWasNamed(command: String) throws {
        let (status, output) = try shell(command)
        #expect(status == 7)
        #expect(output.hasPrefix(Self.locks), "\(output)")
        #expect(output.contains(", mark none, kept a b\n"))
        #expect(!output.contains("deadwait:"))
    }

    @Test(arguments: [
        ("LD_PRELOAD=$LIB exec /lib64/ld-linux-x86-64.so.2 $WHO", "it was started by an explicit call of ld.so)"),
        ("exec /lib64/ld-linux-x86-64.so.2 --preload $LIB $WHO", "it was started by an explicit call of ld.so)"),
        (
            "mkdir -p $WHO.d && cp $LIB $WHO.d/ && LD_PRELOAD=$WHO.d/libdeadwait.so exec $WHO",
            "there is no libdeadwait-locks.so beside libdeadwait.so)"
        ),
    ]) func whatCannotBeExecutedAgainIsTold(command: String, reason: String) throws {
        let (status, output) = try shell(command)
        #expect(status == 7)
        #expect(output.contains(Self.refusal + reason))
        #expect(output.contains("lock from libc.so.6\n"))
        #expect(output.components(separatedBy: "deadwait:").count == 2)
    }

    @Test(arguments: ["exec $WHO", "LD_PRELOAD=$LIB exec $WHO"]) func aLinkedLibraryStaysAlone(command: String) throws {
        let folder = try RuntimeLibrary.folder.get().path
        let (status, output) = try shell(
            command, flags: ["-Wl,--no-as-needed", "-L\(folder)", "-ldeadwait", "-Wl,-rpath,\(folder)"])
        #expect(status == 7)
        #expect(output.contains("lock from libc.so.6\n"))
        let reason = command.hasPrefix("LD") ? "libdeadwait.so is linked with it, not only preloaded)" : ""
        #expect(output.contains(Self.refusal + reason))
    }

    @Test func nothingHappensUnasked() throws {
        for setting in ["DEADWAIT_LOCKS=0", "DEADWAIT_LOCKS=", "DEADWAIT_DISABLED=1"] {
            let (status, output) = try shell("exec env \(setting) LD_PRELOAD=$LIB $WHO")
            #expect(status == 7)
            #expect(output.hasPrefix("lock from libc.so.6\n"), "\(setting): \(output)")
        }
    }
}
