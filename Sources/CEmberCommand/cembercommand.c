#define _GNU_SOURCE
#include "cembercommand.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

pid_t cembercommand_fork(void) { return fork(); }

int cembercommand_die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return -1;
    return getppid() == parent ? 0 : -1;
}

int cembercommand_set_default_stack(size_t bytes)
{
    pthread_attr_t attributes;
    int error = pthread_getattr_default_np(&attributes);
    if (error != 0)
        return error;
    error = pthread_attr_setstacksize(&attributes, bytes);
    if (error == 0)
        error = pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    return error;
}

int cembercommand_set_pipe_size(int descriptor, int bytes) { return fcntl(descriptor, F_SETPIPE_SZ, bytes); }

uint32_t cembercommand_chain_length(const struct cembercommand_block *first)
{
    uint32_t length = 0;
    do {
        length += first->length;
        first = first->next;
    } while (first);
    return length;
}

uint32_t cembercommand_hit_percent(uint32_t hits, uint32_t lookups) { return hits * 100 / lookups; }
