#define _GNU_SOURCE
#include <string.h>

#include "dw_declare.h"
#include "dw_runtime.h"

// A set-associative table: an object stands in one of the DW_OBJECT_WAYS records of its bucket, looked for from a
// place that its hash tells. Nothing is ever moved, so a pointer to a record stays good; `sequence` tells whether it
// is still the same object's.

static struct dw_object_record *dw_bucket(uint64_t address, uint32_t *first) {
    uint64_t hash = (address >> 3) * 0x9e3779b97f4a7c15u;
    *first = (uint32_t)(hash >> 61) & (DW_OBJECT_WAYS - 1);
    return dw_areas.objects + (uint64_t)((uint32_t)(hash >> 32) & (dw_areas.object_buckets - 1)) * DW_OBJECT_WAYS;
}

static inline struct dw_object_record *dw_way(struct dw_object_record *bucket, uint32_t first, uint32_t way) {
    return bucket + ((first + way) & (DW_OBJECT_WAYS - 1));
}

/// All but the address and the sequence, word by word: a reader outside sees each word old or new.
static void dw_object_clear(struct dw_object_record *record) {
    uint64_t *words = (uint64_t *)record;
    DW_PUT(*(uint32_t *)&record->kind, 0);
    for (uint32_t word = 2; word < sizeof *record / sizeof *words; word++) DW_PUT(words[word], 0);
}

/// The one that nobody waits on and that has been quiet for longest; one that the engine has named or said something
/// about only where there is no other.
static struct dw_object_record *dw_object_victim(struct dw_object_record *bucket) {
    struct dw_object_record *victim = bucket;
    uint64_t least = UINT64_MAX;
    for (uint32_t way = 0; way < DW_OBJECT_WAYS; way++) {
        struct dw_object_record *record = &bucket[way];
        uint64_t last = DW_GET(record->last_signal), since = DW_GET(record->since);
        if (since > last) last = since;
        if (DW_GET(record->waiting) != 0 || DW_GET(record->owner) != 0) continue;
        bool said = DW_GET(record->name) != 0 || (DW_GET(record->flags) & DW_OBJECT_ENGINE_WAKES) != 0;
        uint64_t worth = last >> 1 | (uint64_t)said << 63;
        if (worth < least) {
            least = worth;
            victim = record;
        }
    }
    return victim;
}

