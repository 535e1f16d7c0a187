/* truth
 * title: The condition lies in memory shared with another process, which has ended without its message
 * class: dead-wait
 * cause: exited
 * thread main: stuck, condition, board->posted, untimed
 * thread stats: outside, sleep
 * release board->posted: peer outside
 * note: the only other process that had the memory has been waited for; from inside the process this cannot be proved
 */
#include "protocol.h"
#include <sys/mman.h>

struct board {
    pthread_mutex_t lock;
    pthread_cond_t posted;
    unsigned messages;
};

static struct board *make_board(void)
{
    struct board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        exit(2);
    pthread_mutexattr_t of_lock;
    pthread_mutexattr_init(&of_lock);
    pthread_mutexattr_setpshared(&of_lock, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&board->lock, &of_lock);
    pthread_condattr_t of_condition;
    pthread_condattr_init(&of_condition);
    pthread_condattr_setpshared(&of_condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&board->posted, &of_condition);
    return board;
}

static int peer(struct board *board, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 1;
    pthread_mutex_lock(&board->lock);
    board->messages++;
    pthread_cond_signal(&board->posted);
    pthread_mutex_unlock(&board->lock);
    return 0;
}

static void *stats(void *argument)
{
    struct board *board = argument;
    for (unsigned before = 0;; sleep(10)) {
        unsigned now = __atomic_load_n(&board->messages, __ATOMIC_RELAXED);
        if (now != before)
            fprintf(stderr, "%u messages\n", now);
        before = now;
    }
    return NULL;
}

int main(void)
{
    struct board *board = make_board();
    pid_t child = fork_helper();
    if (child == 0)
        _exit(peer(board, "/nonexistent/input"));
    int status = 0;
    waitpid(child, &status, 0);
    fprintf(stderr, "peer ended with %d\n", status);
    start_thread("stats", stats, board);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&board->lock);
    while (board->messages == 0)
        pthread_cond_wait(&board->posted, &board->lock);
    pthread_mutex_unlock(&board->lock);
    return 0;
}
