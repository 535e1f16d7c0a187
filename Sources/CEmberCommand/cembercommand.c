#include "cembercommand.h"

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
