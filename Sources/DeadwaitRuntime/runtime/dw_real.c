#define _GNU_SOURCE
#include "dw_real.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

struct dw_real dw_real;
void *dw_real_syscall;

static void *dw_find(const char *name, const char *version) {
    void *found = 0;
    // Only x86-64 ever had the other layout: elsewhere the versioned lookup finds nothing and the plain one is right.
    if (version != 0) found = dlvsym(RTLD_NEXT, name, version);
    if (found == 0) found = dlsym(RTLD_NEXT, name);
    return found;
}

/// A libc without a function that the program calls through us cannot be served: it would not have started without us.
static void *dw_need(const char *name, const char *version) {
    void *found = dw_find(name, version);
    if (found != 0) return found;
    dw_complain("libc has no function of the name that follows; unload libdeadwait.so:");
    dw_complain(name);
    abort();
}

#define DW_REAL_FINDER(name, version, result, parameters)                                                              \
    __typeof__(dw_real.name) dw_find_##name(void) {                                                                    \
        if (dw_real.name == 0) dw_real.name = (__typeof__(dw_real.name))dw_need(#name, version);                       \
        return dw_real.name;                                                                                           \
    }
DW_REAL_FUNCTIONS(DW_REAL_FINDER)
#undef DW_REAL_FINDER

void dw_find_all(void) {
#define DW_REAL_LOOKUP(name, version, result, parameters)                                                              \
    if (dw_real.name == 0) dw_real.name = (__typeof__(dw_real.name))dw_find(#name, version);
    DW_REAL_FUNCTIONS(DW_REAL_LOOKUP)
#undef DW_REAL_LOOKUP
    dw_real_syscall = dw_need("syscall", 0);
}
