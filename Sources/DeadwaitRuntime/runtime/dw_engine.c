// What the engine says of its threads, and of its own locks and conditions, with deadwait.h.

#define DEADWAIT_RUNTIME
#include "dw_declare.h"
#include "dw_hold.h"

#include "deadwait.h"

// A scope is a struct dw_wait on the engine's stack.
_Static_assert(sizeof(struct dw_wait) <= sizeof(struct dw_wait_scope), "wait scope");
_Static_assert(_Alignof(struct dw_wait) <= _Alignof(struct dw_wait_scope), "wait scope");

// deadwait.h numbers its types as the registry does.
#define DW_SAME(type, kind) _Static_assert((int)(type) == (int)(kind), #type)
DW_SAME(DEADWAIT_CONDITION, DW_KIND_CONDITION);
DW_SAME(DEADWAIT_MUTEX, DW_KIND_MUTEX);
DW_SAME(DEADWAIT_RWLOCK, DW_KIND_RWLOCK_READ);
DW_SAME(DEADWAIT_SEMAPHORE, DW_KIND_SEMAPHORE);
DW_SAME(DEADWAIT_BARRIER, DW_KIND_BARRIER);
DW_SAME(DEADWAIT_ENGINE_LOCK, DW_KIND_ENGINE_LOCK);
DW_SAME(DEADWAIT_ENGINE_CONDITION, DW_KIND_ENGINE_CONDITION);
DW_SAME(DEADWAIT_CONTINUATION, DW_KIND_CONTINUATION);
DW_SAME(DEADWAIT_SPIN, DW_KIND_SPIN);

// Threads. The words written here are right by themselves and the record is the calling thread's own, so that its
// sequence, which whoever creates or joins the thread may be changing, is left alone.

DW_EXPORT void deadwait_name_thread(const char *name) {
    struct dw_self *self;
    if (!dw_is_ready(&self) || !self) return;
    uint32_t text = dw_text_number(name);
    if (text) DW_PUT(self->record->name_text, text);
}

DW_EXPORT void deadwait_set_role(const char *role) {
    struct dw_self *self;
    if (!dw_is_ready(&self) || !self) return;
    uint32_t text = dw_text_number(role);
    if (!text) return;
    DW_PUT(self->record->role, text);
    if (self->start && self->start <= dw_areas.start_capacity) DW_PUT(dw_areas.starts[self->start - 1].role, text);
}

DW_EXPORT uint32_t deadwait_idle_begin(const char *reason) {
    struct dw_self *self = dw_enter();
    if (!self) return 0;
    uint16_t before = self->idle;
    uint32_t text = dw_text_number(reason);
    if (text && text <= UINT16_MAX) self->idle = (uint16_t)text;
    return before;
}

DW_EXPORT void deadwait_idle_end(uint32_t token) {
    struct dw_self *self = dw_enter();
    if (self) self->idle = (uint16_t)token;
}

// Objects

