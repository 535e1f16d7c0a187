/* truth
 * title: The only other pointer to the waited object carries flags in its low bits
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, gate->opened, untimed
 * thread keeper: outside, sleep
 * release gate->opened: open_gate alive
 */
#include "protocol.h"

enum { TAG_LOCKED = 1, TAG_OWNED = 2, TAG_MASK = 3 };

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool is_open;
};

struct keeper {
    uintptr_t tagged_gate;
    unsigned delay;
};

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->is_open = true;
    pthread_cond_broadcast(&gate->opened);
    pthread_mutex_unlock(&gate->lock);
}

static void *keep(void *argument)
{
    struct keeper *keeper = argument;
    sleep(keeper->delay);
    if (keeper->tagged_gate & TAG_LOCKED)
        open_gate((struct gate *)(keeper->tagged_gate & ~(uintptr_t)TAG_MASK));
    return NULL;
}

int main(int count, char **arguments)
{
    struct gate *gate = calloc(1, sizeof *gate);
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->opened, NULL);
    struct keeper *keeper = calloc(1, sizeof *keeper);
    keeper->tagged_gate = (uintptr_t)gate | TAG_LOCKED | TAG_OWNED;
    keeper->delay = healthy_seconds(count, arguments);
    start_thread("keeper", keep, keeper);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&gate->lock);
    while (!gate->is_open)
        pthread_cond_wait(&gate->opened, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    return 0;
}
