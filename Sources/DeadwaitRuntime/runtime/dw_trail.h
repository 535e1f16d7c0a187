/// A walk's trail: which words of the stack it read, so that the same walk need not be made again.
///
/// A walk is a function of where it begins, of the stack's bounds, of the words that it read and of the rules. If all
/// of them are what they were, its result is what it was: some ten loads instead of a walk and a look into the stack
/// table. Trails stand in a table of all threads, found by an address in the walking function's frame. An entry that
/// two threads wrote at once is not recognized: its sum covers all of it, with the words. Async-signal-safe.
#ifndef DEADWAIT_TRAIL_H
#define DEADWAIT_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "dw_unwind.h"

#pragma GCC visibility push(hidden)

enum { DW_TRAIL_WORDS = 51 };

struct dw_trail {
    uint64_t base; // offsets count from here
    uint64_t high; // of the stack
    uint64_t fp_at, bx_at; // where the walk found the frame's rbp and rbx; 0: not in the stack
    uint32_t forgotten;    // of the unwinder, before the walk
    uint16_t count;
    bool is_lost; // something else than words of the stack decided
    uint16_t offsets[DW_TRAIL_WORDS]; // eights of bytes
};

static inline void dw_trail_word(struct dw_trail *trail, uint64_t address) {
    uint64_t offset = address - trail->base;
    if (address < trail->base || address >= trail->high || trail->high - address < 8 || offset % 8 != 0 ||
        offset / 8 > UINT16_MAX || trail->count == DW_TRAIL_WORDS)
        trail->is_lost = true;
    else
        trail->offsets[trail->count++] = (uint16_t)(offset / 8);
}

/// As dw_backtrace() without `skip`; `trail` has `base` and `high` set and receives the rest.
uint32_t dw_backtrace_trailed(const struct dw_stack_bounds *bounds, uint64_t *frames, uint32_t capacity,
                              struct dw_trail *trail, uint32_t *flags);
/// Changes when rules that were read before are no longer good.
uint32_t dw_unwind_forgotten(void);

/// The stack that a walk from `base` on a stack that ends at `high` gave, 0 if it has to be made.
uint32_t dw_trail_find(uint64_t base, uint64_t high);
/// Keeps what a walk gave.
void dw_trail_keep(const struct dw_trail *trail, uint32_t stack);

#pragma GCC visibility pop

#endif
