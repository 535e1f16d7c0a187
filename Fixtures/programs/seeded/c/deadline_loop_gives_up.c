/* truth
 * title: A wait for a lock manager that does not answer is repeated until a deadline and then given up
 * class: healthy
 * looks-like: dead-wait
 * thread main: outside, condition, request.granted, timed
 * release request.granted: nobody
 * note: nothing signals or writes the predicate; the loop ends by its own clock
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t granted;
    bool is_granted;
} request = {.lock = PTHREAD_MUTEX_INITIALIZER, .granted = PTHREAD_COND_INITIALIZER};

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static int request_lock(unsigned seconds)
{
    long long deadline = now() + seconds * 1000LL;
    int error = 0;
    pthread_mutex_lock(&request.lock);
    while (!request.is_granted) {
        struct timespec until = milliseconds_from_now(100);
        pthread_cond_timedwait(&request.granted, &request.lock, &until);
        if (now() >= deadline) {
            error = ETIMEDOUT;
            break;
        }
    }
    pthread_mutex_unlock(&request.lock);
    return error;
}

int main(int count, char **arguments)
{
    announce_when_settled(1, 0);
    return request_lock(healthy_seconds(count, arguments)) != ETIMEDOUT;
}
