/// The list of locks that a thread holds, and the orders in which it takes them. Only in libdeadwait-locks.so.
///
/// The list belongs to its thread: nobody else writes it, so an uncontended lock costs no shared cache line. A signal
/// handler that takes and releases locks in the middle of a change finds and leaves the list whole: an entry is
/// reserved by the depth before it is filled, and one that is not filled yet, or no more, has object 0.
#ifndef DEADWAIT_HELD_H
#define DEADWAIT_HELD_H

#include "dw_hold.h"
#include "dw_runtime.h"

#pragma GCC visibility push(hidden)

enum { DW_ORDERS_REMEMBERED = 64 };

/// Orders that this thread has recorded before, by a hash of both locks.
extern __thread uint64_t dw_orders_seen[DW_ORDERS_REMEMBERED] __attribute__((tls_model("initial-exec")));

/// Records an order that the thread has not recorded lately.
void dw_order_record(const struct dw_self *self, const struct dw_held_lock *first, uint64_t second, uint64_t site,
                     uint64_t *seen, uint64_t key);
/// All that is not the usual case of dw_held_push: nested locks and full lists. `waits`: it may have waited for it.
void dw_held_push_nested(struct dw_self *self, uint32_t depth, uint64_t object, uint64_t site, bool waits);
/// The same of dw_held_pop: what is released is not what was acquired last.
void dw_held_pop_other(struct dw_self *self, uint32_t depth, uint64_t object);
/// The object is new at its address, or gone: what was recorded of the address is not about it.
void dw_held_forget(uint64_t object);
void dw_order_forget(uint64_t object);
/// A number that tells an order of two locks from every other, and from that of other locks at the same addresses.
uint64_t dw_order_key(uint64_t first, uint64_t second);
/// Records the module of a call site as dw_held_lock has it, so that a registry file can name it.
void dw_held_note_site(uint64_t site);
/// Whether the lock still names the thread as its owner; true also for locks without such a field.
bool dw_held_is_owner(uint64_t object, uint32_t kind, uint32_t tid);

#pragma GCC visibility pop

static inline uint64_t dw_held_site(const void *site, enum dw_kind kind) {
    return ((uint64_t)(uintptr_t)site & 0xFFFFFFFFFFFF) | (uint64_t)kind << 48;
}

static inline void dw_held_fill(struct dw_held_record *held, uint32_t depth, uint64_t object, uint64_t site) {
    DW_PUT(held->depth, depth + 1);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    DW_PUT(held->locks[depth].site, site);
    DW_PUT_RELEASE(held->locks[depth].object, object);
}

/// The calling thread has acquired a lock.
static inline __attribute__((always_inline)) void dw_held_push(uint64_t object, enum dw_kind kind, const void *site,
                                                               bool waits) {
    struct dw_self *self = dw_enter();
    if (DW_UNLIKELY(self == 0)) return;
    uint32_t depth = DW_GET(self->held->depth);
    if (DW_LIKELY(depth == 0)) dw_held_fill(self->held, 0, object, dw_held_site(site, kind));
    else dw_held_push_nested(self, depth, object, dw_held_site(site, kind), waits);
}

/// The calling thread is about to release one: afterwards another one may be its owner.
static inline __attribute__((always_inline)) void dw_held_pop(uint64_t object) {
    struct dw_self *self = dw_enter();
    if (DW_UNLIKELY(self == 0)) return;
    struct dw_held_record *held = self->held;
    uint32_t depth = DW_GET(held->depth), top = depth - 1;
    if (DW_LIKELY(top < DW_HELD && DW_GET(held->locks[top].object) == object)) {
        DW_PUT(held->locks[top].object, 0);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        DW_PUT(held->depth, top);
    } else if (depth != 0) {
        dw_held_pop_other(self, depth, object);
    }
}

#endif
