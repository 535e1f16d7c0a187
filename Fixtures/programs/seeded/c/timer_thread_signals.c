/* truth
 * title: A timer whose expiry runs a function in a thread of its own wakes the one who waits
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, lease.expired, untimed
 * thread timer: outside, sigwait
 * release lease.expired: lease_ends outside
 * note: the C library creates the thread for lease_ends when the timer expires
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t expired;
    bool is_over;
} lease = {.lock = PTHREAD_MUTEX_INITIALIZER, .expired = PTHREAD_COND_INITIALIZER};

static void lease_ends(union sigval value)
{
    (void)value;
    pthread_mutex_lock(&lease.lock);
    lease.is_over = true;
    pthread_cond_signal(&lease.expired);
    pthread_mutex_unlock(&lease.lock);
}

int main(int count, char **arguments)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD};
    event.sigev_notify_function = lease_ends;
    struct itimerspec term = {.it_value = {.tv_sec = healthy_seconds(count, arguments)}};
    timer_t timer;
    /* The library's thread for timers takes the name of the one that makes the first. */
    pthread_setname_np(pthread_self(), "timer");
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return 2;
    pthread_setname_np(pthread_self(), "lease-holder");
    timer_settime(timer, 0, &term, NULL);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&lease.lock);
    while (!lease.is_over)
        pthread_cond_wait(&lease.expired, &lease.lock);
    pthread_mutex_unlock(&lease.lock);
    return 0;
}
