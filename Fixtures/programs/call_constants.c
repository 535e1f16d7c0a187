/* Functions that signal or do not, as a constant of their caller has it: by each shape a condition of its own. The
 * callers are called quiet_SHAPE and loud_SHAPE; which of the quiet ones signal all the same, the test knows. */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __clang__
#define OPAQUE __attribute__((noinline))
#else
#define OPAQUE __attribute__((noipa))
#endif

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
volatile int changing;

OPAQUE void work(void)
{
    changing++;
}

#define CONDITION(shape)                                                                                              \
    pthread_cond_t cond_##shape = PTHREAD_COND_INITIALIZER;                                                           \
    OPAQUE void signal_##shape(void)                                                                                  \
    {                                                                                                                 \
        changing++;                                                                                                   \
        pthread_cond_signal(&cond_##shape);                                                                           \
    }
#define CALLERS(shape, quiet, loud)                                                                                   \
    OPAQUE void quiet_##shape(void)                                                                                   \
    {                                                                                                                 \
        shape quiet;                                                                                                  \
        work();                                                                                                       \
    }                                                                                                                 \
    OPAQUE void loud_##shape(void)                                                                                    \
    {                                                                                                                 \
        shape loud;                                                                                                   \
        work();                                                                                                       \
    }

/* A bit, an equality, a byte, a word of 64 bits. */
CONDITION(bit)
OPAQUE void bit(int flags)
{
    work();
    if (flags & 4) signal_bit();
    work();
}
CALLERS(bit, (3), (4))

CONDITION(equal)
OPAQUE void equal(void *object, int kind)
{
    work();
    if (kind == 7) signal_equal();
    work();
    if (object) work();
}
CALLERS(equal, (&lock, 6), (&lock, 7))

CONDITION(byte)
OPAQUE void byte(bool wakes)
{
    work();
    if (wakes) signal_byte();
    work();
}
CALLERS(byte, (false), (true))

CONDITION(wide)
OPAQUE void wide(uint64_t flags)
{
    work();
    if (flags == 0) signal_wide();
    work();
}
CALLERS(wide, (1), (0))

/* Handed on, twice. */
CONDITION(handed)
OPAQUE void takes(int a, int flags)
{
    work();
    if (flags & 1) signal_handed();
    work();
    changing += a;
}
OPAQUE void hands(int flags, int a)
{
    work();
    takes(a, flags);
    work();
}
OPAQUE void handed(int flags)
{
    work();
    hands(flags, changing);
    work();
}
CALLERS(handed, (2), (3))

/* Called by itself with the same. */
CONDITION(again)
OPAQUE void again(int flags, int depth)
{
    work();
    if (flags & 1) signal_again();
    if (depth > 0) again(flags, depth - 1);
    work();
}
CALLERS(again, (0, changing), (1, changing))

/* From here on the quiet ones signal, too. */
CONDITION(overwritten)
OPAQUE void overwritten(int flags)
{
    work();
    if (changing) flags = 1;
    work();
    if (flags & 1) signal_overwritten();
    work();
}
CALLERS(overwritten, (0), (1))

CONDITION(added)
OPAQUE void added(int flags)
{
    flags |= changing;
    work();
    if (flags & 1) signal_added();
    work();
}
CALLERS(added, (0), (1))

CONDITION(taken)
OPAQUE void change(int *flags)
{
    *flags |= changing;
}
OPAQUE void taken(int flags)
{
    change(&flags);
    if (flags & 1) signal_taken();
    work();
}
CALLERS(taken, (0), (1))

CONDITION(narrow)
OPAQUE void narrow(unsigned flags)
{
    work();
    if ((uint8_t)flags == 0) signal_narrow();
    work();
}
CALLERS(narrow, (0x100), (0))

CONDITION(second)
OPAQUE void second(int a, int b, unsigned flags)
{
    changing += a + b;
    if (flags & 0x8000) signal_second();
    work();
}
CALLERS(second, (1, 2, 0x8000), (1, 2, 0x8001))

CONDITION(counted)
OPAQUE void counted(int flags)
{
    for (int left = changing; left > 0; left--) {
        work();
        if (flags & 1) signal_counted();
        flags++;
    }
}
CALLERS(counted, (0), (1))

CONDITION(climbing)
OPAQUE void climbing(int flags, int depth)
{
    work();
    if (flags & 1) signal_climbing();
    if (depth > 0) climbing(1, depth - 1);
    work();
}
CALLERS(climbing, (0, changing), (1, changing))

CONDITION(pointed)
OPAQUE void pointed_to(int flags)
{
    work();
    if (flags & 1) signal_pointed();
    work();
}
void (*pointed_pointer)(int) = pointed_to;
OPAQUE void pointed(int flags)
{
    pointed_pointer(flags);
    work();
}
CALLERS(pointed, (0), (1))

/* One call of two passes what signals. */
CONDITION(both)
OPAQUE void both_ways(int flags)
{
    work();
    if (flags & 1) signal_both();
    work();
}
OPAQUE void both(int flags)
{
    both_ways(0);
    both_ways(1);
    changing += flags;
}
CALLERS(both, (0), (1))

/* The object is the caller's, as the constant is. */
pthread_cond_t cond_lifted = PTHREAD_COND_INITIALIZER;
OPAQUE void lifted(pthread_cond_t *cond, int wakes)
{
    work();
    if (wakes) pthread_cond_signal(cond);
    work();
}
CALLERS(lifted, (&cond_lifted, 0), (&cond_lifted, 1))

int main(void)
{
    quiet_bit(), quiet_equal(), quiet_byte(), quiet_wide(), quiet_handed(), quiet_again(), quiet_overwritten();
    quiet_added(), quiet_taken(), quiet_narrow(), quiet_second(), quiet_counted(), quiet_climbing(), quiet_pointed();
    quiet_both(), quiet_lifted();
    loud_bit(), loud_equal(), loud_byte(), loud_wide(), loud_handed(), loud_again(), loud_overwritten();
    loud_added(), loud_taken(), loud_narrow(), loud_second(), loud_counted(), loud_climbing(), loud_pointed();
    loud_both(), loud_lifted();
    return 0;
}
