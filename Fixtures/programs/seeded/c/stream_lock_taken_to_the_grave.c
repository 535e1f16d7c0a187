/* truth
 * title: A thread ended between flockfile and funlockfile, and the next one to write to the stream waits for ever
 * class: orphaned-lock
 * cause: exited
 * thread main: stuck, mutex, the lock of the log stream, untimed
 * thread stats: outside, sleep
 * release the lock of the log stream: log_request exited
 */
#include "protocol.h"

static FILE *log_file;
static unsigned long requests;

static const char *method_name(int method)
{
    static const char *names[] = {"GET", "PUT"};
    if (method < 0 || method > 1)
        pthread_exit(NULL);
    return names[method];
}

static void *log_request(void *method)
{
    flockfile(log_file);
    fprintf(log_file, "request: ");
    fprintf(log_file, "%s\n", method_name((int)(intptr_t)method));
    funlockfile(log_file);
    __atomic_add_fetch(&requests, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void *stats(void *argument)
{
    for (unsigned long before = 0;; sleep(2))
        before = __atomic_load_n(&requests, __ATOMIC_RELAXED) - before;
    return argument;
}

int main(void)
{
    log_file = fopen("/dev/null", "w");
    if (log_file == NULL)
        return 2;
    start_thread("stats", stats, NULL);
    pthread_join(start_thread("request", log_request, (void *)1), NULL);
    pthread_join(start_thread("request", log_request, (void *)7), NULL);
    announce_when_settled(2, 0);
    fprintf(log_file, "closing\n");
    fclose(log_file);
    return 0;
}
