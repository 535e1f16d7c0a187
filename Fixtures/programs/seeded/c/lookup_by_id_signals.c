/* truth
 * title: The signaller knows the waiting session by its number only, and finds it in a hash table
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, session->granted, untimed
 * thread locker: outside, sleep
 * release session->granted: grant alive
 */
#include "protocol.h"

enum { BUCKETS = 7 };

struct session {
    struct session *next;
    unsigned long id;
    pthread_cond_t granted;
    bool has_lock;
};

static struct {
    pthread_mutex_t lock;
    struct session *buckets[BUCKETS];
    unsigned long queue[8];
    unsigned queued, hold_seconds;
} locks = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct session *find_session(unsigned long id)
{
    struct session *session = locks.buckets[id % BUCKETS];
    while (session != NULL && session->id != id)
        session = session->next;
    return session;
}

static struct session *open_session(unsigned long id)
{
    struct session *session = calloc(1, sizeof *session);
    session->id = id;
    pthread_cond_init(&session->granted, NULL);
    pthread_mutex_lock(&locks.lock);
    session->next = locks.buckets[id % BUCKETS];
    locks.buckets[id % BUCKETS] = session;
    pthread_mutex_unlock(&locks.lock);
    return session;
}

static void grant(unsigned long id)
{
    struct session *session = find_session(id);
    if (session != NULL) {
        session->has_lock = true;
        pthread_cond_signal(&session->granted);
    }
}

static void *lock_server(void *argument)
{
    for (;;) {
        sleep(locks.hold_seconds);
        pthread_mutex_lock(&locks.lock);
        if (locks.queued > 0)
            grant(locks.queue[--locks.queued]);
        pthread_mutex_unlock(&locks.lock);
    }
    return argument;
}

int main(int count, char **arguments)
{
    locks.hold_seconds = healthy_seconds(count, arguments);
    start_thread("locker", lock_server, NULL);
    for (unsigned long id = 100; id < 120; id++)
        open_session(id);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&locks.lock);
    locks.queue[locks.queued++] = 107;
    struct session *session = find_session(107);
    while (!session->has_lock)
        pthread_cond_wait(&session->granted, &locks.lock);
    pthread_mutex_unlock(&locks.lock);
    return 0;
}
