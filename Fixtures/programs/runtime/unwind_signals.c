/* Stacks from signal handlers: on the thread's own stack at any instruction, on an alternate one, on a coroutine's. */
#define _GNU_SOURCE
#include "unwind.h"
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int ticks;
static volatile int through_context;

/* Stacks that begin at the interrupted instruction are compared with the part of libgcc's after the handler's return. */
static void compare_from(const void *context)
{
    uint64_t frames[512];
    void *peers[512];
    uint32_t flags;
    struct dw_registers registers;
    dw_registers_of_context(context, &registers);
    uint32_t count = dw_backtrace_from(&registers, own_stack(), frames, 512, &flags);
    int all = backtrace(peers, 512), at = 0;
    while (at < all && (uint64_t)peers[at] != registers.pc)
        at++;
    if (all < 512 && count < 512)
        expect(at < all && count == (uint32_t)(all - at) && memcmp(frames, peers + at, count * 8) == 0,
               "a stack from given registers");
}

static void tick(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ticks++;
    if (last_depth < 500)
        same_stack(DW_STACK_SIGNAL);
    compare_from(context);
    through_context++;
}

/* Reads the clock in the kernel's own shared object, which the signal may interrupt as well. */
static void read_clock(void)
{
    struct timespec now;
    for (int i = 0; i < 20; i++)
        clock_gettime(CLOCK_MONOTONIC, &now);
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(number, &action, NULL);
}

void signals(void)
{
    ticks = 0;
    handle(SIGUSR1, tick, SA_RESTART);
    raise(SIGUSR1);
    expect(ticks == 1, "one signal");
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
    event._sigev_un._tid = gettid();
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    struct itimerspec often = {{0, 150000}, {0, 150000}}, never = {{0, 0}, {0, 0}};
    timer_settime(timer, 0, &often, NULL);
    time_t deadline = time(NULL) + 20;
    while (ticks < 1000 && time(NULL) < deadline)
        call_tree(pick(30), read_clock);
    timer_settime(timer, 0, &never, NULL);
    timer_delete(timer);
    expect(ticks >= 1000 && through_context == ticks, "signals at random instructions");
    through_context = 0;
}

static volatile uint32_t foreign_flags;
static volatile int foreign_looks, foreign_is_right;

/* Two functions that play the runtime's part; their section's bounds are the linker's. */
#define AS_RUNTIME __attribute__((noinline, section("as_runtime")))
extern const char __start_as_runtime[], __stop_as_runtime[];

AS_RUNTIME static void look_as_runtime(uint64_t caller)
{
    uint64_t frames[8], skipped[8];
    uint32_t flags, more;
    uint32_t count = dw_backtrace(own_stack(), frames, 8, 0, &flags);
    foreign_flags = flags;
    foreign_is_right = count == 3 && frames[2] == caller && flags == DW_STACK_FOREIGN;
    count = dw_backtrace(own_stack(), skipped, 8, 1, &more);
    foreign_is_right &= count == 2 && skipped[1] == caller && more == flags;
    dw_unwind_own_code(0, 0);
    count = dw_backtrace(own_stack(), skipped, 8, 1, &more);
    foreign_is_right &= count == 1 && skipped[0] == frames[1] && more == flags;
    foreign_looks++;
}

AS_RUNTIME static void look_from_a_foreign_stack(void)
{
    dw_unwind_own_code((uint64_t)__start_as_runtime, (uint64_t)__stop_as_runtime);
    look_as_runtime((uint64_t)__builtin_return_address(0));
    __asm__ volatile("" ::: "memory");
}

static void expect_foreign(const char *what)
{
    expect(foreign_looks == 1 && foreign_is_right, what);
    foreign_looks = 0;
}

static void on_alternate(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    look_from_a_foreign_stack();
    __asm__ volatile("" ::: "memory");
}

static ucontext_t outside, inside;
static void coroutine(void)
{
    look_from_a_foreign_stack();
    __asm__ volatile("" ::: "memory");
}

static void interrupted_above(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    uint64_t frames[64];
    uint32_t flags;
    dw_backtrace(own_stack(), frames, 64, 0, &flags);
    foreign_flags = flags;
}

void foreign_stacks(void)
{
    own_stack();
    char *room = malloc(65536);
    stack_t alternate = {.ss_sp = room, .ss_size = 65536}, none = {.ss_flags = SS_DISABLE};
    sigaltstack(&alternate, NULL);
    handle(SIGUSR2, on_alternate, SA_ONSTACK);
    raise(SIGUSR2);
    expect_foreign("an alternate signal stack");

    getcontext(&inside);
    inside.uc_stack = (stack_t){.ss_sp = room, .ss_size = 65536};
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    sigaltstack(&none, NULL);
    swapcontext(&outside, &inside);
    expect_foreign("a coroutine");
    free(room);

    /* An alternate stack within the thread's own, further out than what is interrupted: the way goes back inward. */
    char within[65536];
    alternate.ss_sp = within;
    sigaltstack(&alternate, NULL);
    handle(SIGUSR2, interrupted_above, SA_ONSTACK);
    raise(SIGUSR2);
    expect(foreign_flags == DW_STACK_OUT_OF_BOUNDS, "a stack that turns back");
    sigaltstack(&none, NULL);
}
