/// Which loaded module a pc is in, and what of it may be read.
#ifndef DEADWAIT_MODULES_H
#define DEADWAIT_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// What of a module is mapped and readable around its unwind tables.
struct dw_module {
    uint64_t header;      // .eh_frame_hdr, 0 without one
    uint64_t header_low;  // the segment with it: [low, high)
    uint64_t header_high;
    uint64_t bias;        // added to the file's virtual addresses
    uint64_t phdr;        // its program headers in memory
    uint32_t phdr_count;
};

/// The module of a pc; false if it is in none. Lock-free and async-signal-safe.
bool dw_module_find(uint64_t pc, struct dw_module *module);

/// The readable segment that holds `address`, as [low, high); false if none does.
bool dw_module_segment(const struct dw_module *module, uint64_t address, uint64_t *low, uint64_t *high);

/// See dw_unwind_refresh().
void dw_modules_refresh(void);

#pragma GCC visibility pop

#endif
