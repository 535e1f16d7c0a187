/* truth
 * title: A thread writes a long report between flockfile and funlockfile, and the next one to write to the stream waits
 * class: healthy
 * looks-like: orphaned-lock
 * thread main: waiting, mutex, the lock of the log stream, untimed
 * thread report: outside, sleep
 * release the lock of the log stream: write_report alive
 */
#include "protocol.h"

static FILE *log_file;
static unsigned pages;

static void *write_report(void *seconds)
{
    flockfile(log_file);
    fprintf(log_file, "report\n");
    __atomic_add_fetch(&pages, 1, __ATOMIC_RELEASE);
    sleep(*(unsigned *)seconds);
    fprintf(log_file, "end of report\n");
    funlockfile(log_file);
    return NULL;
}

int main(int count, char **arguments)
{
    unsigned seconds = healthy_seconds(count, arguments);
    log_file = fopen("/dev/null", "w");
    if (log_file == NULL)
        return 2;
    start_thread("report", write_report, &seconds);
    while (__atomic_load_n(&pages, __ATOMIC_ACQUIRE) == 0)
        usleep(1000);
    announce_when_settled(2, 0);
    fprintf(log_file, "closing\n");
    return fclose(log_file);
}
