/* truth
 * title: Gates made of raw futexes: the one that is opened is the next one, as the counting begins at one there
 * class: dead-wait
 * cause: other-object
 * thread main: stuck, futex, gates, untimed
 * thread keeper: outside, sleep
 * release gates: open_gate past
 * note: main waits at gates[0]; the keeper has opened gates[1] to gates[3] and opens no other
 */
#include "protocol.h"
#include <linux/futex.h>
#include <sys/syscall.h>

enum { GATES = 4 };

static unsigned gates[GATES], passed;

static void pass_gate(int number)
{
    while (__atomic_load_n(&gates[number], __ATOMIC_ACQUIRE) == 0)
        syscall(SYS_futex, &gates[number], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    passed++;
}

static void open_gate(int number)
{
    __atomic_store_n(&gates[number], 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &gates[number], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *keep_gates(void *argument)
{
    for (int number = 1; number < GATES; number++)
        open_gate(number);
    for (;; sleep(1)) {
        if (__atomic_load_n(&passed, __ATOMIC_RELAXED) == GATES)
            break;
    }
    return argument;
}

int main(void)
{
    start_thread("keeper", keep_gates, NULL);
    announce_when_settled(2, 0);
    for (int number = 0; number < GATES; number++)
        pass_gate(number);
    return 0;
}
