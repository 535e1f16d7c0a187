/* truth
 * title: The last user of a handle lowers the count to zero without a signal, so the one who drops the table sleeps on
 * class: lost-wakeup
 * cause: not-signalled
 * thread main: stuck, condition, handle.unused, untimed
 * thread cursor: idle, condition, cursors.changed, timed
 * release handle.unused: release_handle past
 * note: handle.users is already 0; only the path that releases a dirty handle signals
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t unused;
    unsigned users;
    bool dirty;
} handle = {.lock = PTHREAD_MUTEX_INITIALIZER, .unused = PTHREAD_COND_INITIALIZER};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned open, sweeps;
} cursors = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void release_handle(void)
{
    pthread_mutex_lock(&handle.lock);
    handle.users--;
    if (handle.dirty) {
        handle.dirty = false;
        pthread_cond_signal(&handle.unused);
    }
    pthread_mutex_unlock(&handle.lock);
}

/* Closes the cursors that were left open, and goes on to look after the others. */
static void *cursor_server(void *argument)
{
    pthread_mutex_lock(&cursors.lock);
    for (; cursors.open > 0; cursors.open--)
        release_handle();
    for (;; cursors.sweeps++) {
        struct timespec until = milliseconds_from_now(500);
        pthread_cond_timedwait(&cursors.changed, &cursors.lock, &until);
    }
    return argument;
}

static void open_cursor(void)
{
    pthread_mutex_lock(&handle.lock);
    handle.users++;
    pthread_mutex_unlock(&handle.lock);
    pthread_mutex_lock(&cursors.lock);
    cursors.open++;
    pthread_mutex_unlock(&cursors.lock);
}

static void drop_table(void)
{
    pthread_mutex_lock(&handle.lock);
    start_thread("cursor", cursor_server, NULL);
    while (handle.users > 0)
        pthread_cond_wait(&handle.unused, &handle.lock);
    pthread_mutex_unlock(&handle.lock);
}

int main(void)
{
    open_cursor();
    open_cursor();
    announce_when_settled(2, 0);
    drop_table();
    return 0;
}
