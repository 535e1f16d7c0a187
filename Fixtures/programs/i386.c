/* A 32-bit x86 program of three threads without a C library, so that nothing but a compiler is needed to build it: the
 * first holds a lock and sleeps, the others wait for it in futex(2). Built with -m32 -nostdlib -static. */

enum { sys_exit = 1, sys_write = 4, sys_pause = 29, sys_clone = 120, sys_futex = 240 };
enum { clone_thread = 0x00000100 | 0x00000200 | 0x00000400 | 0x00000800 | 0x00010000 | 0x00040000 };

static int word = 2;
static _Alignas(16) char stacks[2][16384];

static long call(long number, long a, long b, long c, long d) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
    return result;
}

__attribute__((noinline)) static void wait_for_word(void) {
    for (;;) call(sys_futex, (long)&word, 128, 2, 0);
}

/* The child comes back from clone(2) on an empty stack and must not return. */
static void start(char *top) {
    long result;
    __asm__ volatile(
        "int $0x80\n\t"
        "test %%eax, %%eax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "call *%%edi\n"
        "1:"
        : "=a"(result)
        : "a"(sys_clone), "b"(clone_thread), "c"(top), "d"(0), "S"(0), "D"(wait_for_word)
        : "memory");
    if (result < 0) call(sys_exit, 1, 0, 0, 0);
}

void _start(void) {
    for (int i = 0; i < 2; i++) start(stacks[i] + sizeof stacks[i]);
    call(sys_write, 1, (long)"ready\n", 6, 0);
    for (;;) call(sys_pause, 0, 0, 0, 0);
}
