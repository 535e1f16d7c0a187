/* truth
 * title: Each waiter has a condition of its own in an array, and the signaller takes the waiter's by its number
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, slots[5].granted, untimed
 * thread granter: outside, sleep
 * release slots[5].granted: grant_slot alive
 */
#include "protocol.h"

enum { SLOTS = 8 };

static struct slot {
    pthread_cond_t granted;
    bool is_granted;
} slots[SLOTS];

static pthread_mutex_t slot_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned next_slot = 5, tick_seconds;

static void grant_slot(unsigned number)
{
    pthread_mutex_lock(&slot_lock);
    slots[number].is_granted = true;
    pthread_cond_signal(&slots[number].granted);
    pthread_mutex_unlock(&slot_lock);
}

static void *granter(void *argument)
{
    for (;; next_slot = (next_slot + 1) % SLOTS) {
        sleep(tick_seconds);
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

int main(int count, char **arguments)
{
    tick_seconds = healthy_seconds(count, arguments);
    for (int number = 0; number < SLOTS; number++)
        pthread_cond_init(&slots[number].granted, NULL);
    start_thread("granter", granter, NULL);
    announce_when_settled(2, 0);
    acquire_slot(5);
    return 0;
}
