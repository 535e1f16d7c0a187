/* truth
 * title: A child was forked while another thread held the log's lock, and now waits for an owner that it does not have
 * class: fork-child-lock
 * cause: forked
 * thread main: victim, other, the child process
 * thread log: outside, sleep
 * release log_state.lock: write_log outside
 * note: the stuck thread is the child's only one: stuck, mutex, log_state.lock, untimed; its owner lives in the parent
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    unsigned lines;
    bool writing;
} log_state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void log_line(const char *text)
{
    pthread_mutex_lock(&log_state.lock);
    log_state.lines += text[0] != '\0';
    pthread_mutex_unlock(&log_state.lock);
}

static void *write_log(void *argument)
{
    for (;;) {
        pthread_mutex_lock(&log_state.lock);
        __atomic_store_n(&log_state.writing, true, __ATOMIC_RELEASE);
        usleep(500000);
        log_state.lines = 0;
        __atomic_store_n(&log_state.writing, false, __ATOMIC_RELEASE);
        pthread_mutex_unlock(&log_state.lock);
        usleep(100000);
    }
    return argument;
}

static void backup(void)
{
    log_line("backup begins");
    _exit(0);
}

int main(void)
{
    start_thread("log", write_log, NULL);
    while (!__atomic_load_n(&log_state.writing, __ATOMIC_ACQUIRE))
        usleep(1000);
    pid_t child = fork_helper();
    if (child == 0)
        backup();
    announce_when_settled(2, 0);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}
