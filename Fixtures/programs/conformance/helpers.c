/* Threads that glibc makes for itself: timers, asynchronous input and output, names, queues. */
#include "scenario.h"
#include <aio.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netdb.h>
#include <signal.h>
#include <sys/mman.h>

static sem_t semaphore;

static void fired(union sigval value) {
    note("fired with %d", value.sival_int);
    sem_post(&semaphore);
}

SCENARIO(helper_timer_threads) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = fired,
                             .sigev_value.sival_int = 11};
    struct itimerspec times = {.it_value.tv_nsec = 2000000, .it_interval.tv_nsec = 2000000};
    sem_init(&semaphore, 0, 0);
    equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    times.it_interval.tv_nsec = 0;
    for (int i = 0; i < 3; i++) {
        equal(timer_settime(timer, 0, &times, NULL), 0);
        equal(sem_wait(&semaphore), 0);
    }
    equal(timer_delete(timer), 0);
}

static void finished(union sigval value) {
    (void)value;
    sem_post(&semaphore);
}

SCENARIO(helper_asynchronous_io) {
    char text[8] = "abcdefg", back[8] = "";
    int file = memfd_create("aio", 0);
    struct aiocb block = {.aio_fildes = file, .aio_buf = text, .aio_nbytes = 7};
    const struct aiocb *list[] = {&block};
    sem_init(&semaphore, 0, 0);
    block.aio_sigevent.sigev_notify = SIGEV_THREAD;
    block.aio_sigevent.sigev_notify_function = finished;
    equal(aio_write(&block), 0);
    equal(sem_wait(&semaphore), 0);
    equal(aio_error(&block), 0);
    equal(aio_return(&block), 7);
    block = (struct aiocb){.aio_fildes = file, .aio_buf = back, .aio_nbytes = 7};
    equal(aio_read(&block), 0);
    while (aio_error(&block) == EINPROGRESS) equal(aio_suspend(list, 1, NULL), 0);
    equal(aio_return(&block), 7);
    note("%s", back);
    int ends[2];
    expect(pipe(ends) == 0);
    block = (struct aiocb){.aio_fildes = ends[0], .aio_buf = back, .aio_nbytes = 1};
    struct timespec brief = {.tv_nsec = 5000000};
    equal(aio_read(&block), 0);
    outcome("nothing to read", aio_suspend(list, 1, &brief));
    expect(write(ends[1], "x", 1) == 1);
    while (aio_error(&block) == EINPROGRESS) equal(aio_suspend(list, 1, NULL), 0);
    equal(aio_return(&block), 1);
}

SCENARIO(helper_names) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct gaicb requests[4], *list[4];
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = finished};
    sem_init(&semaphore, 0, 0);
    for (int i = 0; i < 4; i++) {
        requests[i] = (struct gaicb){.ar_name = "127.0.0.1", .ar_request = &hints};
        list[i] = &requests[i];
    }
    equal(getaddrinfo_a(GAI_WAIT, list, 4, NULL), 0);
    for (int i = 0; i < 4; i++) equal(gai_error(list[i]), 0);
    equal(getaddrinfo_a(GAI_NOWAIT, list, 4, &event), 0);
    equal(sem_wait(&semaphore), 0);
    for (int i = 0; i < 4; i++) equal(gai_error(list[i]), 0);
    note("8 names");
}

/* Where the kernel has message queues. */
SCENARIO(helper_queue_notification) {
    char name[64];
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 16};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = finished};
    snprintf(name, sizeof name, "/conformance-%d", (int)getpid());
    sem_init(&semaphore, 0, 0);
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR | O_EXCL, 0600, &attributes);
    if (queue == (mqd_t)-1) {
        note("no queue: %s", error_name(errno));
        return;
    }
    equal(mq_unlink(name), 0);
    outcome("notify", mq_notify(queue, &event));
    outcome("send", mq_send(queue, "x", 1, 0));
    struct timespec end = from_now(CLOCK_REALTIME, 1000);
    outcome("told", sem_timedwait(&semaphore, &end));
    mq_close(queue);
}
