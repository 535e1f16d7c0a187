/// Slots of threads: taken by the creator, owned by the thread, given back when it has ended.
#ifndef DEADWAIT_THREAD_H
#define DEADWAIT_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "dw_real.h"
#include "dw_runtime.h"

#pragma GCC visibility push(hidden)

enum { DW_NO_SLOT = UINT32_MAX };

/// What is known of a thread when its slot is filled.
struct dw_thread_facts {
    uint32_t state, tid, creator_tid, creation_stack;
    uint64_t creator_serial, handle, start_routine, argument;
    uint16_t flags;
};

/// What the creator hands to the new thread.
struct dw_launch {
    void *(*routine)(void *);
    void *argument;
    int (*c11_routine)(void *); // instead of `routine`, for thrd_create
    uint64_t stack_size;
    uint32_t index; // of its slot, or DW_NO_SLOT
    uint32_t start; // number of its start routine
};

bool dw_slot_take(uint32_t *index);
/// Of a thread that was never started.
void dw_slot_return(uint32_t index);
void dw_slot_fill(uint32_t index, const struct dw_thread_facts *facts);
/// Called first in a new thread; `stack_high` is an address above all of its frames and below the end of its stack.
void dw_thread_begins(const struct dw_launch *launch, uint64_t stack_high);
/// The start routine is over, in this way. Destructors of thread-specific data still run.
void dw_thread_leaves(enum dw_thread_end end);
void dw_thread_ending(void *self);
/// Another thread's own data. The caller knows that the thread exists and is neither joined nor, detached, ended.
struct dw_self *dw_self_of(uint64_t handle);
/// The record of a thread that exists, null if it has none or has not begun to run and is not the caller's latest.
struct dw_thread_record *dw_record_of(uint64_t handle);

#pragma GCC visibility pop

#endif
