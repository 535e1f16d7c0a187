/* wiredtiger_async [OPTION...] FOLDER [run | idle SECONDS | busy SECONDS | slow SECONDS]: an application of WiredTiger's
 * asynchronous operations, with 4 worker threads and a table in the empty FOLDER.
 *
 *   run   1,000 rows by asynchronous operations, 1,000 by a cursor, a checkpoint.
 *   idle  the same, then nothing for so long, or until SIGTERM.
 *   busy  the same, then a writer with a cursor, one with asynchronous operations and checkpoints, as long as idle.
 *   slow  the same, then a flush, whose last operation calls back what works in small steps as long as idle.
 *
 *   --limit BYTES        the address space that is left to the process from the opening of the engine on (RLIMIT_AS).
 *   --fail-create COUNT  the COUNT-th thread, from 1, and all later ones cannot be created: EAGAIN.
 *
 * The connection is closed also after an error. Writes `opened`, `closing` (with the error that led there) and
 * `closed` when it comes by, and `ready` when idle, busy or slow is what it does. Status: 0 all well, 1 an error. One
 * that hangs is ended by SIGALRM after an hour. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <wiredtiger.h>

enum { ROWS = 1000 };

static const char engine[] = "create,async=(enabled=true,threads=4)";
static const char table[] = "table:rows";

static WT_CONNECTION *connection;
static atomic_int callback_error;

/* Threads */

typedef int (*thread_creator)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static thread_creator next_creator;
static long creations_left = -1;
static pthread_attr_t impossible;

/* Comes before libc's and before that of any preloaded library. The creation is passed on as the caller's own, by a
 * jump, with a stack that no address space has room for when it is to fail: so it is libc that refuses it. */
int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    if (creations_left > 0)
        creations_left--;
    if (creations_left == 0)
        attributes = &impossible;
    return next_creator(thread, attributes, body, argument);
}

__attribute__((constructor)) static void find_creator(void)
{
    next_creator = (thread_creator)dlsym(RTLD_NEXT, "pthread_create");
}

static int fail_creations_from(long count)
{
    creations_left = count;
    pthread_attr_init(&impossible);
    return pthread_attr_setstacksize(&impossible, (size_t)1 << 47);
}

/* Operations */

static struct timespec time_of(double seconds)
{
    double whole = (double)(time_t)seconds;
    return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - whole) * 1e9)};
}

static void sleep_for(double seconds)
{
    struct timespec time = time_of(seconds);
    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        continue;
}

/* Whether SIGTERM came within the time. It is blocked in all threads. */
static bool told_to_end(double seconds)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    struct timespec time = time_of(seconds);
    return sigtimedwait(&signals, NULL, &time) == SIGTERM;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int operation_done(WT_ASYNC_CALLBACK *callback, WT_ASYNC_OP *operation, int error, uint32_t flags)
{
    (void)callback, (void)operation, (void)flags;
    if (error != 0)
        atomic_store(&callback_error, error);
    return 0;
}

static WT_ASYNC_CALLBACK when_done = {.notify = operation_done};

/* Asks for an operation; as long as all are in use, again after a moment. */
static int put_later(const char *key, const char *value, WT_ASYNC_CALLBACK *callback)
{
    WT_ASYNC_OP *operation;
    int error;
    while ((error = connection->async_new_op(connection, table, NULL, callback, &operation)) == EBUSY)
        sleep_for(0.001);
    if (error != 0)
        return error;
    operation->set_key(operation, key);
    operation->set_value(operation, value);
    return operation->insert(operation);
}

static int put_rows_later(const char *prefix)
{
    int error = 0;
    char key[32], value[64];
    for (int row = 0; row < ROWS && error == 0; row++) {
        snprintf(key, sizeof key, "%s%08d", prefix, row);
        snprintf(value, sizeof value, "%050d", row);
        error = put_later(key, value, &when_done);
    }
    if (error == 0)
        error = connection->async_flush(connection);
    return error != 0 ? error : atomic_load(&callback_error);
}

static int put_rows(WT_SESSION *session, const char *prefix)
{
    WT_CURSOR *cursor;
    int error = session->open_cursor(session, table, NULL, NULL, &cursor);
    if (error != 0)
        return error;
    char key[32], value[64];
    for (int row = 0; row < ROWS && error == 0; row++) {
        snprintf(key, sizeof key, "%s%08d", prefix, row);
        snprintf(value, sizeof value, "%050d", row);
        do {
            cursor->set_key(cursor, key);
            cursor->set_value(cursor, value);
            error = cursor->insert(cursor);
        } while (error == WT_ROLLBACK);
    }
    int closed = cursor->close(cursor);
    return error != 0 ? error : closed;
}

/* Activities */

static _Atomic double until;
static atomic_bool flushing;

