/* deadwait.h: what an engine tells libdeadwait.so about itself. For C99 and later, and C++.
 *
 * Include it and call: there is nothing to link. A program built with it runs without the library (each call is then
 * one load and one test) and records when it is started with LD_PRELOAD=libdeadwait.so. A program that links the
 * library instead must do so with -Wl,--no-as-needed, since nothing here needs it. With DEADWAIT_DISABLED defined, or
 * where there is no ELF, every call is nothing at all.
 *
 * Rules for all functions, unless one says otherwise:
 * - any thread may call it at any time; what it says of "the calling thread" is seen by readers at once;
 * - it is async-signal-safe: it allocates nothing, takes no lock, makes no system call and keeps errno. Exception: the
 *   first call of a process in which the library has not yet set itself up (before its constructor ran) maps memory;
 * - texts are copied, cut at 59 bytes; a null or empty text makes the call do nothing. Texts are kept for ever, in a
 *   table of some thousand: pass those of which there are few, never one with a number that grows;
 * - tables are bounded: what finds no room is dropped and counted, and the analyzer says that something is missing;
 * - addresses are only compared, never read or written by the library;
 * - a child of fork(2) begins with an empty registry: what still holds is to be declared again in it;
 * - times are in nanoseconds.
 * Costs are for x86-64 at 2.45 GHz with the library present. */
#ifndef DEADWAIT_H
#define DEADWAIT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define DEADWAIT_FOREVER UINT64_MAX /* a wait without a timeout */

/* What an object is: for dw_name_object() and dw_pending_begin(). */
enum dw_type {
    DEADWAIT_OTHER = 0,
    DEADWAIT_CONDITION = 1, /* of pthreads, as the next four */
    DEADWAIT_MUTEX = 2,
    DEADWAIT_RWLOCK = 3,
    DEADWAIT_SEMAPHORE = 5,
    DEADWAIT_BARRIER = 6,
    DEADWAIT_ENGINE_LOCK = 10, /* made by the engine itself, as the rest */
    DEADWAIT_ENGINE_CONDITION = 11,
    DEADWAIT_CONTINUATION = 12,
    DEADWAIT_SPIN = 13
};

/* How a lock is waited for or acquired. */
enum dw_lock_flag {
    DEADWAIT_EXCLUSIVE = 0,
    DEADWAIT_SHARED = 1,       /* as one of several readers */
    DEADWAIT_WITHOUT_STACK = 2 /* leave out the call stack and the exact time: for locks taken very often */
};

/* A wait that has begun: a local variable of the waiting function, which stays where it is until the wait has ended.
 * Needs no initial value. */
struct dw_wait_scope {
    uint64_t reserved[16];
};

/* What the library exports. Functions are only ever added: one that an older library lacks does nothing. */
#if defined(DEADWAIT_RUNTIME)
#define DEADWAIT_SYMBOL __attribute__((__visibility__("default")))
#else
#define DEADWAIT_SYMBOL __attribute__((__weak__))
#endif

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
DEADWAIT_SYMBOL void deadwait_name_thread(const char *name);
DEADWAIT_SYMBOL void deadwait_set_role(const char *role);
DEADWAIT_SYMBOL uint32_t deadwait_idle_begin(const char *reason);
DEADWAIT_SYMBOL void deadwait_idle_end(uint32_t token);
DEADWAIT_SYMBOL uint64_t deadwait_api_begin(const char *name);
DEADWAIT_SYMBOL void deadwait_api_end(uint64_t token);
DEADWAIT_SYMBOL void deadwait_name_object(const void *object, uint32_t type, const char *name);
DEADWAIT_SYMBOL void deadwait_swallows_signals(const void *condition);
DEADWAIT_SYMBOL void deadwait_forget(const void *object);
DEADWAIT_SYMBOL void deadwait_declare_signaller(const void *object, const char *role);
DEADWAIT_SYMBOL void deadwait_declare_predicate(const void *object, const void *address, size_t size, uint64_t mask,
                                                uint64_t value);
