// Things that somebody has promised to end: the pending area.
//
// A number given out is `count << 24 | index + 1`: its record is found without a search, and no number comes twice.

#define DEADWAIT_RUNTIME
#include "dw_declare.h"

#include "deadwait.h"

enum { DW_PENDING_WINDOW = 64, DW_PENDING_INDEX_BITS = 24 };

static uint64_t dw_pendings;

DW_EXPORT uint64_t deadwait_pending_begin(uint32_t type, const char *what, uint64_t context) {
    struct dw_self *self = dw_enter();
    uint32_t capacity = dw_areas.pending_capacity, before;
    if (!self || !what || !*what) return 0;
    uint32_t text = dw_text_number(what);
    uint32_t length = capacity < DW_PENDING_WINDOW ? capacity : DW_PENDING_WINDOW;
    if (text > UINT16_MAX) text = 0;
    uint64_t number = DW_ADD(dw_pendings, 1) + 1;
    for (uint32_t offset = 0; offset < length; offset++) {
        uint32_t index = (uint32_t)((number + offset) % capacity);
        struct dw_pending_record *record = &dw_areas.pending[index];
        if (DW_GET(record->id) != 0 || !dw_take(&record->sequence, &before)) continue;
        if (DW_GET(record->id) != 0) {
            dw_give(&record->sequence, before);
            continue;
        }
        uint64_t id = number << DW_PENDING_INDEX_BITS | (index + 1);
        DW_PUT(record->kind, (uint16_t)(type <= DW_KIND_SPIN ? type : DW_KIND_NONE));
        DW_PUT(record->text, (uint16_t)text);
        DW_PUT(record->since, dw_now());
        DW_PUT(record->tid, self->tid);
        DW_PUT(record->stack, dw_stack_number(self));
        DW_PUT(record->serial, self->serial);
        DW_PUT(record->context, context);
        DW_PUT(record->dropped, 0);
        DW_PUT(record->id, id);
        dw_give(&record->sequence, before + 2);
        return id;
    }
    dw_count(DW_COUNT_PENDING_DROPPED);
    return 0;
}

/// The record of a number, null if there is none; it may be ended at any time.
static struct dw_pending_record *dw_pending(uint64_t id) {
    uint64_t index = id & ((1u << DW_PENDING_INDEX_BITS) - 1);
    if (index == 0 || !dw_is_recording() || index > dw_areas.pending_capacity) return 0;
    struct dw_pending_record *record = &dw_areas.pending[index - 1];
    return DW_GET(record->id) == id ? record : 0;
}

DW_EXPORT void deadwait_pending_context(uint64_t pending, uint64_t context) {
    struct dw_pending_record *record = dw_pending(pending);
    uint32_t before;
    if (!record || !dw_take(&record->sequence, &before)) return;
    bool is_same = DW_GET(record->id) == pending;
    if (is_same) DW_PUT(record->context, context);
    dw_give(&record->sequence, is_same ? before + 2 : before);
}

DW_EXPORT void deadwait_pending_dropped(uint64_t pending) {
    struct dw_pending_record *record = dw_pending(pending);
    uint32_t before;
    if (!record || !dw_take(&record->sequence, &before)) return;
    bool is_same = DW_GET(record->id) == pending;
    if (is_same) DW_PUT(record->dropped, dw_now());
    dw_give(&record->sequence, is_same ? before + 2 : before);
}

// The id alone says whether a record is in use: nothing else is touched, so that this never has to be given up.
DW_EXPORT void deadwait_pending_end(uint64_t pending) {
    struct dw_pending_record *record = dw_pending(pending);
    if (record) __atomic_compare_exchange_n(&record->id, &pending, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}
