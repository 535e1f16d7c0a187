import Testing

@testable import DumpText

/// Forms that frames and headers take in gdb's own output.
@Suite struct FrameFormTests {
    private func frame(_ text: String) throws -> ParsedFrame {
        try #require(GDBFrame.parse(ArraySlice(Array(text.utf8))), "\(text)")
    }

    @Test(arguments: [
        ("#1  take_slot (slot=<optimized out>, flags=0) at src/slot.h:52", "take_slot", "src/slot.h", 52, 2),
        (
            "#2  0x41b9e8 in ring_lock (m=0x7a10c6b0d148 <_qx_global+520>) at src/ring.c:130", "ring_lock",
            "src/ring.c", 130, 1
        ),
        (
            "#3  0x41bb02 in ring_push (r=r@entry=0x1b7c2a0, n=12, n@entry=16) at a b/r.c:171", "ring_push", "a b/r.c",
            171, 2
        ),
        (
            "#8  0x41d001 in qx::Store<int>::put(qx::Key const&, long) (this=0x1b7e0f0, k=..., v=9) at src/store.cc:300",
            "qx::Store<int>::put(qx::Key const&, long)", "src/store.cc", 300, 3
        ),
        (
            "#9  0x41d0f7 in qx::(anonymous namespace)::Box::close (this=this@entry=0x1b7e200) at src/box.cc:19",
            "qx::(anonymous namespace)::Box::close", "src/box.cc", 19, 1
        ),
        ("#10 operator() (__closure=0x1b7e3a8) at src/box.cc:40", "operator()", "src/box.cc", 40, 1),
        ("#2  f (s=0x4a2f10 \"a, b) at x.c:1\", n={a = 1, b = {2, 3}}) at y.c:7", "f", "y.c", 7, 2),
        ("#2  f (c=39 '\\'', d=0x0) at y.c:7", "f", "y.c", 7, 2),
        ("#01 ring_push() at src/ring.c:171", "ring_push", "src/ring.c", 171, 0),
    ])
    func aFrameWithAPlace(_ text: String, _ function: String, _ file: String, _ line: Int, _ arguments: Int) throws {
        let frame = try frame(text)
        #expect(frame.function == function && frame.file == file && frame.line == line)
        #expect(frame.arguments.count == arguments, "\(frame.arguments)")
    }

    @Test(arguments: [
        (
            "#0  0x00007a10c5d1e0aa in qx_slot_sleep@@QX_2.1 () from /opt/quill/lib/libqxcore.so.4",
            "/opt/quill/lib/libqxcore.so.4"
        ),
        ("#4  0x00007a10c5c0f3b2 in ?? () from target:/opt/quill/lib/libqxio.so.1", "/opt/quill/lib/libqxio.so.1"),
        ("#13 0x7a10 in qx_thread_main () at ../qx/x86/thread.S:90 from /opt/x.so", "/opt/x.so"),
    ])
    func aFrameWithAModule(_ text: String, _ module: String) throws {
        #expect(try frame(text).module == module)
    }

    @Test func whatIsNotKnownStaysSo() throws {
        #expect(try frame("#5  0x080d21ee in ?? ()").function == nil)
        #expect(try frame("#7  0x00007a10c5c0f400 in ??? () at ../qx/start.S:77").function == nil)
        #expect(try frame("#6  <signal handler called>").isSignalFrame)
        #expect(try frame("#3  0x41 in ring_push (r=0x1b7c2a0, n=").function == "ring_push")
        #expect(try frame("#3  0x41 in ring_push (r=0x1b7c2a0, n=").arguments.first?.value == "0x1b7c2a0")
        #expect(try frame("#2  0x1 in f (x=x@entry=5)").arguments.first?.value == "5")
    }

    @Test(arguments: ["", "#", "#x", "#1x", "1  0x4 in f ()", "##1", "Thread 1", "# 12 in"]) func otherLinesAreNone(
        _ text: String
    ) {
        #expect(GDBFrame.parse(ArraySlice(Array(text.utf8))) == nil)
    }

    @Test(arguments: [
        ("Thread 7 (Thread 0x7a10c44006c0 (LWP 50117)):", 7, 50117, ""),
        ("Thread 6 (Thread 0x7a10c3bff6c0 (LWP 50116) \"quill-flush\"):", 6, 50116, "quill-flush"),
        ("Thread 5 (Thread 0x7a10c33fe6c0 (LWP 50115) \"[RING:0]\"):", 5, 50115, "[RING:0]"),
        ("Thread 4 (LWP 50114):", 4, 50114, ""), ("Thread 12 (Thread 31077):", 12, 31077, ""),
        ("Thread 1 (Thread -1209411904 (LWP 6044)):", 1, 6044, ""), ("Thread 6012:", 6012, 0, ""),
    ])
    func aHeader(_ text: String, _ number: Int, _ lwp: Int32, _ name: String) throws {
        let header = try #require(GDBHeader.parse(ArraySlice(Array(text.utf8))))
        #expect(header.number == number && (header.lwp ?? 0) == lwp && (header.name ?? "") == name)
    }
}
