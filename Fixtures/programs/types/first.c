// With second.c: structures of one name that are the same, and others that are not.
#include <pthread.h>

struct same {
    int value;
    pthread_cond_t ready;
};
// Of this file alone.
struct item {
    struct item *next;
    int weight;
};
struct holder {
    struct item *item;
    pthread_mutex_t lock;
};
// Defined in the other file.
struct opaque;
struct user {
    struct opaque *opaque;
    struct same *same;
};
int work(struct opaque *opaque, struct same *same);

// Kept, also where the whole program is seen at once.
#define KEPT __attribute__((used))
KEPT struct same g_first_same;
KEPT struct item g_first_item;
KEPT struct holder g_first_holder;
KEPT struct user g_first_user;

int main(void) { return work(g_first_user.opaque, &g_first_same); }
