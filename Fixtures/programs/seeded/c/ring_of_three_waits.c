/* truth
 * title: Reader, parser and writer of a pipeline each wait for the credit of the next one
 * class: dead-wait
 * cause: cycle
 * thread main: victim, join, the reader
 * thread read: stuck, condition, stages[0].credit, untimed
 * thread parse: stuck, condition, stages[1].credit, untimed
 * thread write: stuck, condition, stages[2].credit, untimed
 * release stages[0].credit: run_stage blocked
 * release stages[1].credit: run_stage blocked
 * release stages[2].credit: run_stage blocked
 * note: each would signal the stage before it, after its own wait
 */
#include "protocol.h"

enum { STAGES = 3 };

struct stage {
    pthread_mutex_t lock;
    pthread_cond_t credit;
    unsigned credits, items;
    struct stage *previous;
};

static struct stage stages[STAGES];

static void take_credit(struct stage *stage)
{
    pthread_mutex_lock(&stage->lock);
    while (stage->credits == 0)
        pthread_cond_wait(&stage->credit, &stage->lock);
    stage->credits--;
    pthread_mutex_unlock(&stage->lock);
}

static void give_credit(struct stage *stage)
{
    pthread_mutex_lock(&stage->lock);
    stage->credits++;
    pthread_cond_signal(&stage->credit);
    pthread_mutex_unlock(&stage->lock);
}

static void *run_stage(void *argument)
{
    struct stage *stage = argument;
    while (stage->items < 100) {
        take_credit(stage);
        stage->items++;
        give_credit(stage->previous);
    }
    return NULL;
}

int main(void)
{
    static const char *names[STAGES] = {"read", "parse", "write"};
    pthread_t threads[STAGES];
    for (int index = 0; index < STAGES; index++) {
        pthread_mutex_init(&stages[index].lock, NULL);
        pthread_cond_init(&stages[index].credit, NULL);
        stages[index].previous = &stages[(index + STAGES - 1) % STAGES];
    }
    for (int index = 0; index < STAGES; index++)
        threads[index] = start_thread(names[index], run_stage, &stages[index]);
    announce_when_settled(STAGES + 1, 0);
    for (int index = 0; index < STAGES; index++)
        pthread_join(threads[index], NULL);
    return 0;
}
