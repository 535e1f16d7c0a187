/* truth
 * title: The opener waits with a timeout for phase open, others signal the change of phase, but none writes that phase
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, recovery.changed, timed
 * thread replay: outside, sleep
 * release recovery.changed: recovery_done never-created
 * note: replay signals the condition three times a second, with the phases scan and replay
 */
#include "protocol.h"

enum phase { PHASE_NONE, PHASE_SCAN, PHASE_REPLAY, PHASE_OPEN };

struct recovery {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum phase phase;
    unsigned passes;
    bool has_checkpoint;
};

static void set_phase(struct recovery *recovery, enum phase phase)
{
    pthread_mutex_lock(&recovery->lock);
    recovery->phase = phase;
    pthread_cond_broadcast(&recovery->changed);
    pthread_mutex_unlock(&recovery->lock);
}

static void *replay(void *argument)
{
    struct recovery *recovery = argument;
    for (;; recovery->passes++) {
        set_phase(recovery, recovery->passes % 2 == 0 ? PHASE_SCAN : PHASE_REPLAY);
        usleep(300000);
    }
    return NULL;
}

static void *recovery_done(void *argument)
{
    set_phase(argument, PHASE_OPEN);
    return NULL;
}

static void recover(struct recovery *recovery)
{
    start_thread("replay", replay, recovery);
    if (recovery->has_checkpoint)
        start_thread("finish", recovery_done, recovery);
}

int main(void)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    pthread_mutex_init(&recovery->lock, NULL);
    pthread_cond_init(&recovery->changed, NULL);
    recover(recovery);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&recovery->lock);
    while (recovery->phase != PHASE_OPEN) {
        struct timespec until = milliseconds_from_now(500);
        pthread_cond_timedwait(&recovery->changed, &recovery->lock, &until);
    }
    pthread_mutex_unlock(&recovery->lock);
    return 0;
}
