import LinuxProcess

extension FuzzEntry {
    static let procFiles = FuzzEntry(
        name: "proc-files", summary: "maps, stat, status, syscall, schedstat, cmdline, locks and sockets below /proc.",
        seeds: { ProcFilesEntry.seeds }, parse: { LinuxProcessFuzzing.procFiles($0) })
}

/// One file of each kind, as the manual pages lay them out (proc_pid_maps(5) and its neighbours).
private enum ProcFilesEntry {
    static var seeds: [[UInt8]] {
        [
            """
            55d0c0000000-55d0c0001000 r-xp 00001000 fe:01 1234     /usr/bin/a\\012b (deleted)
            7ffd5c000000-7ffd5c021000 rw-p 00000000 00:00 0        [stack]
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]

            """,
            "708 (a) b) S 1 708 708 0 -1 4194560 100 0 0 0 0 0 0 0 20 0 2 0 100 1000 10 18446744073709551615\n",
            """
            Name:\ta
            Tgid:\t708
            TracerPid:\t0
            Uid:\t1000\t1000\t1000\t1000
            NSpid:\t708\t1
            voluntary_ctxt_switches:\t3
            nonvoluntary_ctxt_switches:\t1

            """,
            "202 0x7f00 0x189 0x0 0x0 0x0 0xffffffff 0x7ffe0010 0x7f0042\n",
            "-1 0x7ffe0010 0x7f0042\n",
            "running\n",
            "123456789 1000 42\n",
            "/bin/a\0-b\0\0",
            "1: POSIX  ADVISORY  WRITE 708 fd:01:5123 10 EOF\n1: -> FLOCK  ADVISORY  READ 709 fd:01:5123 0 EOF\n",
            """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 12345 1
               1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 12346 1

            """,
            """
            Num       RefCount Protocol Flags    Type St Inode Path
            0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/a b

            """,
        ].map { Array($0.utf8) }
    }
}