/// Makes the record of object `there` (0: a free one) the caller's to change, with an odd sequence; false if it is another
/// object's or another thread is at it. The address changes only between this and dw_object_give(), so that nobody ever
/// finds an address beside the facts of another object.
static bool dw_object_seize(struct dw_object_record *record, uint64_t there) {
    uint32_t sequence = DW_GET_ACQUIRE(record->sequence);
    if ((sequence & 1) != 0 || DW_GET(record->address) != there) return false;
    if (!__atomic_compare_exchange_n(&record->sequence, &sequence, sequence + 1, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return false;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    return true;
}

static void dw_object_give(struct dw_object_record *record) {
    DW_PUT_RELEASE(record->sequence, DW_GET(record->sequence) + 1);
}

static void dw_object_free(struct dw_object_record *record, uint64_t address) {
    if (!dw_object_seize(record, address)) return;
    dw_object_clear(record);
    DW_PUT(record->address, 0);
    dw_object_give(record);
}

static struct dw_object_record *dw_object_claim(struct dw_object_record *record, uint64_t there, uint64_t address,
                                                enum dw_kind kind) {
    if (!dw_object_seize(record, there)) return 0;
    if (there != 0) {
        dw_object_clear(record);
        dw_count(DW_COUNT_OBJECTS_DROPPED);
    }
    DW_PUT(record->kind, (uint8_t)kind);
    // A new record is not the quietest of its bucket before it has been used.
    DW_PUT(record->since, dw_now_coarse());
    DW_PUT(record->address, address);
    dw_object_give(record);
    return record;
}

struct dw_object_record *dw_object_if_known(uint64_t address) {
    if (!dw_is_recording()) return 0;
    uint32_t first;
    struct dw_object_record *bucket = dw_bucket(address, &first);
    for (uint32_t way = 0; way < DW_OBJECT_WAYS; way++) {
        struct dw_object_record *record = dw_way(bucket, first, way);
        if (DW_GET(record->address) == address) return record;
    }
    return 0;
}

struct dw_object_record *dw_object(uint64_t address, enum dw_kind kind) {
    uint32_t first;
    struct dw_object_record *bucket = dw_bucket(address, &first), *record = dw_way(bucket, first, 0);
    if (DW_LIKELY(DW_GET(record->address) == address)) return record;
    if ((record = dw_object_if_known(address)) != 0) return record;
    for (uint32_t way = 0; way < DW_OBJECT_WAYS && record == 0; way++)
        record = dw_object_claim(dw_way(bucket, first, way), 0, address, kind);
    if (record == 0) {
        // Lost to another thread that wants a record of the same full bucket: then this object has none yet.
        struct dw_object_record *victim = dw_object_victim(bucket);
        return dw_object_claim(victim, DW_GET(victim->address), address, kind);
    }
    // Another thread may have claimed another record for it in the same moment: the one that is found first stays.
    struct dw_object_record *earliest = 0;
    for (uint32_t way = 0; way < DW_OBJECT_WAYS; way++) {
        struct dw_object_record *other = dw_way(bucket, first, way);
        if (DW_GET(other->address) != address) continue;
        if (earliest == 0)
            earliest = other;
        else
            dw_object_free(other, address);
    }
    return earliest;
}

void dw_object_initialised(uint64_t address, enum dw_kind kind, uint8_t flags) {
    struct dw_self *self = dw_enter();
    if (self == 0) return;
    // What was there had the same address and is gone, destroyed or not.
    dw_object_destroyed(address);
    struct dw_object_record *record = dw_object(address, kind);
    if (record == 0) return;
    uint32_t stack = dw_stack_number(self), token = dw_change_begin(&record->sequence);
    DW_PUT(record->flags, (uint8_t)(flags | DW_OBJECT_INIT_SEEN));
    DW_PUT(record->init_stack, stack);
    DW_PUT(record->since, dw_now());
    dw_change_end(&record->sequence, token);
}

void dw_object_destroyed(uint64_t address) {
    dw_declarations_forget(address);
    struct dw_object_record *record = dw_object_if_known(address);
    // Cleared before it is free: whoever claims it next finds nothing of the old one.
    if (record != 0) dw_object_free(record, address);
}

void dw_record_site(struct dw_self *self, struct dw_object_record *object, uint64_t hint) {
    // The same thread, at the same depth of its stack, by the same instruction, for the same object: the same site,
    // most likely, and recorded already. Two paths that agree in all of these stand as one.
    uint64_t key = (hint * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)__builtin_frame_address(0)) * 0xff51afd7ed558ccdu;
    key ^= (uint64_t)(uintptr_t)object + DW_GET(object->sequence);
    uint64_t *seen = &self->sites[key >> 62];
    if (DW_LIKELY(*seen == key)) return;
    *seen = key;
    union {
        struct dw_site site;
        uint64_t word;
    } made = {.site = {dw_stack_number(self), self->start}};
    uint64_t *sites = (uint64_t *)object->sites;
    for (uint32_t site = 0; site < DW_SITES; site++)
        if (DW_GET(sites[site]) == made.word) return;
    uint32_t number = DW_ADD(object->sites_recorded, 1);
    DW_PUT(sites[number % DW_SITES], made.word);
}

void dw_signalled(uint64_t address, enum dw_kind kind, bool broadcast, const void *caller) {
    struct dw_self *self = dw_enter();
    if (self == 0) return;
    struct dw_object_record *object = dw_object(address, kind);
    if (object == 0) return;
    // A signal that nobody hears may come a million times a second: it is timed by the cheap clock.
    bool heard = DW_GET(object->waiting) != 0;
    uint64_t now = heard ? dw_now() : dw_now_coarse();
    if (broadcast)
        DW_ADD(object->broadcasts, 1);
    else
        DW_ADD(object->signals, 1);
    if (!heard) DW_ADD(object->unheard, 1);
    DW_PUT(object->last_signaller, self->tid);
    DW_PUT(object->last_signal, now);
    dw_record_site(self, object, (uint64_t)(uintptr_t)caller);
    dw_event(self, (uint8_t)((broadcast ? DW_EVENT_BROADCAST : DW_EVENT_SIGNAL) + kind), address, 0, now);
}
