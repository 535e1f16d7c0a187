/* truth
 * title: The condition lies in memory shared with another process, which signals it
 * class: healthy
 * looks-like: dead-wait
 * thread main: outside, condition, board->posted, untimed
 * release board->posted: peer outside
 * note: peer runs in the child process only
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

static void peer(struct board *board, unsigned seconds)
{
    sleep(seconds);
    pthread_mutex_lock(&board->lock);
    board->messages++;
    pthread_cond_signal(&board->posted);
    pthread_mutex_unlock(&board->lock);
}

int main(int count, char **arguments)
{
    struct board *board = make_board();
    pid_t child = fork_helper();
    if (child == 0) {
        peer(board, healthy_seconds(count, arguments));
        _exit(0);
    }
    announce_when_settled(1, 0);
    pthread_mutex_lock(&board->lock);
    while (board->messages == 0)
        pthread_cond_wait(&board->posted, &board->lock);
    pthread_mutex_unlock(&board->lock);
    return child < 0 || waitpid(child, NULL, 0) != child;
}
