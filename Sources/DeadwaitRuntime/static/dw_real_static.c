#include "dw_real.h"

// Declared weak, a function would not be taken from the archive of the C library: all are linked, used or not.
#define DW_REAL_STATIC(name, version, result, parameters) extern result __real_##name parameters;
DW_REAL_FUNCTIONS(DW_REAL_STATIC)
#undef DW_REAL_STATIC

// Functions that are called but not hooked have their own names. Static programs that load libraries are not provided
// for, so dlclose is neither hooked nor linked.
__asm__(".set __real_pthread_mutex_trylock, pthread_mutex_trylock\n"
        ".set __real_pthread_rwlock_tryrdlock, pthread_rwlock_tryrdlock\n"
        ".set __real_pthread_rwlock_trywrlock, pthread_rwlock_trywrlock\n"
        ".set __real_sem_trywait, sem_trywait\n"
        ".set __real_dlclose, 0\n");

// syscall() has no --wrap: dw_futex.c defines it, libc.a's is not linked then, and this is what it would be: the number
// and six arguments move up by one register, the seventh comes from the stack. Without a frame, since clone and vfork
// return twice. `errno` is libc.a's own thread-local variable.
__asm__(".text\n"
        ".p2align 4\n"
        ".type dw_plain_syscall, @function\n"
        "dw_plain_syscall:\n"
        ".cfi_startproc\n"
        "    movq %rdi, %rax\n"
        "    movq %rsi, %rdi\n"
        "    movq %rdx, %rsi\n"
        "    movq %rcx, %rdx\n"
        "    movq %r8, %r10\n"
        "    movq %r9, %r8\n"
        "    movq 8(%rsp), %r9\n"
        "    syscall\n"
        "    cmpq $-4095, %rax\n"
        "    jae 1f\n"
        "    ret\n"
        "1:  negl %eax\n"
        "    movq errno@gottpoff(%rip), %rcx\n"
        "    movl %eax, %fs:(%rcx)\n"
        "    movq $-1, %rax\n"
        "    ret\n"
        ".cfi_endproc\n"
        ".size dw_plain_syscall, .-dw_plain_syscall\n");
extern char dw_plain_syscall[] __attribute__((visibility("hidden")));

// Known when the program is linked: nothing has to be looked up, and nothing can be missing.
struct dw_real dw_real = {
#define DW_REAL_STATIC(name, version, result, parameters) .name = __real_##name,
    DW_REAL_FUNCTIONS(DW_REAL_STATIC)
#undef DW_REAL_STATIC
};
void *dw_real_syscall = dw_plain_syscall;

#define DW_REAL_STATIC(name, version, result, parameters)                                                              \
    __typeof__(dw_real.name) dw_find_##name(void) { return dw_real.name; }
DW_REAL_FUNCTIONS(DW_REAL_STATIC)
#undef DW_REAL_STATIC

void dw_find_all(void) {}
