/// Functions of libc and of the language runtimes that are handed code of the program: by POSIX.1-2017, the Linux man
/// pages, the glibc manual, and the Itanium C++ ABI (3.3.3, runtime support for arrays). Offsets of members are those of
/// glibc 2.36 on x86-64.
extension KnownFunctionTable {
    mutating func addCallbacks() {
        library = .libc
        addExitHandlers()
        addSignalHandlers()
        addCallsAtOnce()
        addNotifications()
        addStreamCallbacks()

        library = .libstdcxx
        callback("__cxa_thread_atexit", at: .threadExit, .function(0), argument: 1)
        callback("_ZSt13set_terminatePFvvE _ZSt14set_unexpectedPFvvE", at: .later, .function(0))
        callback("_ZSt15set_new_handlerPFvvE", at: .later, .function(0))
        // The destructor of the exception, called where it is caught.
        callback("__cxa_throw __cxa_init_primary_exception", at: .later, .function(2), argument: 0)
        callback("__cxa_vec_ctor", at: .now, .function(3), argument: 0)
        callback("__cxa_vec_ctor", at: .now, .function(4), argument: 0)
        callback("__cxa_vec_cctor", at: .now, .function(4), argument: 0)
        callback("__cxa_vec_cctor", at: .now, .function(5), argument: 0)
        callback("__cxa_vec_dtor __cxa_vec_cleanup", at: .now, .function(3), argument: 0)
        callback("__cxa_vec_new __cxa_vec_new2 __cxa_vec_new3", at: .now, .function(3))
        callback("__cxa_vec_new __cxa_vec_new2 __cxa_vec_new3", at: .now, .function(4))
        callback("__cxa_vec_new2 __cxa_vec_new3", at: .now, .function(5))
        callback("__cxa_vec_new2 __cxa_vec_new3", at: .now, .function(6))
        callback("__cxa_vec_delete __cxa_vec_delete2 __cxa_vec_delete3", at: .now, .function(3))
        callback("__cxa_vec_delete2 __cxa_vec_delete3", at: .now, .function(4))
        // At events of the stream: erased, imbued, copied.
        callback("_ZNSt8ios_base17register_callbackEPFvNS_5eventERS_iEi", at: .later, .function(1))
    }

    private mutating func addExitHandlers() {
        callback("on_exit __cxa_atexit", at: .processExit, .function(0), argument: 1)
        callback("__cxa_at_quick_exit", at: .processExit, .function(0))
        callback("__cxa_thread_atexit_impl", at: .threadExit, .function(0), argument: 1)
        // Called by whichever thread forks: prepare, parent, child.
        for index in 0..<3 {
            callback("pthread_atfork __register_atfork", at: .later, .function(.argument(index)))
        }
        callback("__libc_start_main", at: .now, .function(0))
        callback("__libc_start_main", at: .now, .function(3))
        callback("__libc_start_main", at: .processExit, .function(4))
        callback("__libc_start_main", at: .processExit, .function(5))
        // Passed what pthread_setspecific kept under the key, at the end of each thread that kept something.
        callback("pthread_key_create __pthread_key_create tss_create", at: .threadExit, .function(1))
        callback("_pthread_cleanup_push _pthread_cleanup_push_defer", at: .threadExit, .function(1), argument: 2)

        // These stand in each program itself, in libc_nonshared.a.
        library = .other
        callback("atexit at_quick_exit", at: .processExit, .function(0))
        library = .libc
    }

    private mutating func addSignalHandlers() {
        callback(
            "signal bsd_signal sysv_signal __sysv_signal ssignal sigset", at: .signalHandler, .function(1))
        // sa_handler and sa_sigaction stand first; old ones come back through the third argument.
        callback("sigaction __sigaction sigvec", at: .signalHandler, .function(.pointee(1, offset: 0)))
        for name in ["signal", "bsd_signal", "sysv_signal", "__sysv_signal", "ssignal", "sigset"] {
            change(name) { $0.result = .unknown }
        }
        filling("sigaction __sigaction sigvec", [2])
        // Control goes on in another context, which makecontext gave its function.
        callback("makecontext", at: .later, .function(1), argument: 3)
    }

