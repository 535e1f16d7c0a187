/// Functions of libc that ask the system or format text: they keep nothing and call nothing back. POSIX.1-2017 and the
/// man pages of sections 2 and 3, names as glibc 2.36 exports them.
extension KnownFunctionTable {
    mutating func addSystem() {
        library = .libc
        addStreams()
        addFiles()
        addProcessState()
        addDatabases()
        addThreadAttributes()
        addInternals()
    }

    private mutating func addStreams() {
        // %n writes a count, and %p can be read back by nobody but scanf: both go through arguments.
        plain(
            """
            printf fprintf sprintf snprintf dprintf vprintf vfprintf vsprintf vsnprintf vdprintf __vsnprintf
            __snprintf __printf_chk __fprintf_chk __sprintf_chk __snprintf_chk __vprintf_chk __vfprintf_chk
            __vsprintf_chk __vsnprintf_chk __vdprintf_chk __dprintf_chk wprintf fwprintf swprintf vwprintf vfwprintf
            vswprintf __wprintf_chk __fwprintf_chk __swprintf_chk __vwprintf_chk __vfwprintf_chk __vswprintf_chk
            syslog vsyslog __syslog_chk __vsyslog_chk warn warnx vwarn vwarnx err errx verr verrx error error_at_line
            """)
        // %p of a text of the program's own.
        for names in [
            """
            scanf fscanf sscanf vscanf vfscanf vsscanf __isoc99_scanf __isoc99_fscanf __isoc99_sscanf __isoc99_vscanf
            __isoc99_vfscanf __isoc99_vsscanf wscanf fwscanf swscanf vwscanf vfwscanf vswscanf __isoc99_wscanf
            __isoc99_fwscanf __isoc99_swscanf __isoc99_vwscanf __isoc99_vfwscanf __isoc99_vswscanf __vsscanf
            """
        ] { filling(names, .from(0)) }
        // A list of arguments is memory that holds pointers.
        scattering("vscanf __isoc99_vscanf vwscanf __isoc99_vwscanf", [1])
        scattering(
            """
            vfscanf vsscanf __isoc99_vfscanf __isoc99_vsscanf __vsscanf vfwscanf vswscanf __isoc99_vfwscanf
            __isoc99_vswscanf
            """, [2])
        reading(
            """
            puts fputs putc putchar fputc fputs_unlocked putc_unlocked putchar_unlocked fputc_unlocked perror psignal
            fputws fputwc putwc putwchar fputws_unlocked fputwc_unlocked putwc_unlocked putwchar_unlocked putw
            """)
        sending("fwrite fwrite_unlocked", [0])
        plain(
            """
            fopen fopen64 fdopen freopen freopen64 fmemopen tmpfile tmpfile64 fclose fcloseall fflush fflush_unlocked
            fseek fseeko fseeko64 ftell ftello ftello64 rewind fgetpos fgetpos64 fsetpos fsetpos64 feof ferror clearerr
            feof_unlocked ferror_unlocked clearerr_unlocked fileno fileno_unlocked setlinebuf fwide __fsetlocking
            __fpending __fpurge __freading __fwriting __freadable __fwritable __flbf __fbufsize _flushlbf
            openlog closelog setlogmask __overflow __uflow __underflow __woverflow __wuflow __wunderflow
            getchar_unlocked fgetc_unlocked getwc_unlocked getwchar_unlocked fgetwc_unlocked getwchar
            """)
        addStreamLocks()
        // The buffer that fmemopen is given is the stream's own from then on.
        keeping("fmemopen", [0])
    }

    /// Each call holds the lock of its stream (POSIX.1-2017, section 2.5 of System Interfaces); which one that is for
    /// standard output and error hangs on what `stdout` and `stderr` are at that time.
    private mutating func addStreamLocks() {
        let streams: [(Operand?, String)] = [
            (
                0,
                """
                fprintf vfprintf __fprintf_chk __vfprintf_chk fwprintf vfwprintf __fwprintf_chk __vfwprintf_chk fscanf
                vfscanf __isoc99_fscanf __isoc99_vfscanf fwscanf vfwscanf __isoc99_fwscanf __isoc99_vfwscanf fclose
                fflush fseek fseeko fseeko64 ftell ftello ftello64 rewind fgetpos fgetpos64 fsetpos fsetpos64 feof
                ferror clearerr setvbuf setbuf setbuffer setlinebuf fwide
                """
            ), (1, "fputs fputc putc _IO_putc fputws fputwc putwc putw"), (2, "freopen freopen64"), (3, "fwrite"),
            (
                nil,
                """
                printf vprintf __printf_chk __vprintf_chk wprintf vwprintf __wprintf_chk __vwprintf_chk scanf vscanf
                __isoc99_scanf __isoc99_vscanf wscanf vwscanf __isoc99_wscanf __isoc99_vwscanf puts putchar putwchar
                perror psignal warn warnx vwarn vwarnx error error_at_line fcloseall
                """
            ),
        ]
        for (stream, names) in streams { primitive(names, does: .of(.hold, .streamLock, stream)) }
    }

