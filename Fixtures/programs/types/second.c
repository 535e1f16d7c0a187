#include <pthread.h>

struct same {
    int value;
    pthread_cond_t ready;
};
struct item {
    long key;
    pthread_cond_t ready;
    struct item *previous;
};
struct holder {
    struct item *item;
    pthread_mutex_t lock;
};
struct opaque {
    struct same same;
    int state;
};
struct user {
    struct opaque *opaque;
    struct same *same;
};
int work(struct opaque *opaque, struct same *same) { return opaque ? opaque->state : same->value; }

#define KEPT __attribute__((used))
KEPT struct same g_second_same;
KEPT struct item g_second_item;
KEPT struct holder g_second_holder;
KEPT struct user g_second_user;
KEPT struct opaque g_opaque;