    private mutating func addCallsAtOnce() {
        callback("qsort qsort_r", at: .now, .function(3))
        callback("bsearch lfind lsearch", at: .now, .function(4), argument: 0)
        callback("tsearch tfind tdelete __tsearch __tfind __tdelete", at: .now, .function(2), argument: 0)
        // The tree keeps the key that was passed.
        keeping("tsearch __tsearch lsearch", [0])
        for name in ["tsearch", "tfind", "tdelete", "__tsearch", "__tfind", "__tdelete"] {
            change(name) { $0.result = .unknown }
        }
        for name in ["bsearch", "lfind", "lsearch"] { change(name) { $0.result = .within(1) } }
        callback("twalk twalk_r __twalk __twalk_r tdestroy", at: .now, .function(1))
        callback("ftw ftw64 nftw nftw64", at: .now, .function(1), argument: 0)
        callback("glob glob64", at: .now, .function(2))
        callback("scandir scandir64", at: .now, .function(2))
        callback("scandir scandir64", at: .now, .function(3))
        callback("scandirat scandirat64", at: .now, .function(3))
        callback("scandirat scandirat64", at: .now, .function(4))
        // Called at once, and again when the tree is read.
        callback("fts_open fts64_open", at: .later, .function(2))
        callback("dl_iterate_phdr", at: .now, .function(0))
        // These stand in libgcc_s.
        library = .other
        callback("_Unwind_Backtrace", at: .now, .function(0))
        callback("_Unwind_ForcedUnwind", at: .now, .function(1))
        library = .libc
    }

    /// Calls whose notice is a function on a new thread (sigevent(7)): the value at 0, the function at 16.
    private mutating func addNotifications() {
        func notice(_ names: String, _ argument: Int, at offset: Int = 0) {
            callback(
                names, at: .newThread, .function(.pointee(argument, offset: offset + 16)),
                argument: .pointee(argument, offset: offset))
            keeping(names, [argument])
        }
        notice("timer_create mq_notify", 1)
        // aiocb: aio_sigevent at 32.
        notice("aio_read aio_read64 aio_write aio_write64", 0, at: 32)
        scattering("aio_read aio_read64", [0], later: true)
        scattering("lio_listio lio_listio64", [1], later: true)
        notice("aio_fsync aio_fsync64", 1, at: 32)
        notice("lio_listio lio_listio64 getaddrinfo_a", 3)
        // Members of the list have their own notices.
        keeping("lio_listio lio_listio64 getaddrinfo_a", [1])
        callback("lio_listio lio_listio64 getaddrinfo_a", at: .newThread, .notShown)
    }

    private mutating func addStreamCallbacks() {
        // The four functions are passed by value, in memory: read, write, seek, close.
        for index in 6..<10 {
            callback("fopencookie", at: .later, .function(.argument(index)), argument: 0)
        }
        keeping("fopencookie", [0])
        callback("register_printf_function register_printf_specifier", at: .later, .function(1))
        callback("register_printf_function register_printf_specifier", at: .later, .function(2))
        callback("register_printf_type", at: .later, .function(0))
        callback("argp_parse", at: .now, .notShown)
        // What an obstack takes its chunks from and gives them back to; kept in it.
        callback("_obstack_begin", at: .later, .function(3))
        callback("_obstack_begin", at: .later, .function(4))
        callback("_obstack_begin_1", at: .later, .function(3), argument: 5)
        callback("_obstack_begin_1", at: .later, .function(4), argument: 5)
        callback("_obstack_begin _obstack_begin_1 obstack_free _obstack_newchunk", at: .now, .notShown)
        callback("mcheck mcheck_pedantic", at: .later, .function(0))
        keeping("_obstack_begin _obstack_begin_1", [3, 4, 5])
    }

}