DEADWAIT_SYMBOL void deadwait_declare_quorum(const void *object, const char *role, uint32_t count,
                                             const void *arrivals, size_t size);
DEADWAIT_SYMBOL void deadwait_expect_threads(const char *role, uint32_t count);
DEADWAIT_SYMBOL void deadwait_wait_begin(struct dw_wait_scope *scope, uint32_t type, const void *object,
                                         const void *lock, uint32_t flags, uint64_t timeout);
DEADWAIT_SYMBOL void deadwait_wait_end(struct dw_wait_scope *scope, int error);
DEADWAIT_SYMBOL void deadwait_lock_acquired(const void *lock, uint32_t flags);
DEADWAIT_SYMBOL void deadwait_lock_released(const void *lock);
DEADWAIT_SYMBOL void deadwait_signalled(const void *condition, int broadcast);
DEADWAIT_SYMBOL uint64_t deadwait_pending_begin(uint32_t type, const char *what, uint64_t context);
DEADWAIT_SYMBOL void deadwait_pending_context(uint64_t pending, uint64_t context);
DEADWAIT_SYMBOL void deadwait_pending_dropped(uint64_t pending);
DEADWAIT_SYMBOL void deadwait_pending_end(uint64_t pending);
DEADWAIT_SYMBOL int deadwait_dump(int descriptor);
#endif

#if !defined(DEADWAIT_RUNTIME)

/* No frame of its own in a recorded call stack, which is short, whatever the level of optimisation. */
#if defined(__GNUC__)
#define DEADWAIT_INLINE static __inline__ __attribute__((__always_inline__, __artificial__, __unused__))
#endif

/* How a weak symbol's address is got. On x86-64 by a load that always goes through the global offset table: compilers
 * take the address itself in code that is not position-independent, and linkers (GNU ld, gold, lld) then settle an
 * undefined weak symbol to 0 for good, so that a program built with -no-pie would never see a preloaded library. */
