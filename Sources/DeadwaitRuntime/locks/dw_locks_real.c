#define _GNU_SOURCE
#include "dw_locks_real.h"

#include <dlfcn.h>
#include <stdlib.h>

struct dw_locks_real dw_locks_real;

static void *need(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found != 0) return found;
    dw_complain("libc has no function of the name that follows; use libdeadwait.so instead of libdeadwait-locks.so:");
    dw_complain(name);
    abort();
}

void dw_locks_find(void) {
#define DW_LOCKS_LOOKUP(name, result, parameters)                                                                      \
    if (DW_GET(dw_locks_real.name) == 0) DW_PUT(dw_locks_real.name, (__typeof__(dw_locks_real.name))need(#name));
    DW_LOCKS_FUNCTIONS(DW_LOCKS_LOOKUP)
#undef DW_LOCKS_LOOKUP
}

__attribute__((constructor(101))) static void dw_locks_loaded(void) { dw_locks_find(); }
