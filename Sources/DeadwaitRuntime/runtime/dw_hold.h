/// Held locks: recorded by libdeadwait-locks.so only (compiled with DW_LOCKS), nothing in the default library.
#ifndef DEADWAIT_HOLD_H
#define DEADWAIT_HOLD_H

#include "dw_runtime.h"

#ifndef DW_LOCKS
#define DW_LOCKS 0
#endif

#pragma GCC visibility push(hidden)

enum { DW_HELD_AT_FORK = DW_LOCKS ? 64 : 1 };

/// Locks held by threads that do not survive a fork, gathered before the child's registry starts afresh.
struct dw_held_at_fork {
    uint32_t count; // beyond DW_HELD_AT_FORK they were not kept
    struct dw_abandoned_record locks[DW_HELD_AT_FORK];
    struct dw_held_record own; // what the forking thread holds, and goes on to hold
};

#if DW_LOCKS
#define DW_WITH_LOCKS 1
/// The calling thread has acquired a lock; `site` is the return address of the hook.
void dw_held_acquired(uint64_t object, enum dw_kind kind, const void *site);
/// The calling thread is about to release it.
void dw_held_released(uint64_t object);
/// The calling thread is about to wait: the modules of the places where it took its locks are recorded.
void dw_held_note_sites(const struct dw_self *self);
/// The thread ends: what it holds is abandoned.
void dw_held_thread_ended(struct dw_self *self);
void dw_held_before_fork_reset(struct dw_held_at_fork *held);
void dw_held_after_fork_reset(const struct dw_held_at_fork *held);
#else
#define DW_WITH_LOCKS 0
static inline void dw_held_acquired(uint64_t object, enum dw_kind kind, const void *site) {
    (void)object, (void)kind, (void)site;
}
static inline void dw_held_released(uint64_t object) { (void)object; }
static inline void dw_held_note_sites(const struct dw_self *self) { (void)self; }
static inline void dw_held_thread_ended(struct dw_self *self) { (void)self; }
static inline void dw_held_before_fork_reset(struct dw_held_at_fork *held) { held->count = 0; }
static inline void dw_held_after_fork_reset(const struct dw_held_at_fork *held) { (void)held; }
#endif

#pragma GCC visibility pop

#endif
