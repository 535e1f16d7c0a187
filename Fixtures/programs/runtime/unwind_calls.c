/* Frames of all shapes that compilers make, in random order. */
#define _GNU_SOURCE
#include "unwind.h"
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    unsigned depth;
    void (*leaf)(void);
};
typedef volatile int kept;

static __attribute__((noinline)) void step(struct walk walk);

static __attribute__((noinline)) void plain(struct walk walk)
{
    step(walk);
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

static __attribute__((noinline)) int many_registers(struct walk walk, int a, int b, int c)
{
    kept x = a, y = b, z = c;
    int sum = x * y, other = y * z, third = x * z, fourth = x + y + z;
    step(walk);
    return sum + other + third + fourth + a + b + c;
}

static __attribute__((noinline)) void large_frame(struct walk walk)
{
    volatile char room[4000];
    room[pick(4000)] = 1;
    step(walk);
    room[0] = room[1];
}

/* More than a cached rule can say. */
static __attribute__((noinline)) void huge_frame(struct walk walk)
{
    volatile char room[600000];
    room[pick(600000)] = 1;
    step(walk);
    room[0] = room[1];
}

static __attribute__((noinline)) void with_alloca(struct walk walk)
{
    char *room = alloca(1 + pick(500));
    memset(room, 1, 1);
    step(walk);
    __asm__ volatile("" : : "r"(room) : "memory");
}

static __attribute__((noinline)) void realigned(struct walk walk)
{
    _Alignas(64) volatile char room[64];
    room[pick(64)] = 1;
    step(walk);
    room[0] = room[1];
}

/* gcc keeps the caller's stack pointer in the frame: the CFA is an expression. */
static __attribute__((noinline)) int realigned_with_arguments(struct walk walk, int a, int b, int c, int d, int e,
                                                              struct walk again, int f)
{
    _Alignas(64) volatile char room[64];
    char *more = alloca(1 + pick(200));
    room[pick(64)] = more[0] = 1;
    step(pick(2) ? walk : again);
    __asm__ volatile("" : : "r"(more) : "memory");
    return room[0] + a + b + c + d + e + f;
}

static __attribute__((noinline)) int variadic(struct walk walk, ...)
{
    va_list list;
    va_start(list, walk);
    int sum = va_arg(list, int);
    step(walk);
    sum += va_arg(list, int);
    va_end(list);
    return sum;
}

static __thread struct walk carried;

static int compare(const void *left, const void *right)
{
    struct walk walk = carried;
    if (walk.leaf != NULL) {
        carried.leaf = NULL;
        step(walk);
    }
    return *(const int *)left - *(const int *)right;
}

static __attribute__((noinline)) void through_qsort(struct walk walk)
{
    int numbers[5] = {4, 2, 3, 5, 1};
    carried = walk;
    qsort(numbers, 5, sizeof numbers[0], compare);
}

static __attribute__((noinline)) void through_bsearch(struct walk walk)
{
    int numbers[5] = {1, 2, 3, 4, 5}, key = 4;
    carried = walk;
    kept found = bsearch(&key, numbers, 5, sizeof numbers[0], compare) != NULL;
    (void)found;
}

static jmp_buf after;

static __attribute__((noinline, noreturn)) void does_not_return(void)
{
    same_stack(0);
    longjmp(after, 1);
}

/* Ends with a call: what is returned to is another function's code, or none's. */
static __attribute__((noinline, noreturn)) void ends_with_a_call(int value)
{
    volatile int room[40];
    room[value] = value;
    __asm__ volatile("" : : "r"(room) : "memory");
    same_stack(0);
    does_not_return();
}

static __attribute__((noinline)) void come_back(void)
{
    if (setjmp(after) == 0)
        ends_with_a_call(1);
}

static pthread_key_t destroyed;
static void destroy(void *value)
{
    step(*(struct walk *)value);
    free(value);
}

static void clean_up(void *walk) { step(*(struct walk *)walk); }

/* The rest of the walk runs while the thread is unwound by pthread_exit, then in a destructor of its data. */
static void *exiting(void *argument)
{
    struct walk walk = *(struct walk *)argument;
    struct walk *later = malloc(sizeof *later);
    *later = walk;
    pthread_setspecific(destroyed, later);
    pthread_cleanup_push(clean_up, &walk);
    pthread_exit(NULL);
    pthread_cleanup_pop(0);
}

static __attribute__((noinline)) void through_thread_exit(struct walk walk)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, exiting, &walk) == 0)
        pthread_join(thread, NULL);
}

static void step(struct walk walk)
{
    if (walk.depth-- == 0) {
        walk.leaf();
        return;
    }
    kept done = 0;
    switch (pick(11)) {
    case 0: plain(walk); break;
    case 1: done = many_registers(walk, 1, 2, 3); break;
    case 2: large_frame(walk); break;
    case 3: with_alloca(walk); break;
    case 4: realigned(walk); break;
    case 5: done = realigned_with_arguments(walk, 1, 2, 3, 4, 5, walk, 6); break;
    case 6: done = variadic(walk, 1, 2); break;
    case 7: through_qsort(walk); break;
    case 8: through_bsearch(walk); break;
    case 9: pick(20) == 0 && walk.depth < 6 ? huge_frame(walk) : plain(walk); break;
    default: plain(walk); break;
    }
    (void)done;
}

void call_tree(unsigned depth, void (*leaf)(void)) { step((struct walk){depth, leaf}); }

static void leaf(void)
{
    same_stack(0);
    __asm__ volatile("" ::: "memory");
}

static __attribute__((noinline)) long descend(long depth)
{
    volatile long below = 0;
    if (depth == 0)
        same_stack(0);
    else
        below = descend(depth - 1);
    return below + 1;
}

void calls(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, leaf);
    for (int i = 0; i < 2000; i++)
        call_tree(pick(60), leaf);
    come_back();
    descend(20000);
    expect(last_depth > 20000, "a deep stack is whole");
    if (destroyed == 0)
        pthread_key_create(&destroyed, destroy);
    for (int i = 0; i < 50; i++)
        through_thread_exit((struct walk){pick(20), leaf});
}
