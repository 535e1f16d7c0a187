import Diagnosis
import DumpText
import Reports

extension FuzzEntry {
    static let dumpText = FuzzEntry(
        name: "dump-text", summary: "A text with stack dumps, up to its report.",
        seeds: { DumpSeed.all.map { Array($0.utf8) } },
        parse: { bytes in
            let reader = DumpReader(Array(bytes))
            var length = 0
            for line in reader.explanation { length &+= line.text.utf8.count }
            for dump in reader.dumps {
                var writer = ByteWriter()
                ReportText(style: Style(width: 80, usesColor: false), showsStacks: true, isVerbose: true)
                    .write(Assessment(of: dump.snapshot), to: &writer)
                length &+= writer.string.utf8.count
            }
            if length < 0 { print(length) }
        })
}

/// One text of each form, made up.
private enum DumpSeed {
    static let all = [
        """
        Attaching to program: /opt/quill/bin/quill, process 50110
        [New LWP 50116]
          Id   Target Id                                      Frame
        * 1    Thread 0x7a10c6a01740 (LWP 50110) "quill" f (x=1) at f.c:2
        Thread 2 (Thread 0x7a10c3bff6c0 (LWP 50116) "flush"):
        #0  __lll_lock_wait (futex=futex@entry=0x5559b62d5108 <engine+40>, private=0) at ./nptl/lowlevellock.c:49
        #1  0x00007f90990ed8bc in lll_mutex_lock_optimized (mutex=0x5559b62d5108 <engine+40>) at ./nptl/pthread_mutex_lock.c:48
        #2  ___pthread_mutex_lock (mutex=0x5559b62d5108 <engine+40>) at ./nptl/pthread_mutex_lock.c:93
        #3  0x000000000041bb02 in ring_push (r=
            0x1b7c2a0, n=16, key=0x4a2f10 "label")
            at src/ring.c:171
        #4  <signal handler called>
        #5  0x0000000000000000 in ?? () from target:/opt/quill/lib/libqxio.so.1
        Backtrace stopped: previous frame inner to this frame
        (gdb) p *(pthread_mutex_t *) 0x5559b62d5108
        $1 = {__data = {__lock = 2, __count = 0, __owner = 50110, __nusers = 1, __kind = 0}, __align = 2}
        [Thread 0x7a10c33fe6c0 (LWP 50115) exited]
        """,
        """
        PID 50110 - process
        TID 50110:
        #0  0x00007a10c5d1e0aa - 1 __pthread_cond_wait - /usr/lib/libc.so.6   ../qx/slot.c:61:9
        #1  0x000000000041b9e8     ring_lock
            src/ring.c:130:14
        eu-stack: dwfl_thread_getframes tid 50116 at 0x7f1f in <unknown>: No DWARF information found
        """,
        """
        * thread #1, name = 'quill', stop reason = signal SIGINT
          * frame #0: 0x000000019a40c1d4 libqxcore.dylib`poll + 12
            frame #1: 0x0000000100c2e118 quill`ring_push [inlined] ring_lock(m=0x0000600001c20040) at ring.c:130:14 [opt]
        """,
        """
        Jul 12 04:15:09 node7 quill[50110]: > Stack trace of thread 50116:
        Jul 12 04:15:09 node7 quill[50110]: > #0  0x00007a10c5d0b1c0 n/a (libqxcore.so.4 + 0x1234)
        Jul 12 04:15:09 node7 quill[50110]: > #1  0x000000000041b9e8 ring_lock=3D (quill)=
        """,
        """
        <pre>Thread 1 (LWP 5):<br> PRJ-1 0x41 in f (a=3D1) at &lt;x&gt;.c:1 #2 0x42 in g () ---Type <return> to \
        continue, or q <return> to quit--- #3 0x43 in h () \u{1b}[31m…</pre>
        """,
    ]
}
