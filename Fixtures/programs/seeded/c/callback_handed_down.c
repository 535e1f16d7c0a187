/* truth
 * title: The function that wakes the waiter is handed down as a parameter through three calls
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, index_state.built, untimed
 * thread builder: outside, sleep
 * release index_state.built: index_built alive
 */
#include "protocol.h"

typedef void finish(void *context, size_t rows);

static struct {
    pthread_mutex_t lock;
    pthread_cond_t built;
    size_t rows;
} index_state = {.lock = PTHREAD_MUTEX_INITIALIZER, .built = PTHREAD_COND_INITIALIZER};

static void index_built(void *context, size_t rows)
{
    (void)context;
    pthread_mutex_lock(&index_state.lock);
    index_state.rows = rows;
    pthread_cond_signal(&index_state.built);
    pthread_mutex_unlock(&index_state.lock);
}

static void no_report(void *context, size_t rows)
{
    *(size_t *)context = rows;
}

static void merge_runs(unsigned seconds, finish *finish, void *context)
{
    sleep(seconds);
    finish(context, 4096);
}

static void sort_runs(unsigned runs, unsigned seconds, finish *finish, void *context)
{
    if (runs > 1)
        merge_runs(seconds, finish, context);
    else
        finish(context, 1);
}

static void *builder(void *argument)
{
    size_t warm_rows = 0;
    sort_runs(1, 0, no_report, &warm_rows);
    sort_runs(8, *(unsigned *)argument, index_built, NULL);
    return NULL;
}

int main(int count, char **arguments)
{
    unsigned seconds = healthy_seconds(count, arguments);
    start_thread("builder", builder, &seconds);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&index_state.lock);
    while (index_state.rows == 0)
        pthread_cond_wait(&index_state.built, &index_state.lock);
    pthread_mutex_unlock(&index_state.lock);
    return 0;
}
