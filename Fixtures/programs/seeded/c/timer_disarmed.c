/* truth
 * title: A timer would run the function that wakes the waiter, but with a term of zero it was never armed
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, lease.expired, untimed
 * thread timer: idle, sigwait
 * release lease.expired: lease_ends never-created
 * note: timer_settime with a value of zero disarms; the library's thread for timers is there and waits for expiries
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

static long term_seconds(const char *text)
{
    return strtol(text, NULL, 10);
}

int main(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD};
    event.sigev_notify_function = lease_ends;
    struct itimerspec term = {.it_value = {.tv_sec = term_seconds("never")}};
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
