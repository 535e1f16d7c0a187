// Makes every call of deadwait.h, in a way that leaves each one's trace; says `ready` with the addresses and waits to
// be killed. With the argument `withdraw` it takes everything back before. Runs the same without the library.
#include "deadwait.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_cond_t flushed = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint32_t state = 0x11;
static uint16_t arrived = 2;
static int page_lock, shared_lock, cheap_lock, queue, word, gone;
static volatile int holding;

static void *evict(void *argument) {
    (void)argument;
    dw_name_thread("eviction server of the cache");
    dw_set_role("evict");
    uint32_t idle = dw_idle_begin("waits for pages to evict");
    struct dw_wait_scope wait;
    dw_condition_wait_begin(&wait, &queue, &mutex, 5000000000u);
    holding = 1;
    for (;;) pause();
    dw_wait_end(&wait, 0);
    dw_idle_end(idle);
    return 0;
}

static void *waiter(void *argument) {
    struct dw_wait_scope wait;
    dw_set_role("reader");
    dw_lock_wait_begin(&wait, argument, DEADWAIT_SHARED, DEADWAIT_FOREVER);
    holding = 2;
    for (;;) pause();
    return 0;
}

static void start(void *(*routine)(void *), void *argument, int until) {
    pthread_t thread;
    if (pthread_create(&thread, 0, routine, argument) != 0) _exit(1);
    while (holding != until) usleep(1000);
}

static void timed_out(const void *lock) {
    struct dw_wait_scope wait;
    dw_lock_wait_begin(&wait, lock, DEADWAIT_EXCLUSIVE, 1000);
    dw_wait_end(&wait, ETIMEDOUT);
    dw_spin_begin(&wait, &word, DEADWAIT_FOREVER);
    dw_wait_end(&wait, 0);
}

int main(int count, char **arguments) {
    int refused = dw_dump(-1);
    int withdraws = count > 1 && strcmp(arguments[1], "withdraw") == 0;
    errno = 4711;
    dw_expect_threads("evict", 4);
    dw_expect_threads("evict", 3);
    dw_expect_threads("reader", 1);
    dw_expect_threads("never", 0);
    dw_name_thread("the first thread of all");
    dw_set_role("application");
    dw_name_object(&flushed, DEADWAIT_CONDITION, "flush done");
    dw_swallows_signals(&flushed);
    dw_declare_signaller(&flushed, "evict");
    dw_declare_signaller(&flushed, "worker");
    dw_declare_signaller(&flushed, "worker");
    dw_declare_predicate(&flushed, &state, sizeof state, 0xff, 7);
    dw_declare_predicate(&flushed, &state, sizeof state, 0xf0, 0x10);
    dw_declare_predicate(&flushed, &state, 3, 0xf0, 0x10); // no width: dropped
    dw_declare_quorum(&flushed, "worker", 4, &arrived, sizeof arrived);
    dw_declare_quorum(&queue, "reader", 2, 0, 0);
    dw_declare_quorum(&queue, "reader", 0, 0, 0);
    dw_condition_signalled(&flushed);
    dw_condition_signalled(&queue);
    dw_condition_broadcast(&queue);

    dw_name_object(&page_lock, DEADWAIT_ENGINE_LOCK, "page lock");
    dw_lock_acquired(&page_lock, DEADWAIT_EXCLUSIVE);
    dw_lock_acquired(&shared_lock, DEADWAIT_SHARED);
    dw_lock_acquired(&cheap_lock, DEADWAIT_EXCLUSIVE | DEADWAIT_WITHOUT_STACK);
    dw_lock_released(&cheap_lock);
    timed_out(&page_lock);
    timed_out(&page_lock);
    start(evict, 0, 1);
    start(waiter, &page_lock, 2);

    dw_name_object(&gone, DEADWAIT_SEMAPHORE, "freed");
    dw_declare_signaller(&gone, "worker");
    dw_forget(&gone);
    pthread_cond_t destroyed;
    pthread_cond_init(&destroyed, 0);
    dw_declare_signaller(&destroyed, "worker");
    pthread_cond_destroy(&destroyed);

    uint64_t kept = dw_pending_begin(DEADWAIT_CONTINUATION, "flush of table 1", 0x1000);
    uint64_t ended = dw_pending_begin(DEADWAIT_OTHER, "flush of table 2", 0);
    uint64_t dropped = dw_pending_begin(DEADWAIT_OTHER, "flush of table 3", 0x3000);
    dw_pending_context(kept, (uintptr_t)&flushed);
    dw_pending_end(ended);
    dw_pending_end(ended);
    dw_pending_context(ended, 1);
    dw_pending_dropped(dropped);
    dw_pending_end(0);
    uint64_t outer = dw_api_begin("session_close");
    uint64_t inner = dw_api_begin("checkpoint");
    uint64_t left = dw_api_begin("cursor_next");
    dw_api_end(left);
    dw_api_end(left);
    if (withdraws) {
        dw_api_end(inner);
        dw_api_end(outer);
        dw_pending_end(kept);
        dw_pending_end(dropped);
        dw_lock_released(&page_lock);
        dw_forget(&flushed);
        dw_forget(&queue);
        dw_forget(&shared_lock);
        dw_forget(&cheap_lock);
        dw_expect_threads("evict", 0);
        dw_expect_threads("reader", 0);
    }
    printf("flushed %p\nmutex %p\nstate %p\narrived %p\n", (void *)&flushed, (void *)&mutex, (void *)&state,
           (void *)&arrived);
    printf("page_lock %p\nshared_lock %p\ncheap_lock %p\nqueue %p\ngone %p\n", (void *)&page_lock,
           (void *)&shared_lock, (void *)&cheap_lock, (void *)&queue, (void *)&gone);
    printf("dump %s\n", refused == (dw_is_loaded() ? EBADF : ENOSYS) ? "refused" : "other");
    printf("ready loaded=%d errno=%d\n", dw_is_loaded(), errno);
    fflush(stdout);
    for (;;) pause();
}
