/* wiredtiger_load FOLDER INSERTS: four threads insert so many records each into a WiredTiger table in the empty FOLDER,
 * update every fourth and read every second, while a fifth takes 16 checkpoints, one after each 16th of the records.
 * Prints the wall and processor nanoseconds a record. A process that hangs is ended by SIGALRM after two minutes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wiredtiger.h>

enum { WRITERS = 4, CHECKPOINTS = 16, BATCH = 64 };

static WT_CONNECTION *connection;
static long inserts;
static pthread_mutex_t progress = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static long written;

static void check(int error, const char *operation)
{
    if (error == 0)
        return;
    fprintf(stderr, "%s: %s\n", operation, wiredtiger_strerror(error));
    exit(1);
}

static uint64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Writes as WiredTiger asks for it: a conflict with another transaction is tried again. */
static void put(WT_CURSOR *cursor, const char *key, const char *value)
{
    int error;
    do {
        cursor->set_key(cursor, key);
        cursor->set_value(cursor, value);
        error = cursor->insert(cursor);
    } while (error == WT_ROLLBACK);
    check(error, "insert");
}

static void *writer(void *argument)
{
    long number = (long)(intptr_t)argument;
    WT_SESSION *session;
    WT_CURSOR *cursor;
    check(connection->open_session(connection, NULL, NULL, &session), "open_session");
    check(session->open_cursor(session, "table:load", NULL, NULL, &cursor), "open_cursor");
    char key[32], value[128];
    for (long i = 0; i < inserts; i++) {
        /* Spread over the table, so that the writers meet in its pages. */
        snprintf(key, sizeof key, "%08lx", (unsigned long)(i * WRITERS + number) * 2654435761u % 0xffffffffu);
        snprintf(value, sizeof value, "%0100ld", i);
        put(cursor, key, value);
        if (i % 4 == 0)
            put(cursor, key, value + 1);
        if (i % 2 == 0) {
            cursor->set_key(cursor, key);
            check(cursor->search(cursor), "search");
            cursor->reset(cursor);
        }
        if (i % BATCH == BATCH - 1 || i == inserts - 1) {
            pthread_mutex_lock(&progress);
            written += i % BATCH + 1;
            pthread_cond_signal(&moved);
            pthread_mutex_unlock(&progress);
        }
    }
    check(session->close(session, NULL), "close session");
    return NULL;
}

static void *checkpointer(void *argument)
{
    (void)argument;
    WT_SESSION *session;
    check(connection->open_session(connection, NULL, NULL, &session), "open_session");
    for (long i = 1; i <= CHECKPOINTS; i++) {
        pthread_mutex_lock(&progress);
        while (written < inserts * WRITERS * i / CHECKPOINTS)
            pthread_cond_wait(&moved, &progress);
        pthread_mutex_unlock(&progress);
        check(session->checkpoint(session, NULL), "checkpoint");
    }
    check(session->close(session, NULL), "close session");
    return NULL;
}

int main(int count, char **arguments)
{
    if (count != 3 || (inserts = atol(arguments[2])) <= 0) {
        fprintf(stderr, "usage: wiredtiger_load FOLDER INSERTS\n");
        return 64;
    }
    alarm(120);
    check(wiredtiger_open(arguments[1], NULL, "create,cache_size=64MB,log=(enabled),eviction=(threads_min=1,threads_max=2)",
              &connection),
        "wiredtiger_open");
    WT_SESSION *session;
    check(connection->open_session(connection, NULL, NULL, &session), "open_session");
    check(session->create(session, "table:load", "key_format=S,value_format=S"), "create");
    pthread_t threads[WRITERS + 1];
    uint64_t start = now(CLOCK_MONOTONIC), processor = now(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i <= WRITERS; i++)
        if (pthread_create(&threads[i], NULL, i < WRITERS ? writer : checkpointer, (void *)(intptr_t)i) != 0)
            return 1;
    for (int i = 0; i <= WRITERS; i++)
        pthread_join(threads[i], NULL);
    double records = (double)inserts * WRITERS;
    printf("%.3f %.3f\n", (double)(now(CLOCK_MONOTONIC) - start) / records,
        (double)(now(CLOCK_PROCESS_CPUTIME_ID) - processor) / records);
    check(connection->close(connection, NULL), "close");
    return 0;
}
