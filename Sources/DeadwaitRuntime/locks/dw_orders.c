#include "dw_held.h"

enum { PROBES = 16, GENERATIONS = 4096 };

__thread uint64_t dw_orders_seen[DW_ORDERS_REMEMBERED] __attribute__((tls_model("initial-exec")));

// An address is used again for another lock: an order recorded before says nothing of it. Locks are not followed one by
// one; a count of the initialisations and destructions at addresses of the same hash tells enough. C++'s std::mutex is
// neither initialised nor destroyed by a call, so for it an address stays the same lock.
static uint8_t generations[GENERATIONS];
// Of the record with the same index: what both generations were.
enum { MAXIMUM_ORDERS = 16384 };
static uint16_t recorded_generations[MAXIMUM_ORDERS];

static uint8_t *generation_of(uint64_t object) {
    return &generations[(object >> 3) * 0x9E3779B97F4A7C15u >> 52];
}

void dw_order_forget(uint64_t object) { DW_ADD(*generation_of(object), 1); }

static uint16_t generations_of(uint64_t first, uint64_t second) {
    return (uint16_t)(DW_GET(*generation_of(first)) << 8 | DW_GET(*generation_of(second)));
}

uint64_t dw_order_key(uint64_t first, uint64_t second) {
    return ((first ^ (uint64_t)generations_of(first, second) << 48) * 0x9E3779B97F4A7C15u ^ second) * 0xFF51AFD7ED558CCDu;
}

static uint32_t place_of(uint64_t first, uint64_t second) {
    return (uint32_t)((first * 0xFF51AFD7ED558CCDu ^ second) * 0x9E3779B97F4A7C15u >> 40) & (dw_areas.order_capacity - 1);
}

/// The record of an order that is still about the locks now at these addresses; null without one.
static struct dw_order_record *find(uint64_t first, uint64_t second) {
    uint32_t place = place_of(first, second);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        uint32_t index = (place + probe) & (dw_areas.order_capacity - 1);
        struct dw_order_record *record = &dw_areas.orders[index];
        uint64_t there = DW_GET_ACQUIRE(record->first);
        if (there == 0) return 0;
        if (there != first || DW_GET_ACQUIRE(record->second) != second) continue;
        return DW_GET(recorded_generations[index]) == generations_of(first, second) ? record : 0;
    }
    return 0;
}

/// A record for the order, there or new; null if there is no room near its place.
static struct dw_order_record *claim(uint64_t first, uint64_t second) {
    uint32_t place = place_of(first, second);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        struct dw_order_record *record = &dw_areas.orders[(place + probe) & (dw_areas.order_capacity - 1)];
        uint64_t there = 0;
        if (__atomic_compare_exchange_n(&record->first, &there, first, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            return record;
        }
        // One that another thread has claimed and not filled yet is passed by: an order may then stand twice.
        if (there == first && DW_GET_ACQUIRE(record->second) == second) return record;
    }
    return 0;
}

static void fill(struct dw_order_record *record, const struct dw_self *self, const struct dw_held_lock *first,
                 uint64_t second, uint64_t site) {
    uint32_t index = (uint32_t)(record - dw_areas.orders);
    DW_PUT(record->first_site, first->site);
    DW_PUT(record->second_site, site);
    DW_PUT(record->tid, self->tid);
    DW_PUT(record->inverted, 0);
    DW_PUT(record->when, dw_now());
    DW_PUT(recorded_generations[index], generations_of(first->object, second));
    DW_PUT_RELEASE(record->second, second);
    dw_held_note_site(first->site);
    dw_held_note_site(site);
}

void dw_order_record(const struct dw_self *self, const struct dw_held_lock *first, uint64_t second, uint64_t site,
                     uint64_t *seen, uint64_t key) {
    if (dw_areas.order_capacity == 0 || dw_areas.order_capacity > MAXIMUM_ORDERS) return;
    *seen = key;
    struct dw_order_record *record = find(first->object, second);
    if (record != 0) return;
    record = claim(first->object, second);
    if (record == 0) {
        dw_count(DW_COUNT_ORDERS_DROPPED);
        return;
    }
    fill(record, self, first, second, site);
    // Of two threads that record opposite orders at the same time at least one sees the other's.
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    struct dw_order_record *opposite = find(second, first->object);
    if (opposite == 0) return;
    uint32_t was = 0;
    DW_PUT(opposite->inverted, 1);
    if (__atomic_compare_exchange_n(&record->inverted, &was, 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        dw_count(DW_COUNT_INVERSIONS);
    }
}
