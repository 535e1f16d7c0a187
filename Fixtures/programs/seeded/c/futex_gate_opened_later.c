/* truth
 * title: A gate made of a raw futex is waited for, and its opener will store and wake when it has slept
 * class: healthy
 * looks-like: lost-wakeup
 * thread main: waiting, futex, gate, untimed
 * thread opener: outside, sleep
 * release gate: open_gate alive
 */
#include "protocol.h"
#include <linux/futex.h>
#include <sys/syscall.h>

static unsigned gate;

static void pass_gate(void)
{
    while (__atomic_load_n(&gate, __ATOMIC_ACQUIRE) == 0)
        syscall(SYS_futex, &gate, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void *open_gate(void *seconds)
{
    sleep(*(unsigned *)seconds);
    __atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &gate, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return NULL;
}

int main(int count, char **arguments)
{
    unsigned seconds = healthy_seconds(count, arguments);
    start_thread("opener", open_gate, &seconds);
    announce_when_settled(2, 0);
    pass_gate();
    return 0;
}
