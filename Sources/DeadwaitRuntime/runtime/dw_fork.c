#define _GNU_SOURCE
#include <sys/types.h>
#include <unistd.h>

#include "dw_real.h"
#include "dw_runtime.h"

// While fork runs, other libraries' handlers run too, in the child with the parent's registry still mapped: the forking
// thread records nothing until the child has its own. vfork and posix_spawn need nothing: their child runs exec next.

static pid_t dw_fork(pid_t (*real)(void)) {
    uint8_t paused = dw_self.paused;
    dw_self.paused = 1;
    pid_t child = real();
    // A child that has begun afresh in between has been told so here, too.
    dw_self.paused = paused;
    // With fork the handler given to pthread_atfork has been here already; _Fork runs none.
    if (child == 0) dw_begin_afresh_in_child();
    return child;
}

DW_EXPORT pid_t fork(void) { return dw_fork(DW_REAL(fork)); }

DW_EXPORT pid_t _Fork(void) { return dw_fork(DW_REAL(_Fork)); }
