/* truth
 * title: The signaller goes around the even slots of an array of conditions, and the waiter has an odd one
 * class: dead-wait
 * cause: other-object
 * thread main: stuck, condition, slots[5].granted, untimed
 * thread granter: outside, sleep
 * release slots[5].granted: nobody
 * note: grant_slot signals slots 0, 2, 4 and 6 only; the step and the number of slots have a common divisor
 */
#include "protocol.h"

enum { SLOTS = 8, STEP = 6 };

static struct slot {
    pthread_cond_t granted;
    bool is_granted;
} slots[SLOTS];

static pthread_mutex_t slot_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned next_slot;

static void grant_slot(unsigned number)
{
    pthread_mutex_lock(&slot_lock);
    slots[number].is_granted = true;
    pthread_cond_signal(&slots[number].granted);
    pthread_mutex_unlock(&slot_lock);
}

/* Goes around in steps, so that neighbours do not get their turn one after the other. */
static void *granter(void *argument)
{
    for (;; next_slot = (next_slot + STEP) % SLOTS) {
        usleep(250000);
        grant_slot(next_slot);
    }
    return argument;
}

static void acquire_slot(unsigned number)
{
    pthread_mutex_lock(&slot_lock);
    while (!slots[number].is_granted)
        pthread_cond_wait(&slots[number].granted, &slot_lock);
    slots[number].is_granted = false;
    pthread_mutex_unlock(&slot_lock);
}

int main(void)
{
    for (int number = 0; number < SLOTS; number++)
        pthread_cond_init(&slots[number].granted, NULL);
    start_thread("granter", granter, NULL);
    announce_when_settled(2, 0);
    acquire_slot(5);
    return 0;
}