    private mutating func addFiles() {
        plain(
            """
            stat fstat lstat fstatat stat64 fstat64 lstat64 fstatat64 statx __xstat __fxstat __lxstat __fxstatat
            __xstat64 __fxstat64 __lxstat64 __fxstatat64 statfs fstatfs statfs64 fstatfs64 statvfs fstatvfs statvfs64
            fstatvfs64 access faccessat eaccess euidaccess chmod fchmod fchmodat chown fchown lchown fchownat umask
            mkdir mkdirat rmdir unlink unlinkat remove rename renameat renameat2 link linkat symlink symlinkat readlink
            readlinkat __readlink_chk __readlinkat_chk mknod mknodat mkfifo mkfifoat truncate ftruncate truncate64
            ftruncate64 fallocate fallocate64 posix_fallocate posix_fallocate64 posix_fadvise posix_fadvise64 readahead
            sync syncfs sync_file_range msync fcntl fcntl64 __fcntl ioctl lseek lseek64 __lseek mkstemp mkstemp64
            mkostemp mkostemp64 mkstemps mkstemps64 mkostemps mkostemps64 mkdtemp mktemp tmpnam tmpnam_r tempnam
            chdir fchdir chroot getcwd __getcwd_chk getwd get_current_dir_name realpath __realpath_chk
            canonicalize_file_name opendir fdopendir closedir readdir readdir64 readdir_r readdir64_r rewinddir seekdir
            telldir dirfd getdents64 alphasort alphasort64 versionsort versionsort64 utime utimes futimes lutimes
            futimens utimensat futimesat getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr
            flistxattr removexattr lremovexattr fremovexattr pathconf fpathconf inotify_add_watch inotify_rm_watch
            fanotify_init fanotify_mark shm_open shm_unlink mq_open mq_close mq_unlink mq_getattr mq_setattr sem_unlink
            ftok mount umount umount2 isatty ttyname ttyname_r tcgetattr tcsetattr tcflush tcflow tcsendbreak
            tcgetpgrp tcsetpgrp tcgetsid cfgetispeed cfgetospeed cfsetispeed cfsetospeed cfsetspeed cfmakeraw
            posix_openpt grantpt unlockpt ptsname ptsname_r openpty fts_read fts_children fts_set fts_close
            bind listen getsockname getpeername getsockopt setsockopt sockatmark if_nametoindex if_indextoname
            if_nameindex if_freenameindex getifaddrs freeifaddrs getaddrinfo freeaddrinfo getnameinfo
            """)
    }

    private mutating func addProcessState() {
        plain(
            """
            getpid getppid gettid getpgid setpgid getpgrp setpgrp getsid setsid getuid geteuid getgid getegid setuid
            seteuid setgid setegid setreuid setregid setresuid setresgid getresuid getresgid getgroups setgroups
            initgroups getrlimit getrlimit64 setrlimit setrlimit64 prlimit prlimit64 getrusage getpriority setpriority
            nice sysconf confstr getauxval __getauxval uname gethostname sethostname getdomainname getpagesize
            getdtablesize getloadavg sysinfo get_nprocs get_nprocs_conf get_phys_pages get_avphys_pages sched_yield
            sched_getaffinity sched_setaffinity sched_getcpu getcpu sched_getparam sched_setparam sched_getscheduler
            sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval personality
            mprotect __mprotect madvise __madvise posix_madvise mlock mlock2 munlock mlockall munlockall mincore brk
            pkey_alloc pkey_free pkey_mprotect pkey_get pkey_set getenv secure_getenv __secure_getenv setenv unsetenv
            clearenv getopt getopt_long getopt_long_only getsubopt execv execve execvp execvpe execl execle execlp
            fexecve execveat posix_spawn_file_actions_init posix_spawn_file_actions_destroy
            posix_spawn_file_actions_addopen posix_spawn_file_actions_addclose posix_spawn_file_actions_adddup2
            posix_spawnattr_init posix_spawnattr_destroy posix_spawnattr_setflags posix_spawnattr_setpgroup
            posix_spawnattr_setsigdefault posix_spawnattr_setsigmask sigemptyset sigfillset sigaddset sigdelset
            sigismember sigprocmask sigpending siginterrupt sigblock sigsetmask sighold sigrelse sigignore
            backtrace backtrace_symbols backtrace_symbols_fd gnu_get_libc_version gnu_get_libc_release ptrace
            shmget shmctl shmdt msgget msgctl setns unshare acct reboot swapon swapoff gethostid ulimit
            """)
        // By its first argument; PR_SET_NAME and its like keep nothing, and none of its operations calls back.
        plain("prctl arch_prctl")
        filling("shmat", [])
        change("shmat") { $0.result = .unknown }
        filling("process_vm_readv", [1])
        scattering("process_vm_readv", [1])
        sending("process_vm_writev", [1])
    }