#if defined(DEADWAIT_DISABLED) || !defined(__GNUC__) || !defined(__ELF__)
#define DEADWAIT_FIND(call, name) ((call) = NULL)
#elif defined(__x86_64__)
#define DEADWAIT_FIND(call, name)                                                                                    \
    __asm__(".weak deadwait_" #name "\n\tmovq deadwait_" #name "@GOTPCREL(%%rip), %0" : "=r"(call))
#else
#define DEADWAIT_FIND(call, name) ((call) = &deadwait_##name)
#endif
#if defined(__GNUC__)
#define DEADWAIT_CALL(name, arguments)                                                                               \
    do {                                                                                                             \
        __typeof__(&deadwait_##name) dw_call;                                                                        \
        DEADWAIT_FIND(dw_call, name);                                                                                \
        if (dw_call) dw_call arguments;                                                                              \
    } while (0)
#define DEADWAIT_ASK(result, name, arguments)                                                                        \
    do {                                                                                                             \
        __typeof__(&deadwait_##name) dw_call;                                                                        \
        DEADWAIT_FIND(dw_call, name);                                                                                \
        if (dw_call) (result) = dw_call arguments;                                                                   \
    } while (0)
#else
#error "deadwait.h needs a compiler with GNU attributes (gcc, clang)"
#endif

/* Whether the library is loaded: 1 or 0, the same for the process's whole life. Costs one load. For a caller that has
 * to compute what it would declare. */
DEADWAIT_INLINE int dw_is_loaded(void) {
    int loaded = 0;
    __typeof__(&deadwait_name_thread) call;
    DEADWAIT_FIND(call, name_thread);
    if (call) loaded = 1;
    return loaded;
}

/* ---- Threads ---- */

/* Gives the calling thread a name in the registry, longer than the 15 bytes that pthread_setname_np(3) takes. The
 * kernel's name is left alone. Costs about 20 ns. */
DEADWAIT_INLINE void dw_name_thread(const char *name) { DEADWAIT_CALL(name_thread, (name)); }

/* Says what the calling thread is for: "checkpoint", "evict". Roles are what dw_expect_threads(),
 * dw_declare_signaller() and dw_declare_quorum() speak of. To be called once, at the head of the start routine. The
 * start routine has the role that a thread of it took last: where each role has its own, more is known of a thread that
 * could not be created than where all share one, as those of std::thread, Swift and Rust do. Costs about 20 ns. */
DEADWAIT_INLINE void dw_set_role(const char *role) { DEADWAIT_CALL(set_role, (role)); }

/* Says that `count` threads of `role` ought to be there from here on, so that one that was never created, or has
 * ended, is noticed: call it before creating them, again with another number to change it, and with 0 before ending
 * them on purpose. Of the whole process, whoever calls. Costs about 150 ns. */
DEADWAIT_INLINE void dw_expect_threads(const char *role, uint32_t count) {
    DEADWAIT_CALL(expect_threads, (role, count));
}

/* Marks the calling thread's waits until dw_idle_end() as idle: nobody is owed an answer while it waits, as in a
 * server that waits for its next request. `reason` is shown. Returns a token for dw_idle_end(), which puts back what
 * was before: scopes nest. Of the thread, so not to be held over a coroutine's switch. Costs about 20 ns. */
DEADWAIT_INLINE uint32_t dw_idle_begin(const char *reason) {
    uint32_t token = 0;
    DEADWAIT_ASK(token, idle_begin, (reason));
    return token;
}
DEADWAIT_INLINE void dw_idle_end(uint32_t token) { DEADWAIT_CALL(idle_end, (token)); }

/* Says that the calling thread is in a call that the application made: from there on until dw_api_end() somebody is
 * owed an answer, and a wait below is named before the engine's own. Calls nest; both ends on the same thread. Returns
 * a token, 0 if it was dropped. Costs about 30 ns for both. */
DEADWAIT_INLINE uint64_t dw_api_begin(const char *name) {
    uint64_t token = 0;
    DEADWAIT_ASK(token, api_begin, (name));
    return token;
}
DEADWAIT_INLINE void dw_api_end(uint64_t token) { DEADWAIT_CALL(api_end, (token)); }

/* ---- Objects: conditions, locks, semaphores, of pthreads or the engine's own ---- */

/* Names an object; `type` is an enum dw_type. After its initialisation, and again after each. Costs about 50 ns. */
DEADWAIT_INLINE void dw_name_object(const void *object, enum dw_type type, const char *name) {
    DEADWAIT_CALL(name_object, (object, type, name));
}

/* Says that a wrapper of the engine may swallow a signal of this pthread condition, before libc or the registry sees
 * it (it only sets a flag when it knows of no waiter, say): the recorded signals prove nothing. Costs about 15 ns. */
DEADWAIT_INLINE void dw_swallows_signals(const void *condition) { DEADWAIT_CALL(swallows_signals, (condition)); }

/* Withdraws all that was declared and recorded of an object: before its memory is freed or used for another. Not
 * needed for one of pthreads that is destroyed. Costs about 10 ns where nothing is known of it, else about 300 ns. */
DEADWAIT_INLINE void dw_forget(const void *object) { DEADWAIT_CALL(forget, (object)); }

/* Says that threads of `role` signal (post, release) this object: if none of any declared role is left, who waits on
 * it waits for ever. One call a role. Costs about 200 ns. */
DEADWAIT_INLINE void dw_declare_signaller(const void *object, const char *role) {
    DEADWAIT_CALL(declare_signaller, (object, role));
}

/* Says what who waits on `object` waits for: (*address & mask) == value, in the target's byte order; `size` is 1, 2, 4
 * or 8 bytes. The analyzer reads it from outside: true with somebody still waiting is a lost wakeup. A second call for
 * the same object and address replaces the first; several addresses: waiters wait for one or another of them. The
 * memory must stay readable until dw_forget(). Costs about 200 ns. */
DEADWAIT_INLINE void dw_declare_predicate(const void *object, const void *address, size_t size, uint64_t mask,
                                          uint64_t value) {
    DEADWAIT_CALL(declare_predicate, (object, address, size, mask, value));
}

/* Says that who waits on `object` waits for `count` arrivals of threads of `role`; with fewer such threads alive it can
 * never come to that. `arrivals` is the address of the number of arrivals so far, `size` (1, 2, 4, 8) bytes wide, or
 * null and 0. A second call for the same object and role replaces the first; a count of 0 withdraws it. Costs about
 * 200 ns. */
DEADWAIT_INLINE void dw_declare_quorum(const void *object, const char *role, uint32_t count, const void *arrivals,
                                       size_t size) {
    DEADWAIT_CALL(declare_quorum, (object, role, count, arrivals, size));
}

/* ---- The engine's own locks and conditions ----
 * Waits of pthreads and of futex(2) are seen without this. A wait is bracketed where the thread blocks, so not on the
 * path that finds the lock free:
 *
 *     struct dw_wait_scope wait;
 *     dw_lock_wait_begin(&wait, lock, DEADWAIT_EXCLUSIVE, DEADWAIT_FOREVER);
 *     int error = block_until_free(lock);
 *     dw_wait_end(&wait, error);
 *     if (error == 0) dw_lock_acquired(lock, DEADWAIT_EXCLUSIVE);
 */

/* The calling thread begins to wait for a lock. `flags` is an enum dw_lock_flag, `timeout` nanoseconds from now or
 * DEADWAIT_FOREVER. Ended by dw_wait_end() with the same scope, by the same thread, also where the wait is left by an
 * exception, a cancellation or longjmp(3): else the thread seems to wait on, and its later waits may not be seen.
 * Meanwhile its waits of pthreads and of futex(2) are taken for parts of this one. Costs about 200 ns for both. */
DEADWAIT_INLINE void dw_lock_wait_begin(struct dw_wait_scope *scope, const void *lock, unsigned flags,
                                        uint64_t timeout) {
    DEADWAIT_CALL(wait_begin, (scope, DEADWAIT_ENGINE_LOCK, lock, NULL, flags, timeout));
}

/* The same for a condition, queue, event or whatever else others signal. `lock` is what was released for the wait, or
 * null. */
DEADWAIT_INLINE void dw_condition_wait_begin(struct dw_wait_scope *scope, const void *condition, const void *lock,
                                             uint64_t timeout) {
    DEADWAIT_CALL(wait_begin, (scope, DEADWAIT_ENGINE_CONDITION, condition, lock, 0, timeout));
}

/* The same for a loop that spins until `word` changes, where it has spun for long. */
DEADWAIT_INLINE void dw_spin_begin(struct dw_wait_scope *scope, const void *word, uint64_t timeout) {
    DEADWAIT_CALL(wait_begin, (scope, DEADWAIT_SPIN, word, NULL, 0, timeout));
}

/* A wait has ended: `error` is 0, or an errno value; ETIMEDOUT counts as a timeout. */
DEADWAIT_INLINE void dw_wait_end(struct dw_wait_scope *scope, int error) { DEADWAIT_CALL(wait_end, (scope, error)); }

/* The calling thread has acquired a lock of the engine; to be called after it has. `flags` is a combination of enum
 * dw_lock_flag. Of shared holders only the call sites are kept, not who they are. Costs about 120 ns, 10 ns with
 * DEADWAIT_WITHOUT_STACK. */
DEADWAIT_INLINE void dw_lock_acquired(const void *lock, unsigned flags) { DEADWAIT_CALL(lock_acquired, (lock, flags)); }

/* The calling thread is about to release a lock of the engine; to be called while it still holds it. Costs about
 * 5 ns where nobody waits for it. */
DEADWAIT_INLINE void dw_lock_released(const void *lock) { DEADWAIT_CALL(lock_released, (lock)); }

/* The calling thread signals an engine's condition, or a pthread condition in a way that does not reach libc; to be
 * called before the waiter can see it. One waiter may go on, or all. Costs about 15 ns. */
DEADWAIT_INLINE void dw_condition_signalled(const void *condition) { DEADWAIT_CALL(signalled, (condition, 0)); }
DEADWAIT_INLINE void dw_condition_broadcast(const void *condition) { DEADWAIT_CALL(signalled, (condition, 1)); }

/* ---- Things that somebody has promised to end: continuations, promises, queued operations ---- */

/* Something was begun that somebody must end. `what` says what it is, `context` who waits for it: the address of the
 * condition or of the task, 0 if nobody does yet. Returns its number, 0 if it was dropped. Costs about 170 ns. */
DEADWAIT_INLINE uint64_t dw_pending_begin(enum dw_type type, const char *what, uint64_t context) {
    uint64_t pending = 0;
    DEADWAIT_ASK(pending, pending_begin, (type, what, context));
    return pending;
}

/* Who waits for it has changed. Costs about 5 ns, as the next two. */
DEADWAIT_INLINE void dw_pending_context(uint64_t pending, uint64_t context) {
    DEADWAIT_CALL(pending_context, (pending, context));
}

/* Whoever was to end it is gone (its last reference was freed): it stays, and nobody can end it any more. */
DEADWAIT_INLINE void dw_pending_dropped(uint64_t pending) { DEADWAIT_CALL(pending_dropped, (pending)); }

/* It was ended, by any thread. A second end, or one of 0, does nothing. */
DEADWAIT_INLINE void dw_pending_end(uint64_t pending) { DEADWAIT_CALL(pending_end, (pending)); }

/* ---- The registry ---- */

/* Writes a dump of all threads, with their waits and what was recorded of them, to an open file: for a watchdog of the
 * engine's own. Async-signal-safe, but makes system calls, blocks signals and may take 4 s. Returns 0 or an errno
 * value: ENOSYS without the library, EBUSY while another dump is written, ETIME if it took too long, EAGAIN if its
 * reader was too slow, else that of write(2). */
DEADWAIT_INLINE int dw_dump(int descriptor) {
    int error = ENOSYS;
    DEADWAIT_ASK(error, dump, (descriptor));
    return error;
}

#endif /* !DEADWAIT_RUNTIME */
#ifdef __cplusplus
}
#endif

#if defined(__cplusplus) && !defined(DEADWAIT_RUNTIME)
namespace deadwait {
/* dw_idle_begin() and dw_idle_end() for the life of a local variable. */
class idle_scope {
    uint32_t token;
    idle_scope(const idle_scope &);            /* not to be copied: C++98 has no `delete` */
    idle_scope &operator=(const idle_scope &); /* nor assigned */

  public:
    explicit idle_scope(const char *reason) : token(dw_idle_begin(reason)) {}
    ~idle_scope() { dw_idle_end(token); }
};

/* dw_api_begin() and dw_api_end() for the life of a local variable. */
class api_scope {
    uint64_t token;
    api_scope(const api_scope &);            /* not to be copied: C++98 has no `delete` */
    api_scope &operator=(const api_scope &); /* nor assigned */

  public:
    explicit api_scope(const char *name) : token(dw_api_begin(name)) {}
    ~api_scope() { dw_api_end(token); }
};

/* A wait that ends with a local variable, also by an exception: ended by failed(), with its error, else well. */
class wait_end {
    wait_end(const wait_end &);
    wait_end &operator=(const wait_end &);

  protected:
    dw_wait_scope scope;
    int error;
    wait_end() : scope(), error(0) {}
    ~wait_end() { dw_wait_end(&scope, error); }

  public:
    void failed(int with) { error = with; }
};

/* dw_lock_wait_begin() to dw_wait_end(). */
class lock_wait : public wait_end {
  public:
    explicit lock_wait(const void *lock, unsigned flags = DEADWAIT_EXCLUSIVE, uint64_t timeout = DEADWAIT_FOREVER) {
        dw_lock_wait_begin(&scope, lock, flags, timeout);
    }
};

/* dw_condition_wait_begin() to dw_wait_end(). */
class condition_wait : public wait_end {
  public:
    explicit condition_wait(const void *condition, const void *lock = NULL, uint64_t timeout = DEADWAIT_FOREVER) {
        dw_condition_wait_begin(&scope, condition, lock, timeout);
    }
};
} // namespace deadwait
#endif

#endif
