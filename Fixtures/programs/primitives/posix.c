// One call of each function of POSIX and C11 threads that waits, signals, locks, creates or joins. Never run.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <poll.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_t thread;
static sem_t semaphore;
static struct timespec limit;
static cnd_t c11_condition;
static mtx_t c11_mutex;
static thrd_t c11_thread;
static once_flag c11_once = ONCE_FLAG_INIT;

static void nothing(void) {}
static void *routine(void *argument) { return argument; }
static int c11_routine(void *argument) { return argument != NULL; }

static int conditions(void) {
    int sum = pthread_mutex_lock(&mutex);
    sum += pthread_cond_wait(&condition, &mutex);
    sum += pthread_cond_timedwait(&condition, &mutex, &limit);
    sum += pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &limit);
    sum += pthread_cond_signal(&condition);
    sum += pthread_cond_broadcast(&condition);
    return sum + pthread_mutex_unlock(&mutex);
}

static int semaphores(void) {
    int sum = sem_wait(&semaphore);
    sum += sem_timedwait(&semaphore, &limit);
    sum += sem_clockwait(&semaphore, CLOCK_MONOTONIC, &limit);
    sum += sem_trywait(&semaphore);
    return sum + sem_post(&semaphore);
}

static int locks(void) {
    int sum = pthread_mutex_timedlock(&mutex, &limit) + pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &limit);
    sum += pthread_mutex_trylock(&mutex);
    sum += pthread_rwlock_rdlock(&lock) + pthread_rwlock_wrlock(&lock) + pthread_rwlock_unlock(&lock);
    sum += pthread_rwlock_timedrdlock(&lock, &limit) + pthread_rwlock_timedwrlock(&lock, &limit);
    sum += pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &limit);
    sum += pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &limit);
    sum += pthread_rwlock_tryrdlock(&lock) + pthread_rwlock_trywrlock(&lock);
    return sum + pthread_spin_lock(&spin) + pthread_spin_trylock(&spin) + pthread_spin_unlock(&spin);
}

static int threads(void) {
    void *result;
    int sum = pthread_create(&thread, NULL, routine, NULL);
    sum += pthread_join(thread, &result) + pthread_timedjoin_np(thread, &result, &limit);
    sum += pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &limit) + pthread_tryjoin_np(thread, &result);
    sum += pthread_detach(thread) + pthread_cancel(thread) + pthread_kill(thread, SIGUSR1);
    return sum + pthread_barrier_wait(&barrier) + pthread_once(&once, nothing);
}

static int c11(void) {
    int result;
    int sum = mtx_lock(&c11_mutex) + mtx_timedlock(&c11_mutex, &limit) + mtx_trylock(&c11_mutex);
    sum += cnd_wait(&c11_condition, &c11_mutex) + cnd_timedwait(&c11_condition, &c11_mutex, &limit);
    sum += cnd_signal(&c11_condition) + cnd_broadcast(&c11_condition) + mtx_unlock(&c11_mutex);
    sum += thrd_create(&c11_thread, c11_routine, NULL) + thrd_join(c11_thread, &result);
    call_once(&c11_once, nothing);
    return sum;
}

static int descriptors(int descriptor) {
    char byte;
    eventfd_t value;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};
    int sum = (int)(read(descriptor, &byte, 1) + write(descriptor, &byte, 1));
    sum += eventfd_read(descriptor, &value) + eventfd_write(descriptor, value) + poll(&polled, 1, -1);
    sum += epoll_ctl(descriptor, EPOLL_CTL_ADD, descriptor, &event) + epoll_wait(descriptor, &event, 1, -1);
    return sum + waitpid(-1, &sum, 0) + kill(getpid(), 0) + nanosleep(&limit, NULL);
}

int main(int count, char **arguments) {
    (void)arguments;
    return conditions() + semaphores() + locks() + threads() + c11() + descriptors(count);
}
