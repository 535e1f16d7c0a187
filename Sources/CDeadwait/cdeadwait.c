#define _GNU_SOURCE
#include "thread_name.h"

#include <pthread.h>
#include <string.h>

#include "deadwait.h"

void cdeadwait_set_kernel_name(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}
