/// The table of distinct call stacks: each is kept once, and a number stands for it everywhere else.
#ifndef DEADWAIT_STACKS_H
#define DEADWAIT_STACKS_H

#include <stdint.h>

#include "registry_abi.h"

#pragma GCC visibility push(hidden)

/// The number (index plus one) of a stack in `records`, which is put there if it is new; 0 if `depth` is 0, or if there
/// is no room, which is then counted in `dropped`.
///
/// `records` begins as zeros. Frames beyond DW_STACK_FRAMES are cut off, with DW_STACK_TRUNCATED. Records are never
/// changed or removed once complete. Lock-free for any number of threads, async-signal-safe, also in a handler that
/// interrupted this very function.
uint32_t dw_stack_intern(struct dw_stack_record *records, uint32_t capacity, const uint64_t *frames, uint32_t depth,
                         uint32_t flags, uint64_t *dropped);

#pragma GCC visibility pop

#endif
