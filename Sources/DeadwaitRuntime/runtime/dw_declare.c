// What the engine declares with deadwait.h about threads, objects and what it expects: the declarations area.
//
// The area is a hash table by object (by role where there is no object), searched over a bounded window: all
// declarations about one object stand in the same window. Records are changed by any thread, so that their sequence is
// also their lock; nobody waits for it longer than a change takes.

#define DEADWAIT_RUNTIME
#include "dw_declare.h"

#include "deadwait.h"

enum { DW_WINDOW = 64, DW_REACHES = 4096 };

/// How far into the window that begins at a place its own records have ever gone: what was never declared is known not
/// to be there by one load. Places that are DW_REACHES apart share one.
static uint8_t dw_reaches[DW_REACHES];

/// What a declaration is to say.
struct dw_wanted {
    enum dw_declaration_kind kind;
    uint32_t text;
    uint64_t object, a, b, c;
    uint32_t count;
};

static uint64_t dw_hash(uint64_t key) {
    key = (key ^ (key >> 33)) * 0xff51afd7ed558ccdull;
    return key ^ (key >> 29);
}

/// Where the window of a key begins, and how far it goes.
static uint32_t dw_window(uint64_t key, uint32_t *length) {
    uint32_t capacity = dw_areas.declaration_capacity;
    *length = capacity < DW_WINDOW ? capacity : DW_WINDOW;
    return capacity ? (uint32_t)(dw_hash(key) % capacity) : 0;
}

static uint32_t dw_reach(uint32_t first, uint32_t length) {
    uint32_t reach = DW_GET(dw_reaches[first % DW_REACHES]);
    return reach < length ? reach : length;
}

