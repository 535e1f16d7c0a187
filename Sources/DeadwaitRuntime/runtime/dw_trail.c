#include "dw_trail.h"

#include "dw_runtime.h"

enum { TRAILS = 512 };
static struct kept {
    uint64_t base;
    uint64_t sum;
    uint32_t stack;
    uint16_t count;
    uint16_t offsets[DW_TRAIL_WORDS];
    uint32_t unused;
} trails[TRAILS] __attribute__((aligned(64)));
_Static_assert(sizeof(struct kept) == 128, "two cache lines");

static struct kept *place_of(uint64_t base) {
    return &trails[base * 0x9e3779b97f4a7c15u >> 55]; // the upper nine bits
}
_Static_assert(TRAILS == 1 << 9, "the shift above");

static inline uint64_t folded(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/// Over everything that decides the stack, and the stack itself; false if a word is not within the stack. The products
/// do not wait for each other; a word's factor depends on its place.
static inline bool sum_up(uint64_t base, uint64_t high, uint32_t forgotten, uint32_t stack, uint16_t count,
                          const uint16_t *offsets, uint64_t *result) {
    uint64_t numbers = (uint64_t)stack << 32 | forgotten;
    uint64_t sum = folded(base ^ 0xe220a8397b1dcdaf, high ^ 0x6e789e6aa1b965f4) +
                   folded(numbers ^ 0x06c45d188009454f, count ^ 0xf88bb8a8724c81ec);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset = DW_GET(offsets[i]), address = base + offset * 8;
        if (DW_UNLIKELY(address >= high)) return false;
        uint64_t word = DW_GET(*(const uint64_t *)address);
        sum += folded(word ^ 0x1b39896a51a8749b, (offset + 1 + i * 65536u) * 0x9e3779b97f4a7c15u);
    }
    *result = sum;
    return true;
}

uint32_t dw_trail_find(uint64_t base, uint64_t high) {
    const struct kept *kept = place_of(base);
    if (DW_GET(kept->base) != base) return 0;
    uint32_t stack = DW_GET(kept->stack);
    uint16_t count = DW_GET(kept->count);
    uint64_t sum, wanted = DW_GET(kept->sum);
    if (count > DW_TRAIL_WORDS || !sum_up(base, high, dw_unwind_forgotten(), stack, count, kept->offsets, &sum)) return 0;
    return sum == wanted ? stack : 0;
}

void dw_trail_keep(const struct dw_trail *trail, uint32_t stack) {
    uint64_t sum;
    // With the count before the walk: what has been forgotten since, also while this runs, makes the trail no good.
    if (trail->is_lost || stack == 0 ||
        !sum_up(trail->base, trail->high, trail->forgotten, stack, trail->count, trail->offsets, &sum))
        return;
    struct kept *kept = place_of(trail->base);
    DW_PUT(kept->base, trail->base);
    DW_PUT(kept->stack, stack);
    DW_PUT(kept->count, trail->count);
    for (uint32_t i = 0; i < trail->count; i++) DW_PUT(kept->offsets[i], trail->offsets[i]);
    DW_PUT(kept->sum, sum);
}
