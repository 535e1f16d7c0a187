// Scopes of deadwait.h in C++: each lasts as long as its variable, also when it is left by an exception.
#include "deadwait.h"

#include <stdio.h>
#include <unistd.h>

static int queue;

static void serve(bool fails) {
    deadwait::api_scope call("serve");
    deadwait::idle_scope idle("waits for requests");
    if (fails) throw 1;
}

int main() {
    deadwait::api_scope outer("main call");
    try {
        serve(true);
    } catch (int) {
    }
    serve(false);
    dw_wait_scope wait;
    dw_condition_wait_begin(&wait, &queue, NULL, DEADWAIT_FOREVER);
    printf("ready loaded=%d\n", dw_is_loaded());
    fflush(stdout);
    for (;;) pause();
}
