/* truth
 * title: A child is forked while another thread uses the log, with handlers that hold its lock over the fork
 * class: healthy
 * looks-like: fork-child-lock
 * thread main: outside, other, the child process
 * thread log: outside, sleep
 * release the child process: backup outside
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
        usleep(5000);
        log_state.lines = 0;
        __atomic_store_n(&log_state.writing, false, __ATOMIC_RELEASE);
        pthread_mutex_unlock(&log_state.lock);
        usleep(100000);
    }
    return argument;
}

static void lock_log(void)
{
    pthread_mutex_lock(&log_state.lock);
}

static void unlock_log(void)
{
    pthread_mutex_unlock(&log_state.lock);
}

static void backup(unsigned seconds)
{
    log_line("backup begins");
    sleep(seconds);
    _exit(0);
}

int main(int count, char **arguments)
{
    pthread_atfork(lock_log, unlock_log, unlock_log);
    start_thread("log", write_log, NULL);
    while (!__atomic_load_n(&log_state.writing, __ATOMIC_ACQUIRE))
        usleep(1000);
    pid_t child = fork_helper();
    if (child == 0)
        backup(healthy_seconds(count, arguments));
    announce_when_settled(2, 0);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}
