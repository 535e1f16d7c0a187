/// glibc's lock-free and async-signal-safe way from an address to its module (2.35 and later; glibc manual, "Dynamic
/// Linker Introspection").
#ifndef DEADWAIT_FIND_OBJECT_H
#define DEADWAIT_FIND_OBJECT_H

#include <link.h>
#include <stdint.h>

/// What _dl_find_object of <dlfcn.h> fills, declared under another name so that the headers of an older glibc do.
struct dw_found_object {
    uint64_t flags;
    uint64_t map_start;
    uint64_t map_end;
    const struct link_map *link_map;
    uint64_t eh_frame_hdr;
    uint64_t reserved[7];
};

/// 0 if `address` is in a module. Weak: null where libc has none.
extern int dw_find_object(void *address, struct dw_found_object *result) __asm__("_dl_find_object")
    __attribute__((weak));

#endif
