// Scopes of deadwait.h in C++: each lasts as long as its variable, also when it is left by an exception.
#include "deadwait.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int queue, lock;

static void serve(bool fails) {
    deadwait::api_scope call("serve");
    deadwait::idle_scope idle("waits for requests");
    deadwait::lock_wait wait(&lock, DEADWAIT_SHARED, 1000);
    if (fails) throw 1;
    wait.failed(ETIMEDOUT);
}

int main() {
    deadwait::api_scope outer("main call");
    try {
        serve(true);
    } catch (int) {
    }
    serve(false);
    deadwait::condition_wait wait(&queue);
    printf("queue %p\nlock %p\n", static_cast<void *>(&queue), static_cast<void *>(&lock));
    printf("ready loaded=%d\n", dw_is_loaded());
    fflush(stdout);
    for (;;) pause();
}
