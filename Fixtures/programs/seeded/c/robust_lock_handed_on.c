/* truth
 * title: A robust lock was handed on by an owner that had ended, and the new owner repairs what it guards
 * class: healthy
 * looks-like: orphaned-lock
 * thread main: waiting, mutex, catalog.lock, untimed
 * thread repair: outside, sleep
 * release catalog.lock: repair alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    unsigned sessions, repairs, repair_seconds;
    bool repairing;
} catalog;

static void *run_session(void *argument)
{
    pthread_mutex_lock(&catalog.lock);
    catalog.sessions++;
    return argument;
}

static void *repair(void *argument)
{
    if (pthread_mutex_lock(&catalog.lock) == EOWNERDEAD) {
        __atomic_store_n(&catalog.repairing, true, __ATOMIC_RELEASE);
        sleep(catalog.repair_seconds);
        catalog.repairs++;
        pthread_mutex_consistent(&catalog.lock);
    }
    pthread_mutex_unlock(&catalog.lock);
    return argument;
}

int main(int count, char **arguments)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&catalog.lock, &attributes);
    catalog.repair_seconds = healthy_seconds(count, arguments);
    pthread_join(start_thread("session", run_session, NULL), NULL);
    start_thread("repair", repair, NULL);
    while (!__atomic_load_n(&catalog.repairing, __ATOMIC_ACQUIRE))
        usleep(1000);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&catalog.lock);
    unsigned repairs = catalog.repairs;
    pthread_mutex_unlock(&catalog.lock);
    return repairs != 1;
}
