/* truth
 * title: The phase is read from a pipe by readv(2), through a vector of which one part is the cell that the opener looks at
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, recovery->changed, timed
 * thread replay: outside, read, the pipe of the recovering child
 * release recovery->changed: replay alive
 * note: no code of the program writes PHASE_OPEN into the cell, nor signals the condition: readv(2) does the first
 */
#include "protocol.h"
#include <sys/uio.h>

enum phase { PHASE_NONE, PHASE_SCAN, PHASE_REPLAY, PHASE_OPEN };

struct recovery {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum phase phase;
    int input;
};

static void *replay(void *argument)
{
    struct recovery *recovery = argument;
    unsigned sequence;
    struct iovec parts[2] = {{&sequence, sizeof sequence}, {&recovery->phase, sizeof recovery->phase}};
    if (readv(recovery->input, parts, 2) != (ssize_t)(sizeof sequence + sizeof recovery->phase))
        perror("readv");
    return NULL;
}

static int recover(int output, unsigned seconds)
{
    const struct {
        unsigned sequence;
        enum phase phase;
    } last = {1, PHASE_OPEN};
    sleep(seconds);
    return write(output, &last, sizeof last) != (ssize_t)sizeof last;
}

int main(int count, char **arguments)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 2;
    pid_t child = fork_helper();
    if (child == 0)
        _exit(recover(ends[1], healthy_seconds(count, arguments)));
    close(ends[1]);
    struct recovery *recovery = calloc(1, sizeof *recovery);
    pthread_mutex_init(&recovery->lock, NULL);
    pthread_cond_init(&recovery->changed, NULL);
    recovery->input = ends[0];
    pthread_t thread = start_thread("replay", replay, recovery);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&recovery->lock);
    while (recovery->phase != PHASE_OPEN) {
        struct timespec until = milliseconds_from_now(200);
        pthread_cond_timedwait(&recovery->changed, &recovery->lock, &until);
    }
    pthread_mutex_unlock(&recovery->lock);
    pthread_join(thread, NULL);
    free(recovery);
    return waitpid(child, NULL, 0) != child;
}
