#define _GNU_SOURCE
#include "dw_real.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

struct dw_real dw_real;
void *dw_real_syscall;

/// Whether two functions stand in the same file.
static bool dw_same_file(void *one, void *other) {
    Dl_info left, right;
    return dladdr(one, &left) != 0 && dladdr(other, &right) != 0 && left.dli_fbase == right.dli_fbase;
}

static void *dw_find(const char *name, const char *version) {
    void *next = dlsym(RTLD_NEXT, name);
    // Only x86-64 ever had the other layout: elsewhere the versioned lookup finds nothing and the plain one is right.
    void *versioned = version != 0 ? dlvsym(RTLD_NEXT, name, version) : 0;
    // The interceptors of a sanitizer's library have no version: asked for with one, they would be left out, and would
    // take the mutex for locked all through a wait.
    if (versioned == 0 || (next != 0 && !dw_same_file(next, versioned))) return next;
    return versioned;
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
