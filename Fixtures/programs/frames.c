/* frames: threads whose stacks are hard to unwind or to name, all of them blocked.
 *
 * A signal handler on an alternate stack above alloca and qsort, one that interrupted the vDSO, a call that never
 * returns as a function's last instruction, a tail call, a call through a pointer, variable-length arrays. */
#define _GNU_SOURCE
#include "settle.h"
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <time.h>
#include <ucontext.h>

static pthread_mutex_t never_free = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static int block(int result)
{
    pthread_mutex_lock(&never_free);
    return result;
}

static void block_in_handler(int signal) { block(signal); }

/* alloca: the frame's size is known at run time only. */
__attribute__((noinline)) static int raise_over_alloca(int size)
{
    char *bytes = alloca((size_t)size);
    memset(bytes, size, (size_t)size);
    raise(SIGUSR1);
    return bytes[size - 1];
}

static int compare(const void *left, const void *right)
{
    return raise_over_alloca(333) + *(const int *)left - *(const int *)right;
}

static void *signal_under_qsort(void *argument)
{
    int values[] = {2, 1};
    qsort(values, 2, sizeof *values, compare);
    return argument;
}

static void *signal_on_alternate_stack(void *argument)
{
    static char memory[1 << 16];
    const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    sigaltstack(&stack, NULL);
    raise_over_alloca(77);
    return argument;
}

/* Blocks only when the signal met the thread inside of the vDSO. */
static void block_when_in_vdso(int signal, siginfo_t *info, void *context)
{
    (void)info;
    const ucontext_t *interrupted = context;
    uintptr_t pc = (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];
    uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
    if (pc >= vdso && pc < vdso + 0x2000)
        block(signal);
}

static void *read_clock(void *argument)
{
    struct timespec now;
    for (;;)
        clock_gettime(CLOCK_MONOTONIC, &now);
    return argument;
}

__attribute__((noinline, noreturn)) static void never_return(void)
{
    for (;;)
        block(0);
}

volatile int last_seed;

/* The return address of its call is the first instruction of what follows. */
__attribute__((noinline, noreturn)) static void last_call_never_returns(int seed)
{
    last_seed = seed;
    never_return();
}

__attribute__((noinline)) static void *calls_noreturn(void *argument)
{
    last_call_never_returns((int)(intptr_t)argument);
}

__attribute__((noinline)) static int tail_end(int depth) { return block(depth) + 1; }
__attribute__((noinline)) static int tail_middle(int depth) { return tail_end(depth + 1); }
__attribute__((noinline)) static int tail_start(int depth) { return tail_middle(depth + 1); }

static void *tail_calls(void *argument) { return (void *)(intptr_t)(tail_start((int)(intptr_t)argument) + 1); }

static int (*volatile through_pointer)(int) = tail_start;

__attribute__((noinline)) static int variable_array(int size)
{
    volatile int values[size];
    values[size - 1] = size;
    return through_pointer(values[size - 1]) + values[size - 1];
}

static void *indirect_call(void *argument) { return (void *)(intptr_t)variable_array((int)(intptr_t)argument + 9); }

static void start(void *(*body)(void *), const char *name, pthread_t *thread)
{
    if (pthread_create(thread, NULL, body, NULL) != 0)
        exit(1);
    pthread_setname_np(*thread, name);
}

int main(void)
{
    pthread_t thread;
    /* A parent may have left signals blocked. */
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    struct sigaction handler = {.sa_handler = block_in_handler, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigaction(SIGUSR1, &handler, NULL);
    struct sigaction vdso_handler = {.sa_sigaction = block_when_in_vdso, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR2, &vdso_handler, NULL);
    pthread_mutex_lock(&never_free);
    start(signal_under_qsort, "qsort", &thread);
    start(signal_on_alternate_stack, "altstack", &thread);
    start(calls_noreturn, "noreturn", &thread);
    start(tail_calls, "tailcall", &thread);
    start(indirect_call, "indirect", &thread);
    start(read_clock, "vdso", &thread);
    while (settle_awake() > 0) {
        pthread_kill(thread, SIGUSR2);
        usleep(1000);
    }
    settle(0);
    say_ready();
    for (;;)
        pause();
}
