/* truth
 * title: The owner of the lock reads the answer of a slow peer, and another thread waits for the lock
 * class: healthy
 * looks-like: holder-blocked
 * thread main: waiting, mutex, connection.lock, untimed
 * thread query: outside, read
 * release connection.lock: query alive
 */
#include "protocol.h"
#include <sys/socket.h>

static struct {
    pthread_mutex_t lock;
    int socket;
    unsigned answers;
    bool sent;
} connection = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *query(void *argument)
{
    char answer;
    pthread_mutex_lock(&connection.lock);
    bool sent = write(connection.socket, "?", 1) == 1;
    __atomic_store_n(&connection.sent, sent, __ATOMIC_RELEASE);
    if (read(connection.socket, &answer, 1) == 1)
        connection.answers++;
    pthread_mutex_unlock(&connection.lock);
    return argument;
}

static int serve(int socket, unsigned seconds)
{
    char question;
    if (read(socket, &question, 1) != 1)
        return 1;
    sleep(seconds);
    return write(socket, "!", 1) != 1;
}

int main(int count, char **arguments)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return 2;
    pid_t child = fork_helper();
    if (child == 0)
        _exit(serve(ends[1], healthy_seconds(count, arguments)));
    close(ends[1]);
    connection.socket = ends[0];
    start_thread("query", query, NULL);
    while (!__atomic_load_n(&connection.sent, __ATOMIC_ACQUIRE))
        usleep(1000);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&connection.lock);
    unsigned answers = connection.answers;
    pthread_mutex_unlock(&connection.lock);
    return child < 0 || answers != 1;
}
