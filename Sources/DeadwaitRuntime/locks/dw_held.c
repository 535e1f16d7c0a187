#define _GNU_SOURCE
#include "dw_held.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "dw_system.h"

/// Drops entries whose lock names another owner, or none: released by another thread, or freed while locked.
static void purge(struct dw_self *self) {
    struct dw_held_record *held = self->held;
    uint32_t kept = 0, depth = DW_GET(held->depth);
    for (uint32_t i = 0; i < DW_HELD; i++) {
        struct dw_held_lock lock = held->locks[i];
        if (lock.object == 0 || !dw_held_is_owner(lock.object, (uint32_t)(lock.site >> 48), self->tid)) continue;
        DW_PUT(held->locks[kept].site, lock.site);
        DW_PUT(held->locks[kept].object, lock.object);
        kept++;
    }
    for (uint32_t i = kept; i < DW_HELD; i++) DW_PUT(held->locks[i].object, 0);
    if (kept < DW_HELD) DW_PUT(held->depth, depth - (DW_HELD - kept));
}

void dw_held_push_nested(struct dw_self *self, uint32_t depth, uint64_t object, uint64_t site, bool waits) {
    struct dw_held_record *held = self->held;
    uint32_t recorded = depth < DW_HELD ? depth : DW_HELD;
    if (waits) {
        // A lock that is held already is a recursive one: taking it again cannot make anybody wait.
        bool again = false;
        for (uint32_t i = 0; i < recorded; i++) again |= DW_GET(held->locks[i].object) == object;
        for (uint32_t i = 0; i < recorded && !again; i++) {
            const struct dw_held_lock first = {DW_GET(held->locks[i].object), DW_GET(held->locks[i].site)};
            uint64_t key = dw_order_key(first.object, object), *seen = &dw_orders_seen[key >> 58];
            if (DW_LIKELY(*seen == key)) continue;
            if (first.object != 0) dw_order_record(self, &first, object, site, seen, key);
        }
    }
    if (DW_LIKELY(depth < DW_HELD)) {
        dw_held_fill(held, depth, object, site);
        return;
    }
    // A list grows without end where locks are handed to other threads to release. Looking is not free: seldom done.
    if (held->reserved[0]++ % 1024 == 0) purge(self);
    depth = DW_GET(held->depth);
    if (depth < DW_HELD) {
        dw_held_fill(held, depth, object, site);
    } else {
        DW_PUT(held->depth, depth + 1);
        dw_count(DW_COUNT_HELD_DROPPED);
    }
}

void dw_held_pop_other(struct dw_self *self, uint32_t depth, uint64_t object) {
    struct dw_held_record *held = self->held;
    uint32_t recorded = depth < DW_HELD ? depth : DW_HELD, at = recorded;
    while (at > 0 && DW_GET(held->locks[at - 1].object) != object) at--;
    if (at == 0) {
        // Not recorded for want of room; or acquired before the thread was registered, or by another thread.
        if (depth > DW_HELD) DW_PUT(held->depth, depth - 1);
        return;
    }
    for (uint32_t i = at; i < recorded; i++) {
        // Site and object may disagree for a moment; the object stands once more above.
        DW_PUT(held->locks[i - 1].site, DW_GET(held->locks[i].site));
        DW_PUT(held->locks[i - 1].object, DW_GET(held->locks[i].object));
    }
    DW_PUT(held->locks[recorded - 1].object, 0);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    DW_PUT(held->depth, depth - 1);
}

void dw_held_acquired(uint64_t object, enum dw_kind kind, const void *site) { dw_held_push(object, kind, site, true); }

void dw_held_released(uint64_t object) { dw_held_pop(object); }

void dw_held_forget(uint64_t object) {
    struct dw_self *self = dw_enter();
    if (self == 0) return;
    uint32_t depth = DW_GET(self->held->depth);
    for (uint32_t i = 0; i < depth && i < DW_HELD; i++) {
        if (DW_GET(self->held->locks[i].object) == object) {
            dw_held_pop_other(self, depth, object);
            break;
        }
    }
    dw_order_forget(object);
}

/// Compares a word with a value where the word's memory may be gone, by the one system call that every program with
/// threads may make: futex(2) with a deadline that has passed says ETIMEDOUT if they are equal, EAGAIN if not, EFAULT.
static bool word_is(uint64_t address, uint32_t value) {
    struct timespec past = {0, 0};
    long result = dw_system(SYS_futex, (long)address, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value, (long)&past, 0,
                            (long)FUTEX_BITSET_MATCH_ANY);
    return result == -ETIMEDOUT;
}

