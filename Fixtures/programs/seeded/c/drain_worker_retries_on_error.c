/* truth
 * title: Shutdown waits until the log queue is empty, and the writer pauses before it tries a failed write again
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, writer.drained, untimed
 * thread log: outside, sleep
 * release writer.drained: log_writer alive
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
    unsigned retry_delay;
} writer = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER, .drained = PTHREAD_COND_INITIALIZER};

static void reopen(const char *path)
{
    close(writer.file);
    writer.file = open(path, O_WRONLY | O_CLOEXEC);
}

static void *log_writer(void *argument)
{
    pthread_mutex_lock(&writer.lock);
    for (;;) {
        while (writer.first == NULL) {
            pthread_cond_broadcast(&writer.drained);
            pthread_cond_wait(&writer.filled, &writer.lock);
        }
        struct record *record = writer.first;
        pthread_mutex_unlock(&writer.lock);
        while (write(writer.file, record->text, strlen(record->text)) < 0) {
            sleep(writer.retry_delay);
            reopen("/dev/null");
        }
        pthread_mutex_lock(&writer.lock);
        writer.first = record->next;
        free(record);
    }
    return argument;
}

static void log_append(const char *text)
{
    struct record *record = calloc(1, sizeof *record);
    snprintf(record->text, sizeof record->text, "%s\n", text);
    pthread_mutex_lock(&writer.lock);
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

int main(int count, char **arguments)
{
    writer.retry_delay = healthy_seconds(count, arguments);
    writer.file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    start_thread("log", log_writer, NULL);
    log_append("opened");
    announce_when_settled(2, 0);
    log_close();
    return 0;
}