    private mutating func addDatabases() {
        plain(
            """
            getpwnam getpwuid getpwnam_r getpwuid_r getpwent getpwent_r setpwent endpwent getgrnam getgrgid getgrnam_r
            getgrgid_r getgrent getgrent_r setgrent endgrent getgrouplist getlogin getlogin_r gethostbyname
            gethostbyname_r gethostbyaddr gethostbyaddr_r gethostbyname2 gethostbyname2_r getservbyname getservbyname_r
            getservbyport getservbyport_r getprotobyname getprotobynumber getprotobyname_r getprotobynumber_r
            getspnam getspnam_r setmntent getmntent getmntent_r endmntent hcreate hdestroy hcreate_r hdestroy_r
            """)
    }

    private mutating func addThreadAttributes() {
        plain(
            """
            pthread_self thrd_current pthread_equal thrd_equal pthread_yield thrd_yield pthread_attr_init
            pthread_attr_destroy pthread_attr_getaffinity_np pthread_attr_setaffinity_np pthread_attr_getdetachstate
            pthread_attr_setdetachstate pthread_attr_getguardsize pthread_attr_setguardsize
            pthread_attr_getinheritsched pthread_attr_setinheritsched pthread_attr_getschedparam
            pthread_attr_setschedparam pthread_attr_getschedpolicy pthread_attr_setschedpolicy pthread_attr_getscope
            pthread_attr_setscope pthread_attr_getstack pthread_attr_setstack pthread_attr_getstacksize
            pthread_attr_setstacksize pthread_getattr_np pthread_getattr_default_np pthread_setattr_default_np
            pthread_getaffinity_np pthread_setaffinity_np pthread_getname_np pthread_setname_np pthread_getschedparam
            pthread_setschedparam pthread_setschedprio pthread_getcpuclockid pthread_getconcurrency
            pthread_setconcurrency pthread_setcancelstate pthread_setcanceltype pthread_testcancel pthread_sigmask
            pthread_key_delete tss_delete pthread_mutexattr_init pthread_mutexattr_destroy pthread_mutexattr_gettype
            pthread_mutexattr_settype pthread_mutexattr_getpshared pthread_mutexattr_setpshared
            pthread_mutexattr_getrobust pthread_mutexattr_setrobust pthread_mutexattr_getprotocol
            pthread_mutexattr_setprotocol pthread_mutexattr_getprioceiling pthread_mutexattr_setprioceiling
            __pthread_mutexattr_init __pthread_mutexattr_destroy __pthread_mutexattr_settype pthread_mutex_consistent
            pthread_mutex_consistent_np pthread_mutex_getprioceiling pthread_mutex_setprioceiling
            pthread_condattr_init pthread_condattr_destroy pthread_condattr_getclock pthread_condattr_setclock
            pthread_condattr_getpshared pthread_condattr_setpshared pthread_rwlockattr_init pthread_rwlockattr_destroy
            pthread_rwlockattr_getpshared pthread_rwlockattr_setpshared pthread_rwlockattr_getkind_np
            pthread_rwlockattr_setkind_np pthread_barrierattr_init pthread_barrierattr_destroy
            pthread_barrierattr_getpshared pthread_barrierattr_setpshared sem_getvalue _pthread_cleanup_pop
            _pthread_cleanup_pop_restore __pthread_unregister_cancel __pthread_unregister_cancel_restore
            """)
        // The buffer of a cleanup handler, which stands in the frame that calls this; the frame runs the handler itself.
        plain("__pthread_register_cancel __pthread_register_cancel_defer __pthread_unwind_next")
        // On the stack that it is given; where it points to is the new thread's stack.
        keeping("pthread_attr_setstack", [1])
        // Its argument is the thread's result, which a join gives back.
        keeping("pthread_exit thrd_exit", [0])
        filling("pthread_join pthread_tryjoin_np pthread_timedjoin_np pthread_clockjoin_np", [1])
        primitive("pthread_tryjoin_np", does: .of(.tryAcquire, .thread, 0))
    }

    private mutating func addInternals() {
        plain(
            """
            __errno_location __h_errno_location __assert_fail __assert __assert_perror_fail __stack_chk_fail
            __fortify_fail __chk_fail __cxa_finalize __gmon_start__ __fdelt_chk __fdelt_warn longjmp _longjmp siglongjmp
            __longjmp_chk mcount __fentry__ __cyg_profile_func_enter __cyg_profile_func_exit
            """)
        origins["__gmon_start__"] = .other
    }
}
