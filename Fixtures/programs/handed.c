/* Cells, structures and conditions that a library is handed, beside such as it never sees. */
#include "handed.h"
#include <stdbool.h>
#include <stdlib.h>

struct wrap {
    long count;
    struct box inner;
};

struct kept {
    long count[2];
    pthread_cond_t *cond;
    void (*call)(void);
};

struct pool {
    long count;
    pthread_mutex_t lock;
    pthread_cond_t handed, quiet;
    int written, untouched;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct wrap wrap;
static struct kept kept;
static pthread_cond_t *pointer;
static struct pool *pool;

static void quiet(void) {}

#define SEPARATE __attribute__((noinline))
SEPARATE void wait_box(void) { pthread_cond_wait(wrap.inner.cond, &lock); }
SEPARATE void wait_pointer(void) { pthread_cond_wait(pointer, &lock); }
SEPARATE void post_kept(void) { pthread_cond_signal(kept.cond); }
SEPARATE void call_box(void) { wrap.inner.call(); }
SEPARATE void call_kept(void) { kept.call(); }

SEPARATE void wait_handed(void)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->written)
        pthread_cond_wait(&pool->handed, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

SEPARATE void wait_quiet(void)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->untouched)
        pthread_cond_wait(&pool->quiet, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static pthread_cond_t *made(void)
{
    pthread_cond_t *cond = malloc(sizeof *cond);
    pthread_cond_init(cond, NULL);
    return cond;
}

int main(int count, char **arguments)
{
    pool = calloc(1, sizeof *pool);
    pthread_cond_t *mine = made(), *other = made();
    pointer = mine;
    wrap.inner.cond = mine;
    kept.cond = other;
    wrap.inner.call = kept.call = quiet;
#ifndef ALONE
    library_fills(&wrap.inner);
    library_points(count > 1 ? &pointer : NULL);
    library_signals(&pool->handed);
    library_writes(&pool->written);
#endif
    call_box();
    call_kept();
    wait_box();
    wait_pointer();
    post_kept();
    wait_handed();
    wait_quiet();
    return 0;
}
