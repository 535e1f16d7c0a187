/* truth
 * title: A session ended with pthread_exit in a nested call, and took the catalog's lock with it
 * class: orphaned-lock
 * cause: exited
 * thread main: stuck, mutex, catalog.lock, untimed
 * thread stats: outside, sleep
 * release catalog.lock: run_session exited
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    unsigned sessions, failed;
} catalog = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void check_protocol(int version)
{
    if (version < 3) {
        __atomic_add_fetch(&catalog.failed, 1, __ATOMIC_RELAXED);
        pthread_exit(NULL);
    }
}

static void *run_session(void *version)
{
    pthread_mutex_lock(&catalog.lock);
    catalog.sessions++;
    check_protocol((int)(intptr_t)version);
    pthread_mutex_unlock(&catalog.lock);
    return NULL;
}

static void *stats(void *argument)
{
    for (unsigned before = 0;; sleep(5)) {
        unsigned now = __atomic_load_n(&catalog.failed, __ATOMIC_RELAXED);
        if (now != before)
            fprintf(stderr, "%u sessions failed\n", now);
        before = now;
    }
    return argument;
}

int main(void)
{
    pthread_join(start_thread("session", run_session, (void *)4), NULL);
    pthread_join(start_thread("session", run_session, (void *)2), NULL);
    start_thread("stats", stats, NULL);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&catalog.lock);
    unsigned sessions = catalog.sessions;
    pthread_mutex_unlock(&catalog.lock);
    return sessions != 2;
}
