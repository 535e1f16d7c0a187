/* truth
 * title: The phase is written without a signal, which the timed wait of the opener sees at its next timeout
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, recovery->changed, timed
 * thread replay: outside, sleep
 * release recovery->changed: replay alive
 * note: no code of the program signals the condition at all
 */
#include "protocol.h"

enum phase { PHASE_NONE, PHASE_SCAN, PHASE_REPLAY, PHASE_OPEN };

struct recovery {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum phase phase;
    unsigned log_seconds;
};

static void *replay(void *argument)
{
    struct recovery *recovery = argument;
    sleep(recovery->log_seconds);
    pthread_mutex_lock(&recovery->lock);
    recovery->phase = PHASE_OPEN;
    pthread_mutex_unlock(&recovery->lock);
    return NULL;
}

int main(int count, char **arguments)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    pthread_mutex_init(&recovery->lock, NULL);
    pthread_cond_init(&recovery->changed, NULL);
    recovery->log_seconds = healthy_seconds(count, arguments);
    start_thread("replay", replay, recovery);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&recovery->lock);
    while (recovery->phase != PHASE_OPEN) {
        struct timespec until = milliseconds_from_now(200);
        pthread_cond_timedwait(&recovery->changed, &recovery->lock, &until);
    }
    pthread_mutex_unlock(&recovery->lock);
    free(recovery);
    return 0;
}
