/* truth
 * title: Three stages each wait for the one behind it, and the last one waits for its timer
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, stages[0].done, untimed
 * thread replay: waiting, condition, stages[1].done, untimed
 * thread scan: waiting, condition, stages[2].done, untimed
 * thread mount: outside, sleep
 * release stages[0].done: finish alive
 * release stages[1].done: finish alive
 * release stages[2].done: finish alive
 */
#include "protocol.h"

struct stage {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool finished;
    struct stage *needs;
    unsigned delay;
};

static struct stage stages[3];

static void await(struct stage *stage)
{
    pthread_mutex_lock(&stage->lock);
    while (!stage->finished)
        pthread_cond_wait(&stage->done, &stage->lock);
    pthread_mutex_unlock(&stage->lock);
}

static void finish(struct stage *stage)
{
    pthread_mutex_lock(&stage->lock);
    stage->finished = true;
    pthread_cond_broadcast(&stage->done);
    pthread_mutex_unlock(&stage->lock);
}

static void *run_stage(void *argument)
{
    struct stage *stage = argument;
    if (stage->needs != NULL)
        await(stage->needs);
    if (stage->delay > 0)
        sleep(stage->delay);
    finish(stage);
    return NULL;
}

int main(int count, char **arguments)
{
    static const char *names[3] = {"replay", "scan", "mount"};
    for (int index = 0; index < 3; index++) {
        pthread_mutex_init(&stages[index].lock, NULL);
        pthread_cond_init(&stages[index].done, NULL);
        stages[index].needs = index < 2 ? &stages[index + 1] : NULL;
    }
    stages[2].delay = healthy_seconds(count, arguments);
    for (int index = 0; index < 3; index++)
        start_thread(names[index], run_stage, &stages[index]);
    announce_when_settled(4, 0);
    await(&stages[0]);
    return 0;
}
