/// System calls without libc: no errno, no cancellation point, no hook of this library.
///
/// libc's write, open and poll are cancellation points (pthreads(7)): in a signal handler they would act on a
/// cancellation where the program never expected one. System V ABI AMD64 supplement, A.2.1: number in rax, arguments in
/// rdi, rsi, rdx, r10, r8, r9; -4095 to -1 is a negated errno value.
#ifndef DEADWAIT_SYSTEM_H
#define DEADWAIT_SYSTEM_H

#include <sys/syscall.h>

static inline long dw_system(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#define DW_SYSTEM3(number, a, b, c) dw_system((number), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define DW_SYSTEM4(number, a, b, c, d) dw_system((number), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

#endif