static void *cursor_writer(void *session)
{
    int error = 0;
    while (error == 0 && now() < until)
        error = put_rows(session, "cursor");
    return (void *)(intptr_t)error;
}

static void *operation_writer(void *unused)
{
    (void)unused;
    int error = 0;
    while (error == 0 && now() < until)
        error = put_rows_later("later");
    return (void *)(intptr_t)error;
}

static int busy(WT_SESSION *session, double seconds)
{
    pthread_t threads[2];
    void *results[2] = {NULL, NULL};
    WT_SESSION *other;
    int error = connection->open_session(connection, NULL, NULL, &other);
    if (error != 0)
        return error;
    until = now() + seconds;
    int started = 0;
    if ((error = pthread_create(&threads[0], NULL, cursor_writer, other)) == 0)
        started++;
    if (error == 0 && (error = pthread_create(&threads[1], NULL, operation_writer, NULL)) == 0)
        started++;
    if (error == 0)
        puts("ready");
    while (error == 0 && now() < until) {
        error = session->checkpoint(session, NULL);
        /* Not in sigtimedwait: whoever stops it there to look makes it return EINTR (signal(7)). */
        sleep_for(0.1);
        if (told_to_end(0))
            until = 0;
    }
    while (started-- > 0)
        pthread_join(threads[started], &results[started]);
    int closed = other->close(other, NULL);
    for (int i = 0; i < 2 && error == 0; i++)
        error = (int)(intptr_t)results[i];
    return error != 0 ? error : closed;
}

struct long_callback {
    WT_ASYNC_CALLBACK interface;
    double seconds;
};

/* Says `ready` when the main thread has had the time to come to its wait for this callback. */
static int take_long(WT_ASYNC_CALLBACK *callback, WT_ASYNC_OP *operation, int error, uint32_t flags)
{
    while (!atomic_load(&flushing))
        sleep_for(0.001);
    sleep_for(0.3);
    puts("ready");
    double end = now() + ((struct long_callback *)callback)->seconds;
    while (now() < end && !told_to_end(0))
        sleep_for(0.25);
    return operation_done(callback, operation, error, flags);
}

static int slow(double seconds)
{
    struct long_callback callback = {{.notify = take_long}, seconds};
    int error = put_later("slow", "value", &callback.interface);
    if (error != 0)
        return error;
    atomic_store(&flushing, true);
    return connection->async_flush(connection);
}

static int run(const char *activity, double seconds)
{
    WT_SESSION *session;
    int error = connection->open_session(connection, NULL, NULL, &session);
    if (error != 0)
        return error;
    error = session->create(session, table, "key_format=S,value_format=S");
    if (error == 0)
        error = put_rows_later("later");
    if (error == 0)
        error = put_rows(session, "cursor");
    if (error == 0)
        error = session->checkpoint(session, NULL);
    if (error == 0 && strcmp(activity, "idle") == 0) {
        puts("ready");
        told_to_end(seconds);
    }
    if (error == 0 && strcmp(activity, "busy") == 0)
        error = busy(session, seconds);
    if (error == 0 && strcmp(activity, "slow") == 0)
        error = slow(seconds);
    return error;
}

static int usage(void)
{
    fputs("usage: wiredtiger_async [--limit BYTES] [--fail-create COUNT] FOLDER [run | idle SECONDS | busy SECONDS | "
          "slow SECONDS]\n", stderr);
    return 64;
}

int main(int count, char **arguments)
{
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    int at = 1;
    for (; at + 1 < count && arguments[at][0] == '-'; at += 2)
        if (strcmp(arguments[at], "--limit") == 0)
            limit.rlim_cur = limit.rlim_max = strtoul(arguments[at + 1], NULL, 10);
        else if (strcmp(arguments[at], "--fail-create") != 0 || fail_creations_from(atol(arguments[at + 1])) != 0)
            return usage();
    if (at >= count)
        return usage();
    alarm(3600);
    /* Whatever the starting process blocked. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_SETMASK, &signals, NULL);
    const char *folder = arguments[at++], *activity = at < count ? arguments[at++] : "run";
    double seconds = at < count ? atof(arguments[at]) : 60;

    if (limit.rlim_cur != RLIM_INFINITY && setrlimit(RLIMIT_AS, &limit) != 0) {
        perror("setrlimit");
        return 1;
    }
    int error = wiredtiger_open(folder, NULL, engine, &connection);
    if (error != 0) {
        printf("not opened: %s\n", wiredtiger_strerror(error));
        return 1;
    }
    puts("opened");
    error = run(activity, seconds);
    printf("closing: %s\n", error == 0 ? "no error" : wiredtiger_strerror(error));
    int closed = connection->close(connection, NULL);
    printf("closed: %s\n", closed == 0 ? "no error" : wiredtiger_strerror(closed));
    return error != 0 || closed != 0;
}