/// To be called before a record is filled, of a window that begins at `first`.
static void dw_reach_to(uint32_t first, const struct dw_declaration_record *record) {
    uint32_t index = (uint32_t)(record - dw_areas.declarations), capacity = dw_areas.declaration_capacity;
    uint8_t wanted = (uint8_t)((index + capacity - first) % capacity + 1), *reach = &dw_reaches[first % DW_REACHES];
    uint8_t there = DW_GET(*reach);
    while (there < wanted
           && !__atomic_compare_exchange_n(reach, &there, wanted, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        continue;
}

static struct dw_declaration_record *dw_in_window(uint32_t first, uint32_t number) {
    return &dw_areas.declarations[(first + number) % dw_areas.declaration_capacity];
}

static uint64_t dw_key(const struct dw_wanted *wanted) {
    if (wanted->object) return wanted->object;
    return ((uint64_t)wanted->kind << 32) + (wanted->kind == DW_DECLARE_API ? wanted->a : wanted->text);
}

/// Whether a record says something about the same thing, so that a new declaration replaces it.
static bool dw_is_same(const struct dw_declaration_record *record, const struct dw_wanted *wanted) {
    if (DW_GET(record->kind) != wanted->kind || DW_GET(record->object) != wanted->object) return false;
    switch (wanted->kind) {
    case DW_DECLARE_PREDICATE: return DW_GET(record->a) == wanted->a;
    case DW_DECLARE_API: return false; // calls nest
    default: return DW_GET(record->text) == wanted->text;
    }
}

/// A scope of a thread that has ended without leaving it. The index of the thread's record is in `c`.
static bool dw_is_left_over(const struct dw_declaration_record *record) {
    if (DW_GET(record->kind) != DW_DECLARE_API) return false;
    uint64_t index = DW_GET(record->c);
    if (index >= dw_areas.thread_capacity) return true;
    const struct dw_thread_record *thread = &dw_areas.threads[index];
    return DW_GET(thread->serial) != DW_GET(record->b) || DW_GET(thread->state) == DW_THREAD_EXITED;
}

static void dw_fill(struct dw_declaration_record *record, const struct dw_wanted *wanted, uint32_t stack) {
    DW_PUT(record->text, (uint16_t)wanted->text);
    DW_PUT(record->object, wanted->object);
    DW_PUT(record->a, wanted->a);
    DW_PUT(record->b, wanted->b);
    DW_PUT(record->c, wanted->c);
    DW_PUT(record->stack, stack);
    DW_PUT(record->count, wanted->count);
    DW_PUT(record->since, dw_now_coarse());
    DW_PUT(record->kind, (uint16_t)wanted->kind);
}

static void dw_empty(struct dw_declaration_record *record) {
    DW_PUT(record->kind, DW_DECLARE_NONE);
    DW_PUT(record->object, 0);
}

/// dw_take() for a record that is to be withdrawn: where that cannot be done, what stands there counts as lost.
static bool dw_take_to_empty(struct dw_declaration_record *record, uint32_t *before) {
    bool is_taken = dw_take(&record->sequence, before);
    if (!is_taken) dw_count(DW_COUNT_DECLARATIONS_DROPPED);
    return is_taken;
}

/// Withdraws what is said of the same thing, except in `kept`. Every copy: two threads that declare the same at the
/// same time may leave two for a moment.
static void dw_withdraw(const struct dw_wanted *wanted, const struct dw_declaration_record *kept) {
    uint32_t length, before, first = dw_window(dw_key(wanted), &length), reach = dw_reach(first, length);
    for (uint32_t number = 0; number < reach; number++) {
        struct dw_declaration_record *record = dw_in_window(first, number);
        if (record == kept || !dw_is_same(record, wanted) || !dw_take_to_empty(record, &before)) continue;
        bool is_same = dw_is_same(record, wanted);
        if (is_same) dw_empty(record);
        dw_give(&record->sequence, is_same ? before + 2 : before);
    }
}

/// The record to write: that of the same thing, else a free one, else one left over; null if there is none.
static struct dw_declaration_record *dw_find(uint32_t first, uint32_t length, const struct dw_wanted *wanted) {
    struct dw_declaration_record *unused = 0, *left_over = 0;
    for (uint32_t number = 0; number < length; number++) {
        struct dw_declaration_record *record = dw_in_window(first, number);
        if (DW_GET(record->kind) == DW_DECLARE_NONE) {
            if (!unused) unused = record;
            if (wanted->kind == DW_DECLARE_API) break; // these are never searched for
        } else if (dw_is_same(record, wanted)) {
            return record;
        } else if (!unused && !left_over && dw_is_left_over(record)) {
            left_over = record;
        }
    }
    return unused ? unused : left_over;
}

/// Declares, replacing what was said of the same thing. The record, and its sequence in `sequence`; null if dropped.
static struct dw_declaration_record *dw_declare(const struct dw_wanted *wanted, uint32_t stack, uint32_t *sequence) {
    uint32_t length, before, first = dw_window(dw_key(wanted), &length);
    for (int tries = 0; tries < 8; tries++) {
        struct dw_declaration_record *record = dw_find(first, length, wanted);
        if (!record || !dw_take(&record->sequence, &before)) break;
        // Another thread may have been faster with this record.
        bool is_same = dw_is_same(record, wanted);
        if (!is_same && DW_GET(record->kind) != DW_DECLARE_NONE && !dw_is_left_over(record)) {
            dw_give(&record->sequence, before);
            continue;
        }
        if (wanted->kind != DW_DECLARE_API) dw_reach_to(first, record);
        dw_fill(record, wanted, stack);
        dw_give(&record->sequence, before + 2);
        *sequence = before + 2;
        if (!is_same && wanted->kind != DW_DECLARE_API) {
            // Of two that were made at once both threads keep the first in the window.
            struct dw_declaration_record *kept = dw_find(first, length, wanted);
            if (kept && dw_is_same(kept, wanted)) dw_withdraw(wanted, kept);
        }
        return record;
    }
    dw_count(DW_COUNT_DECLARATIONS_DROPPED);
    return 0;
}

/// Number of a text that fits into 16 bits, as declarations and objects hold it; 0 otherwise, counted.
static uint32_t dw_short_text(const char *text) {
    uint32_t number = dw_text_number(text);
    if (number <= UINT16_MAX) return number;
    dw_count(DW_COUNT_TEXTS_DROPPED);
    return 0;
}

/// Declares something of which `text` is the role, at the call stack of the exported function's caller.
static void dw_declare_role(struct dw_wanted *wanted, const char *role) {
    struct dw_self *self;
    if (!role || !*role || !dw_is_ready(&self)) return;
    uint32_t sequence;
    wanted->text = dw_short_text(role);
    if (!wanted->text) {
        dw_count(DW_COUNT_DECLARATIONS_DROPPED);
    } else if (wanted->kind != DW_DECLARE_SIGNALLER && wanted->count == 0) {
        dw_withdraw(wanted, 0);
    } else {
        dw_declare(wanted, self ? dw_stack_number(self) : 0, &sequence);
    }
}

DW_EXPORT void deadwait_declare_signaller(const void *object, const char *role) {
    struct dw_wanted wanted = {.kind = DW_DECLARE_SIGNALLER, .object = (uintptr_t)object};
    if (object) dw_declare_role(&wanted, role);
}

static bool dw_is_width(size_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

DW_EXPORT void deadwait_declare_quorum(const void *object, const char *role, uint32_t count, const void *arrivals,
                                       size_t size) {
    bool is_known = arrivals && dw_is_width(size);
    struct dw_wanted wanted = {.kind = DW_DECLARE_QUORUM, .object = (uintptr_t)object, .count = count,
                               .a = is_known ? (uintptr_t)arrivals : 0, .b = is_known ? size : 0};
    if (object) dw_declare_role(&wanted, role);
}

DW_EXPORT void deadwait_expect_threads(const char *role, uint32_t count) {
    struct dw_wanted wanted = {.kind = DW_DECLARE_EXPECTED, .count = count};
    dw_declare_role(&wanted, role);
}

DW_EXPORT void deadwait_declare_predicate(const void *object, const void *address, size_t size, uint64_t mask,
                                          uint64_t value) {
    struct dw_self *self;
    if (!object || !address || !dw_is_ready(&self)) return;
    if (!dw_is_width(size)) {
        dw_count(DW_COUNT_DECLARATIONS_DROPPED);
        return;
    }
    struct dw_wanted wanted = {.kind = DW_DECLARE_PREDICATE, .object = (uintptr_t)object, .a = (uintptr_t)address,
                               .b = mask, .c = value, .count = (uint32_t)size};
    uint32_t sequence;
    dw_declare(&wanted, self ? dw_stack_number(self) : 0, &sequence);
}

/// The token: the record's number plus one, and above it the sequence that the record has while the scope lasts.
DW_EXPORT uint64_t deadwait_api_begin(const char *name) {
    struct dw_self *self = dw_enter();
    if (!self || !name || !*name) return 0;
    struct dw_wanted wanted = {.kind = DW_DECLARE_API, .text = dw_short_text(name), .a = self->tid,
                               .b = self->serial, .c = self->index};
    uint32_t sequence;
    if (!wanted.text) {
        dw_count(DW_COUNT_DECLARATIONS_DROPPED);
        return 0;
    }
    struct dw_declaration_record *record = dw_declare(&wanted, 0, &sequence);
    return record ? (uint64_t)sequence << 32 | (uint64_t)(record - dw_areas.declarations + 1) : 0;
}

DW_EXPORT void deadwait_api_end(uint64_t token) {
    uint32_t number = (uint32_t)token, sequence = (uint32_t)(token >> 32);
    if (number == 0 || !dw_is_recording() || number > dw_areas.declaration_capacity || sequence & 1) return;
    struct dw_declaration_record *record = &dw_areas.declarations[number - 1];
    // The scope's own record has this sequence, or the odd one after it while a thread that took it for free finds out
    // that it is not. A word is enough, so that the end of a scope never has to be given up.
    if ((DW_GET(record->sequence) & ~1u) == sequence && DW_GET(record->kind) == DW_DECLARE_API)
        DW_PUT(record->kind, DW_DECLARE_NONE);
}

void dw_declarations_forget(uint64_t object) {
    if (object == 0 || !dw_is_recording()) return;
    uint32_t length, before, first = dw_window(object, &length), reach = dw_reach(first, length);
    for (uint32_t number = 0; number < reach; number++) {
        struct dw_declaration_record *record = dw_in_window(first, number);
        if (DW_GET(record->object) != object || !dw_take_to_empty(record, &before)) continue;
        bool is_about = DW_GET(record->kind) != DW_DECLARE_NONE && DW_GET(record->object) == object;
        if (is_about) dw_empty(record);
        dw_give(&record->sequence, is_about ? before + 2 : before);
    }
}

DW_EXPORT void deadwait_forget(const void *object) {
    struct dw_self *self;
    if (!object || !dw_is_ready(&self)) return;
    dw_object_destroyed((uintptr_t)object);
}
