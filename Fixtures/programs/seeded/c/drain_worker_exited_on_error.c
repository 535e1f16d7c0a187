/* truth
 * title: Shutdown waits until the log queue is empty, but the writer left its loop at the first failed write
 * class: dead-wait
 * cause: exits-on-error
 * thread main: stuck, condition, writer.drained, untimed
 * thread stats: outside, sleep
 * release writer.drained: log_writer exited
 */
#include "protocol.h"

struct record {
    struct record *next;
    char text[48];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled, drained;
    struct record *first;
    int file;
    unsigned long written;
} writer = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER, .drained = PTHREAD_COND_INITIALIZER};

static void *log_writer(void *argument)
{
    pthread_mutex_lock(&writer.lock);
    for (;;) {
        while (writer.first == NULL) {
            pthread_cond_broadcast(&writer.drained);
            pthread_cond_wait(&writer.filled, &writer.lock);
        }
        struct record *record = writer.first;
        ssize_t size = write(writer.file, record->text, strlen(record->text));
        if (size < 0) {
            pthread_mutex_unlock(&writer.lock);
            return argument;
        }
        writer.written++;
        writer.first = record->next;
        free(record);
    }
}

static void log_append(const char *text)
{
    struct record *record = calloc(1, sizeof *record);
    snprintf(record->text, sizeof record->text, "%s\n", text);
    pthread_mutex_lock(&writer.lock);
    record->next = writer.first;
    writer.first = record;
    pthread_cond_signal(&writer.filled);
    pthread_mutex_unlock(&writer.lock);
}

static void log_close(void)
{
    pthread_mutex_lock(&writer.lock);
    while (writer.first != NULL)
        pthread_cond_wait(&writer.drained, &writer.lock);
    pthread_mutex_unlock(&writer.lock);
    close(writer.file);
}

static void *stats(void *argument)
{
    for (unsigned long before = 0;; sleep(10)) {
        unsigned long now = __atomic_load_n(&writer.written, __ATOMIC_RELAXED);
        if (now != before)
            fprintf(stderr, "%lu records\n", now - before);
        before = now;
    }
    return argument;
}

int main(void)
{
    writer.file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    start_thread("log", log_writer, NULL);
    start_thread("stats", stats, NULL);
    log_append("opened");
    log_append("checkpoint 1");
    announce_when_settled(2, 0);
    log_close();
    return 0;
}
