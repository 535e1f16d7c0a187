#define _GNU_SOURCE
#include <errno.h>

#include "dw_hold.h"
#include "dw_runtime.h"

/// Tells a wait that still stands on the stack from bytes that a longjmp out of a signal handler left there.
static uint64_t dw_wait_check(const struct dw_wait *wait) {
    return ((uint64_t)(uintptr_t)wait ^ wait->object ^ (uint64_t)(uintptr_t)wait->self) * 0x9e3779b97f4a7c15u + wait->since;
}

static bool dw_is_on_own_stack(const struct dw_self *self, const struct dw_wait *wait) {
    uint64_t here = (uint64_t)(uintptr_t)wait;
    return here >= self->stack_low && here < self->stack_high;
}

/// The wait that this one interrupts, if it still stands. Only on the thread's own stack can that be asked: the stack of
/// a coroutine may have been unmapped since.
static struct dw_wait *dw_wait_interrupted(const struct dw_self *self, const struct dw_wait *wait) {
    struct dw_wait *outer = self->wait;
    if (!dw_is_on_own_stack(self, outer)) return 0;
    // The stack grows downward: what stands at or below this wait on the same stack has been left. A signal handler's
    // may stand elsewhere (sigaltstack).
    if (dw_is_on_own_stack(self, wait) && outer <= wait) return 0;
    return outer->check == dw_wait_check(outer) ? outer : 0;
}

/// One waiter less, if the record is still the same object's.
static void dw_wait_uncount(struct dw_wait *wait) {
    struct dw_object_record *object = wait->counted;
    if (object == 0 || DW_GET(object->sequence) != wait->counted_sequence) return;
    uint32_t waiting = DW_GET(object->waiting);
    while (waiting != 0 && !__atomic_compare_exchange_n(&object->waiting, &waiting, waiting - 1, true, __ATOMIC_RELAXED,
                                                        __ATOMIC_RELAXED))
        continue;
}

static bool dw_kind_has_object(enum dw_kind kind) {
    switch (kind) {
    case DW_KIND_CONDITION:
    case DW_KIND_SEMAPHORE:
    case DW_KIND_BARRIER:
    case DW_KIND_FUTEX:
    case DW_KIND_ENGINE_LOCK:
    case DW_KIND_ENGINE_CONDITION: return true;
    default: return false; // libc's own fields, or the registry's other records, say all about it
    }
}

void dw_wait_begin(struct dw_wait *wait, enum dw_kind kind, uint64_t object, uint64_t mutex, uint8_t flags,
                   uint64_t timeout) {
    struct dw_self *self = dw_enter();
    wait->self = self;
    if (self == 0) return;
    struct dw_activity_record *activity = self->activity;
    struct dw_wait *outer = dw_wait_interrupted(self, wait);
    uint64_t now = dw_now();
    wait->outer = outer;
    wait->counted = 0;
    wait->object = object;
    wait->mutex = mutex;
    wait->since = now;
    wait->timeout = timeout;
    wait->kind = (uint8_t)kind;
    wait->flags = (uint8_t)(flags | (self->idle != 0 ? DW_WAIT_IDLE : 0) | (outer != 0 ? DW_WAIT_NESTED : 0));
    wait->stack = dw_stack_number(self);
    dw_held_note_sites(self);
    wait->check = dw_wait_check(wait);
    // What an engine declared says more than the futex or condition that its wait is built on: that one stays to be
    // seen, and the inner one is counted only.
    uint64_t declared = outer == 0 ? self->declared : outer->kind >= DW_KIND_ENGINE_LOCK ? outer->object : 0;
    wait->is_inner = declared != 0;
    // Its scope may be anywhere, a Swift value's on the heap: it is remembered by its object and not looked up.
    if (!wait->is_inner && kind >= DW_KIND_ENGINE_LOCK && !dw_is_on_own_stack(self, wait)) self->declared = object;
    if (dw_kind_has_object(kind) && declared != object) {
        struct dw_object_record *record = dw_object(object, kind);
        if (record != 0) {
            wait->counted = record;
            wait->counted_sequence = DW_GET(record->sequence);
            DW_ADD(record->waiting, 1);
            DW_ADD(record->waits, 1);
        }
    }
    if (wait->is_inner) {
        self->wait = wait;
        return;
    }
    uint32_t token = dw_change_begin(&activity->sequence);
    self->wait = wait;
    DW_PUT(activity->kind, wait->kind);
    DW_PUT(activity->flags, wait->flags);
    DW_PUT(activity->idle, self->idle);
    DW_PUT(activity->object, object);
    DW_PUT(activity->mutex, mutex);
    DW_PUT(activity->since, now);
    DW_PUT(activity->timeout, timeout);
    DW_PUT(activity->stack, wait->stack);
    DW_PUT(activity->waits, activity->waits + 1);
    if (object != self->last_object) DW_PUT(activity->timeouts_in_a_row, 0);
    dw_change_end(&activity->sequence, token);
    self->last_object = object;
    dw_event(self, (uint8_t)(DW_EVENT_WAIT + kind), object, 0, now);
}

void dw_wait_end(struct dw_wait *wait, int error) {
    struct dw_self *self = wait->self;
    if (self == 0 || self->activity == 0) return;
    int saved = errno;
    struct dw_activity_record *activity = self->activity;
    struct dw_wait *outer = wait->outer;
    wait->check = 0;
    dw_wait_uncount(wait);
    if (error == ETIMEDOUT && wait->counted != 0 && DW_GET(wait->counted->sequence) == wait->counted_sequence)
        DW_ADD(wait->counted->timeouts, 1);
    if (wait->is_inner) {
        self->wait = outer;
        errno = saved;
        return;
    }
    if (wait->kind >= DW_KIND_ENGINE_LOCK && self->declared == wait->object) self->declared = 0;
    uint32_t token = dw_change_begin(&activity->sequence);
    self->wait = outer;
    if (error == ETIMEDOUT) {
        DW_PUT(activity->timeouts, activity->timeouts + 1);
        DW_PUT(activity->timeouts_in_a_row, activity->timeouts_in_a_row + 1);
    } else {
        DW_PUT(activity->timeouts_in_a_row, 0);
    }
    DW_PUT(activity->kind, outer != 0 ? outer->kind : DW_KIND_NONE);
    if (outer != 0) {
        DW_PUT(activity->flags, outer->flags);
        DW_PUT(activity->object, outer->object);
        DW_PUT(activity->mutex, outer->mutex);
        DW_PUT(activity->since, outer->since);
        DW_PUT(activity->timeout, outer->timeout);
        DW_PUT(activity->stack, outer->stack);
    }
    dw_change_end(&activity->sequence, token);
    dw_event(self, (uint8_t)(DW_EVENT_WAKE + wait->kind), wait->object, (uint16_t)error, dw_now());
    errno = saved;
}

void dw_wait_cancelled(void *wait) { dw_wait_end(wait, ECANCELED); }

uint64_t dw_time_left(clockid_t clock, const struct timespec *deadline) {
    struct timespec now;
    if (deadline == 0 || deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000 || clock_gettime(clock, &now) != 0)
        return 0;
    int64_t seconds;
    if (__builtin_sub_overflow(deadline->tv_sec, now.tv_sec, &seconds) || seconds < 0) return 0;
    uint64_t left;
    if (__builtin_mul_overflow((uint64_t)seconds, (uint64_t)1000000000, &left)) return UINT64_MAX;
    int64_t rest = deadline->tv_nsec - now.tv_nsec;
    if (rest < 0 && left < (uint64_t)-rest) return 0;
    return left + (uint64_t)rest;
}
