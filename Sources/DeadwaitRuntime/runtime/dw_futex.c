#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "dw_real.h"
#include "dw_runtime.h"

// Swift's Mutex, libdispatch, Rust's std and C++'s atomic waits reach the kernel through libc's syscall(). All other
// system calls pass with a comparison and a jump: some of them (clone, vfork) return twice or on another stack, and no
// frame of ours may stand between.
#if defined(__x86_64__)
_Static_assert(SYS_futex == 202, "the number in the comparison below");
__asm__(".text\n"
        ".p2align 4\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        "syscall:\n"
        ".cfi_startproc\n"
        "    cmpq $202, %rdi\n"
        "    je dw_futex\n"
        "    movq dw_real_syscall(%rip), %rax\n"
        "    testq %rax, %rax\n"
        "    je dw_first_syscall\n"
        "    jmp *%rax\n"
        ".cfi_endproc\n"
        ".size syscall, .-syscall\n");
#else
#error "syscall() has to be entered without a frame: add the few instructions for this processor"
#endif

typedef long (*dw_call)(long, long, long, long, long, long, long);

/// A system call before the library's constructor has run.
__attribute__((used, visibility("hidden"))) long dw_first_syscall(long number, long a, long b, long c, long d, long e,
                                                                  long f) {
    dw_initialise();
    if (dw_real_syscall == 0) dw_find_all();
    return ((dw_call)dw_real_syscall)(number, a, b, c, d, e, f);
}

/// Nanoseconds until a FUTEX_WAIT's timeout: relative for the plain wait, absolute for the others (futex(2)).
static uint64_t dw_futex_left(long operation, const struct timespec *timeout) {
    if (timeout == 0) return 0;
    if ((operation & FUTEX_CMD_MASK) != FUTEX_WAIT)
        return dw_time_left((operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, timeout);
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0) return 0;
    uint64_t left;
    if (__builtin_mul_overflow((uint64_t)timeout->tv_sec, (uint64_t)1000000000, &left)) return UINT64_MAX;
    return left + (uint64_t)timeout->tv_nsec;
}

__attribute__((used, visibility("hidden"))) long dw_futex(long number, long word, long operation, long value,
                                                          long timeout, long word2, long value3) {
    const void *caller = __builtin_return_address(0);
    if (dw_real_syscall == 0) dw_initialise();
    dw_call real = (dw_call)dw_real_syscall;
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2: {
        struct dw_wait wait;
        bool timed = timeout != 0;
        dw_wait_begin(&wait, DW_KIND_FUTEX, (uint64_t)word, 0, timed ? DW_WAIT_TIMED : 0,
                      timed ? dw_futex_left(operation, (const struct timespec *)timeout) : 0);
        long result = real(number, word, operation, value, timeout, word2, value3);
        dw_wait_end(&wait, result < 0 ? errno : 0);
        return result;
    }
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI:
    case FUTEX_WAKE_OP:
    case FUTEX_UNLOCK_PI:
        dw_signalled((uint64_t)word, DW_KIND_FUTEX, value > 1 && (operation & FUTEX_CMD_MASK) != FUTEX_UNLOCK_PI, caller);
        return real(number, word, operation, value, timeout, word2, value3);
    default: return real(number, word, operation, value, timeout, word2, value3);
    }
}
