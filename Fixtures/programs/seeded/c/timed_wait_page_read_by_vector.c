/* truth
 * title: Pages are read by readv(2) through a vector of cells beside the phase that the opener waits for, which nobody writes
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, recovery->changed, timed
 * thread replay: outside, read, the pipe of pages
 * release recovery->changed: recovery_done never-created
 */
#include "protocol.h"
#include <sys/uio.h>

enum phase { PHASE_NONE, PHASE_SCAN, PHASE_REPLAY, PHASE_OPEN };

struct recovery {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum phase phase;
    unsigned page;
    unsigned checksum;
    int ends[2];
    bool has_checkpoint;
};

static void *replay(void *argument)
{
    struct recovery *recovery = argument;
    struct iovec parts[2] = {
        {&recovery->page, sizeof recovery->page}, {&recovery->checksum, sizeof recovery->checksum}};
    while (readv(recovery->ends[0], parts, 2) > 0)
        ;
    return NULL;
}

static void *recovery_done(void *argument)
{
    struct recovery *recovery = argument;
    pthread_mutex_lock(&recovery->lock);
    recovery->phase = PHASE_OPEN;
    pthread_mutex_unlock(&recovery->lock);
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
    if (pipe2(recovery->ends, O_CLOEXEC) != 0)
        return 2;
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
