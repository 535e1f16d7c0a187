/* What the tool's application cannot say in Swift: calls that Swift does not import, and C code of the kind that real
 * applications bring along. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* fork(2) is marked unavailable in Swift. The child has the calling thread only, and whatever locks the others held. */
pid_t cembercommand_fork(void);

/* prctl(2) is variadic. PR_SET_PDEATHSIG: the calling process is killed when the thread that made it ends. -1 when that
 * has happened already: `parent` is not its parent any more. */
int cembercommand_die_with(pid_t parent);

/* pthread_setattr_default_np(3) is declared for _GNU_SOURCE only. The stack size of threads that are created without
 * one, from now on; an errno value, 0 for done. */
int cembercommand_set_default_stack(size_t bytes);

/* fcntl(2) is variadic, F_SETPIPE_SZ for _GNU_SOURCE only. How many bytes the pipe holds now, or -1. */
int cembercommand_set_pipe_size(int descriptor, int bytes);

/* A block of a value as the application's C library keeps it. */
struct cembercommand_block {
    struct cembercommand_block *next;
    uint32_t length;
    unsigned char bytes[52];
};

/* The length of a chain of blocks, of which there is at least one. */
uint32_t cembercommand_chain_length(const struct cembercommand_block *first);

/* How many of a hundred lookups were hits. */
uint32_t cembercommand_hit_percent(uint32_t hits, uint32_t lookups);