bool dw_held_is_owner(uint64_t object, uint32_t kind, uint32_t tid) {
    if (kind == DW_KIND_MUTEX) return word_is(object + offsetof(pthread_mutex_t, __data.__owner), tid);
    if (kind == DW_KIND_RWLOCK_WRITE) return word_is(object + offsetof(pthread_rwlock_t, __data.__cur_writer), tid);
    return true;
}

void dw_held_note_site(uint64_t site) {
    // The call before the return address: the address itself may be in the next module.
    if (site << 16 != 0) dw_module_note((site & 0xFFFFFFFFFFFF) - 1);
}

// A thread waits again and again with the same locks held. A site that stands here has been noted since the registry's
// beginning; two that share a place are noted in turn, which does no harm.
enum { NOTED = 256 };
static uint64_t noted[NOTED];

void dw_held_note_sites(const struct dw_self *self) {
    if (self->held == 0) return;
    uint32_t depth = DW_GET(self->held->depth);
    for (uint32_t i = 0; i < depth && i < DW_HELD; i++) {
        uint64_t site = DW_GET(self->held->locks[i].site), *there = &noted[site * 0x9E3779B97F4A7C15u >> 56];
        if (DW_LIKELY(DW_GET(*there) == site)) continue;
        dw_held_note_site(site);
        DW_PUT(*there, site);
    }
}

// One more than any index in use; the area is emptied with the registry of a fork child.
static uint32_t abandoned_used;

static void abandon(const struct dw_abandoned_record *lock) {
    uint32_t index = DW_ADD(abandoned_used, 1);
    if (index >= dw_areas.abandoned_capacity) {
        DW_PUT(abandoned_used, dw_areas.abandoned_capacity);
        dw_count(DW_COUNT_ABANDONED_DROPPED);
        return;
    }
    struct dw_abandoned_record *record = &dw_areas.abandoned[index];
    DW_PUT(record->site, lock->site);
    DW_PUT(record->when, lock->when);
    DW_PUT(record->tid, lock->tid);
    DW_PUT(record->reason, lock->reason);
    DW_PUT_RELEASE(record->object, lock->object);
    dw_held_note_site(lock->site);
}

void dw_held_thread_ended(struct dw_self *self) {
    if (self->held == 0) return;
    uint32_t depth = DW_GET(self->held->depth);
    for (uint32_t i = 0; i < depth && i < DW_HELD; i++) {
        struct dw_held_lock lock = self->held->locks[i];
        if (lock.object == 0 || !dw_held_is_owner(lock.object, (uint32_t)(lock.site >> 48), self->tid)) continue;
        struct dw_abandoned_record record = {lock.object, lock.site, dw_now(), self->tid, DW_ABANDONED_EXIT};
        abandon(&record);
    }
    // The slot's next thread begins with an empty list.
    for (uint32_t i = 0; i < DW_HELD; i++) DW_PUT(self->held->locks[i].object, 0);
    DW_PUT(self->held->depth, 0);
}

void dw_held_before_fork_reset(struct dw_held_at_fork *gathered) {
    gathered->count = 0;
    gathered->own.depth = 0;
    memset(dw_orders_seen, 0, sizeof dw_orders_seen);
    memset(noted, 0, sizeof noted);
    abandoned_used = 0;
    if (dw_areas.held == 0) return;
    const struct dw_self *self = &dw_self;
    uint32_t used = DW_GET(dw_areas.header->threads_used);
    for (uint32_t index = 0; index < used && index < dw_areas.thread_capacity; index++) {
        const struct dw_held_record *held = &dw_areas.held[index];
        if (self->record != 0 && index == self->index) {
            gathered->own = *held; // the forking thread lives on, and holds in the child what it held
            continue;
        }
        uint32_t tid = DW_GET(dw_areas.threads[index].tid), depth = DW_GET(held->depth);
        if (DW_GET(dw_areas.threads[index].state) == DW_THREAD_EXITED) continue;
        for (uint32_t i = 0; i < depth && i < DW_HELD; i++) {
            struct dw_held_lock lock = held->locks[i];
            if (lock.object == 0 || !dw_held_is_owner(lock.object, (uint32_t)(lock.site >> 48), tid)) continue;
            if (gathered->count++ >= DW_HELD_AT_FORK) continue;
            gathered->locks[gathered->count - 1] =
                (struct dw_abandoned_record){lock.object, lock.site, dw_now(), tid, DW_ABANDONED_FORK};
        }
    }
}

void dw_held_after_fork_reset(const struct dw_held_at_fork *gathered) {
    for (uint32_t i = 0; i < gathered->count; i++) {
        if (i < DW_HELD_AT_FORK) abandon(&gathered->locks[i]);
        else dw_count(DW_COUNT_ABANDONED_DROPPED);
    }
    if (dw_self.record != 0 && dw_self.held != 0) *dw_self.held = gathered->own;
}
