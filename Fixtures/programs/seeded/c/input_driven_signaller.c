/* truth
 * title: The signaller reads commands from a pipe, and the one that lets the waiter go has not come yet
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, server.stopping, untimed
 * thread commands: outside, read
 * release server.stopping: run_command outside
 * note: another process holds the writing end
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t stopping;
    bool is_stopping;
    unsigned pings;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER, .stopping = PTHREAD_COND_INITIALIZER};

static void run_command(char command)
{
    pthread_mutex_lock(&server.lock);
    if (command == 'p') {
        server.pings++;
    } else if (command == 'q') {
        server.is_stopping = true;
        pthread_cond_signal(&server.stopping);
    }
    pthread_mutex_unlock(&server.lock);
}

static void *read_commands(void *input)
{
    int file = *(int *)input;
    for (char command; read(file, &command, 1) == 1;)
        run_command(command);
    return NULL;
}

static void operate(int output, unsigned seconds)
{
    if (write(output, "pp", 2) != 2)
        _exit(1);
    sleep(seconds);
    _exit(write(output, "q", 1) != 1);
}

int main(int count, char **arguments)
{
    int ends[2];
    if (pipe(ends) != 0)
        return 2;
    pid_t operator = fork_helper();
    if (operator == 0)
        operate(ends[1], healthy_seconds(count, arguments));
    close(ends[1]);
    start_thread("commands", read_commands, &ends[0]);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&server.lock);
    while (!server.is_stopping)
        pthread_cond_wait(&server.stopping, &server.lock);
    pthread_mutex_unlock(&server.lock);
    return waitpid(operator, NULL, 0) != operator;
}
