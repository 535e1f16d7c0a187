/* truth
 * title: The signaller is deep in a recursion over a tree, and signals when it has come back to the root
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, tree.walked, untimed
 * thread walker: outside, sleep
 * release tree.walked: walk alive
 */
#include "protocol.h"

struct node {
    struct node *children[2];
    unsigned key, delay;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t walked;
    bool is_walked;
    unsigned long sum;
} tree = {.lock = PTHREAD_MUTEX_INITIALIZER, .walked = PTHREAD_COND_INITIALIZER};

static struct node *make_tree(unsigned depth, unsigned delay)
{
    struct node *node = calloc(1, sizeof *node);
    node->key = depth;
    if (depth == 0)
        node->delay = delay;
    for (int side = 0; depth > 0 && side < 2; side++)
        node->children[side] = make_tree(depth - 1, side == 0 ? delay : 0);
    return node;
}

static void walk(const struct node *node, unsigned level)
{
    if (node->delay > 0)
        sleep(node->delay);
    for (int side = 0; side < 2; side++) {
        if (node->children[side] != NULL)
            walk(node->children[side], level + 1);
    }
    tree.sum += node->key;
    if (level == 0) {
        pthread_mutex_lock(&tree.lock);
        tree.is_walked = true;
        pthread_cond_signal(&tree.walked);
        pthread_mutex_unlock(&tree.lock);
    }
}

static void *walker(void *root)
{
    walk(root, 0);
    return NULL;
}

int main(int count, char **arguments)
{
    start_thread("walker", walker, make_tree(6, healthy_seconds(count, arguments)));
    announce_when_settled(2, 0);
    pthread_mutex_lock(&tree.lock);
    while (!tree.is_walked)
        pthread_cond_wait(&tree.walked, &tree.lock);
    pthread_mutex_unlock(&tree.lock);
    return 0;
}
