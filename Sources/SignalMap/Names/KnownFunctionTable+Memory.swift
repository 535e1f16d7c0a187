/// Allocators, functions that copy bytes, and those that keep pointers for the program: malloc(3), mmap(2), string(3),
/// the glibc manual, the Itanium C++ ABI's names of operators; jemalloc(3), the headers of gperftools and GLib.
extension KnownFunctionTable {
    mutating func addMemory() {
        library = .libc
        addAllocators()
        addCopies()
        addKeptPointers()

        library = .libstdcxx
        // operator new and new[], plain, not throwing, aligned.
        allocating(
            """
            _Znwm _Znam _ZnwmRKSt9nothrow_t _ZnamRKSt9nothrow_t _ZnwmSt11align_val_t _ZnamSt11align_val_t
            _ZnwmSt11align_val_tRKSt9nothrow_t _ZnamSt11align_val_tRKSt9nothrow_t
            """, size: 0)
        freeing(
            """
            _ZdlPv _ZdaPv _ZdlPvm _ZdaPvm _ZdlPvRKSt9nothrow_t _ZdaPvRKSt9nothrow_t _ZdlPvSt11align_val_t
            _ZdaPvSt11align_val_t _ZdlPvmSt11align_val_t _ZdaPvmSt11align_val_t
            _ZdlPvSt11align_val_tRKSt9nothrow_t _ZdaPvSt11align_val_tRKSt9nothrow_t
            """, 0)
        allocating("__cxa_allocate_exception", size: 0)
        freeing("__cxa_free_exception", 0)
        addOtherAllocators()
    }

    private mutating func addAllocators() {
        allocating("malloc valloc pvalloc", size: 0)
        allocating("calloc", size: 1, count: 0)
        allocating("realloc", size: 1, replacing: 0)
        allocating("reallocarray", size: 2, count: 1, replacing: 0)
        allocating("aligned_alloc memalign", size: 1)
        allocating("posix_memalign", size: 2, at: .pointee(0))
        allocating("strdup __strdup wcsdup", copying: 0)
        allocating("strndup __strndup", size: 1, copying: 0)
        allocating("mmap mmap64 __mmap", size: 1)
        allocating("mremap", size: 2, replacing: 0)
        allocating("sbrk __sbrk", size: 0)
        allocating("asprintf vasprintf __asprintf __asprintf_chk __vasprintf_chk", at: .pointee(0))
        // The buffer's address and its size are written whenever the stream is flushed.
        allocating("open_memstream open_wmemstream", at: .pointee(0))
        keeping("open_memstream open_wmemstream", [0, 1])
        for name in ["open_memstream", "open_wmemstream"] { change(name) { $0.written = [0, 1] } }
        freeing("free cfree munmap __munmap", 0)
        // Grow the buffer that the first argument points to; what was in it may be freed.
        allocating("getline getdelim __getdelim", at: .pointee(0), replacing: .pointee(0))
        reading("malloc_usable_size malloc_trim mallopt malloc_stats malloc_info mallinfo mallinfo2")
    }

    private mutating func addCopies() {
        copying("memcpy memmove __memcpy_chk __memmove_chk", to: 0, from: 1, size: 2, result: .argument(0))
        copying("mempcpy __mempcpy __mempcpy_chk", to: 0, from: 1, size: 2, result: .within(0))
        copying("bcopy", to: 1, from: 0, size: 2)
        // The third argument is the byte at which the copy stops.
        copying("memccpy", to: 0, from: 1, size: 3, result: .within(0))
        // Counts of wide characters.
        copying(
            "wmemcpy wmemmove __wmemcpy_chk __wmemmove_chk", to: 0, from: 1, size: nil, result: .argument(0))
        copying("wmempcpy __wmempcpy_chk", to: 0, from: 1, size: nil, result: .within(0))
        // Text, in which a pointer can stand only by accident; what they return leads into their first argument.
        writing(
            """
            strcpy strncpy strcat strncat __strcpy_chk __strncpy_chk __strcat_chk __strncat_chk wcscpy wcsncpy wcscat
            wcsncat __wcscpy_chk __wcsncpy_chk __wcscat_chk __wcsncat_chk memset __memset_chk wmemset __wmemset_chk
            memfrob strfry
            """, to: [0], result: .argument(0))
        writing(
            """
            stpcpy stpncpy __stpcpy __stpcpy_chk __stpncpy __stpncpy_chk wcpcpy wcpncpy __wcpcpy_chk __wcpncpy_chk
            """, to: [0], result: .within(0))
        writing("bzero __bzero explicit_bzero __explicit_bzero_chk", to: [0])
        writing("swab", to: [1])
    }