DW_EXPORT void deadwait_name_object(const void *object, uint32_t type, const char *name) {
    struct dw_self *self;
    if (!object || !dw_is_ready(&self)) return;
    uint64_t address = (uintptr_t)object;
    uint32_t text = dw_text_number(name);
    if (text == 0 || text > UINT16_MAX) return;
    struct dw_object_record *record = dw_object_if_known(address);
    if (!record) record = dw_object(address, type <= DW_KIND_SPIN ? (enum dw_kind)type : DW_KIND_NONE);
    if (!record) return;
    uint16_t mine = (uint16_t)text;
    DW_PUT(record->name, mine);
    if (!dw_is_still(record, address))
        __atomic_compare_exchange_n(&record->name, &mine, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

DW_EXPORT void deadwait_swallows_signals(const void *condition) {
    struct dw_self *self;
    if (!condition || !dw_is_ready(&self)) return;
    uint64_t address = (uintptr_t)condition;
    struct dw_object_record *record = dw_object_if_known(address);
    if (!record) record = dw_object(address, DW_KIND_CONDITION);
    if (!record) return;
    __atomic_fetch_or(&record->flags, DW_OBJECT_ENGINE_WAKES, __ATOMIC_RELAXED);
    if (!dw_is_still(record, address))
        __atomic_fetch_and(&record->flags, (uint8_t)~DW_OBJECT_ENGINE_WAKES, __ATOMIC_RELAXED);
}

// Waits

DW_EXPORT void deadwait_wait_begin(struct dw_wait_scope *scope, uint32_t type, const void *object, const void *lock,
                                   uint32_t flags, uint64_t timeout) {
    bool is_timed = timeout != DEADWAIT_FOREVER;
    enum dw_kind kind = type > DW_KIND_NONE && type <= DW_KIND_SPIN ? (enum dw_kind)type : DW_KIND_ENGINE_CONDITION;
    uint8_t wait_flags = (uint8_t)((is_timed ? DW_WAIT_TIMED : 0) | (flags & DEADWAIT_SHARED ? DW_WAIT_SHARED : 0));
    dw_wait_begin((struct dw_wait *)scope, kind, (uintptr_t)object, (uintptr_t)lock, wait_flags,
                  is_timed ? timeout : 0);
}

DW_EXPORT void deadwait_wait_end(struct dw_wait_scope *scope, int error) {
    dw_wait_end((struct dw_wait *)scope, error);
}

// Locks. An exclusive holder is the owner; of readers only the places are kept.

/// Notes a place at which a lock is acquired, if it is a new one. Two threads may note the same place at once.
static void dw_note_site(struct dw_object_record *record, uint32_t stack, uint32_t start) {
    struct dw_site site = {stack, start};
    uint64_t word, seen;
    __builtin_memcpy(&word, &site, sizeof word);
    for (int number = 0; number < DW_SITES; number++) {
        __atomic_load((uint64_t *)(void *)&record->sites[number], &seen, __ATOMIC_RELAXED);
        if (seen == word) return;
    }
    uint32_t number = DW_ADD(record->sites_recorded, 1) % DW_SITES;
    __atomic_store((uint64_t *)(void *)&record->sites[number], &word, __ATOMIC_RELAXED);
}

DW_EXPORT void deadwait_lock_acquired(const void *lock, uint32_t flags) {
    struct dw_self *self = dw_enter();
    if (!self || !lock) return;
    uint64_t address = (uintptr_t)lock;
    struct dw_object_record *record = dw_object(address, DW_KIND_ENGINE_LOCK);
    if (!record) return;
    uint32_t mine = flags & DEADWAIT_SHARED ? 0 : self->tid;
    uint32_t stack = flags & DEADWAIT_WITHOUT_STACK ? 0 : dw_stack_number(self);
    DW_PUT(record->owner, mine);
    DW_PUT(record->acquire_stack, stack);
    uint64_t now = flags & DEADWAIT_WITHOUT_STACK ? dw_now_coarse() : dw_now();
    DW_PUT(record->since, now);
    if (!dw_is_still(record, address)) {
        __atomic_compare_exchange_n(&record->owner, &mine, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        return;
    }
    if (stack) dw_note_site(record, stack, self->start);
    if (!(flags & DEADWAIT_WITHOUT_STACK)) dw_event(self, DW_EVENT_ACQUIRE + DW_KIND_ENGINE_LOCK, address, 0, now);
    dw_held_acquired(address, DW_KIND_ENGINE_LOCK, __builtin_return_address(0));
}

DW_EXPORT void deadwait_lock_released(const void *lock) {
    struct dw_self *self = dw_enter();
    if (!self || !lock) return;
    uint64_t address = (uintptr_t)lock;
    dw_held_released(address);
    struct dw_object_record *record = dw_object_if_known(address);
    if (!record) return;
    DW_PUT(record->owner, 0);
    // A release that nobody waits for is no signal.
    if (DW_GET(record->waiting) == 0) return;
    uint64_t now = dw_now();
    DW_ADD(record->signals, 1);
    DW_PUT(record->last_signal, now);
    DW_PUT(record->last_signaller, self->tid);
    dw_event(self, DW_EVENT_RELEASE + DW_KIND_ENGINE_LOCK, address, 0, now);
}

DW_EXPORT void deadwait_signalled(const void *condition, int broadcast) {
    if (!condition || !dw_enter()) return;
    struct dw_object_record *record = dw_object_if_known((uintptr_t)condition);
    uint8_t kind = record ? DW_GET(record->kind) : DW_KIND_NONE;
    dw_signalled((uintptr_t)condition, kind ? (enum dw_kind)kind : DW_KIND_ENGINE_CONDITION, broadcast != 0,
                 __builtin_return_address(0));
}