    /// Functions that give back later what they were given.
    private mutating func addKeptPointers() {
        keeping("pthread_setspecific __pthread_setspecific tss_set", [1])
        for (name, setter) in [
            ("pthread_getspecific", "pthread_setspecific"), ("__pthread_getspecific", "pthread_setspecific"),
            ("tss_get", "tss_set"),
        ] { change(name) { $0.result = .kept(by: setter) } }
        // The strings of the environment, buffers of streams, a stack for signals, an item of a table or list.
        keeping("putenv", [0])
        keeping("setvbuf setbuf setbuffer", [1])
        keeping("sigaltstack", [0])
        // An entry is passed by value: its key and its data.
        keeping("hsearch hsearch_r", [0, 1])
        for name in ["hsearch", "hsearch_r"] { change(name) { $0.filled = .from(2) } }
        for name in ["hsearch"] { change(name) { $0.result = .unknown } }
        keeping("insque", [0, 1])
        keeping("initstate setstate", [0, 1])
        keeping("__cxa_finalize", [])
        for name in ["getcontext", "__sigsetjmp", "_setjmp", "setjmp"] { change(name) { $0.returnsTwice = true } }
        for name in ["vfork", "__vfork"] { change(name) { $0.returnsTwice = true } }
        plain("swapcontext setcontext", result: .noPointer)
        for name in ["swapcontext", "setcontext"] { change(name) { $0.returnsTwice = true } }
        library = .other
        for name in ["sigsetjmp", "__sigsetjmp_cancel", "savectx"] { change(name) { $0.returnsTwice = true } }
        library = .libc

        change("dlsym") { $0.result = .symbol(named: 1) }
        change("dlvsym") { $0.result = .symbol(named: 1) }
        for name in ["dlopen", "dlmopen"] { change(name) { $0.loadsCode = true } }
        // Runs the finalisers of what it unloads.
        change("dlclose") { $0.loadsCode = true }
        reading("dlerror")
        plain("dladdr dladdr1 dlinfo")
    }

    /// Allocators of other libraries; none of them need be installed.
    private mutating func addOtherAllocators() {
        library = .other
        allocating("je_malloc tc_malloc mi_malloc tc_new tc_newarray tc_malloc_skip_new_handler", size: 0)
        allocating("tc_new_nothrow tc_newarray_nothrow mi_new mi_new_nothrow tc_valloc tc_pvalloc", size: 0)
        allocating("mallocx je_mallocx mi_zalloc mi_malloc_small", size: 0)
        allocating("je_calloc tc_calloc mi_calloc", size: 1, count: 0)
        allocating("je_realloc tc_realloc mi_realloc rallocx je_rallocx", size: 1, replacing: 0)
        allocating("je_aligned_alloc tc_memalign", size: 1)
        allocating("mi_malloc_aligned mi_aligned_alloc", size: 0)
        allocating("je_posix_memalign tc_posix_memalign mi_posix_memalign", size: 2, at: .pointee(0))
        freeing("je_free tc_free mi_free tc_delete tc_deletearray dallocx sdallocx je_dallocx je_sdallocx", 0)
        freeing("tc_free_sized tc_delete_sized tc_deletearray_sized tc_delete_nothrow tc_cfree", 0)

        allocating("g_malloc g_malloc0 g_try_malloc g_try_malloc0 g_slice_alloc g_slice_alloc0", size: 0)
        allocating("g_malloc_n g_malloc0_n g_try_malloc_n g_try_malloc0_n", size: 1, count: 0)
        allocating("g_realloc g_try_realloc", size: 1, replacing: 0)
        allocating("g_realloc_n g_try_realloc_n", size: 2, count: 1, replacing: 0)
        allocating("g_strdup", copying: 0)
        allocating("g_memdup g_memdup2", size: 1, copying: 0)
        freeing("g_free", 0)
        freeing("g_slice_free1", 1)

        // crypto/mem.c of OpenSSL; what apr_pools.h keeps in a pool lives as long as the pool.
        allocating("CRYPTO_malloc CRYPTO_zalloc", size: 0)
        allocating("CRYPTO_realloc", size: 1, replacing: 0)
        freeing("CRYPTO_free CRYPTO_clear_free", 0)
        allocating("apr_palloc apr_pcalloc", size: 1)
    }
}
