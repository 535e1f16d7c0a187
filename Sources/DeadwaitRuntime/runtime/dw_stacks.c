#include "dw_stacks.h"

#include <stdbool.h>

/// Places that are looked at before a table counts as full for a stack: beyond that a full table would cost the time of
/// a search through all of it.
enum { PROBES = 128 };

static inline uint64_t folded(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/// Two frames a multiplication, none waiting for another (the construction of wyhash, Wang Yi 2019, with one factor a
/// position). The numbers are the first outputs of splitmix64 from 0.
static uint64_t hash(const uint64_t *frames, uint32_t depth, uint32_t flags) {
    static const uint64_t factors[DW_STACK_FRAMES] = {
        0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec, 0x1b39896a51a8749b,
        0x53cb9f0c747ea2ea, 0x2c829abe1f4532e1, 0xc584133ac916ab3c, 0x3ee5789041c98ac3, 0xf3b8488c368cb0a6,
        0x657eecdd3cb13d09, 0xc2d326e0055bdef6, 0x8621a03fe0bbdb7b, 0x8e1f7555983aa92f,
    };
    uint64_t sum = folded(depth ^ factors[0], flags ^ factors[1]);
    uint32_t i = 0;
    for (; i + 2 <= depth; i += 2) sum += folded(frames[i] ^ factors[i], frames[i + 1] ^ factors[i + 1]);
    if (i < depth) sum += folded(frames[i] ^ factors[i], factors[i + 1]);
    sum ^= sum >> 32;
    return sum != 0 ? sum : 1;
}

/// Whether a complete record holds this stack.
static inline bool holds(const struct dw_stack_record *record, const uint64_t *frames, uint32_t depth,
                         uint32_t flags) {
    uint64_t difference = (record->depth ^ depth) | (record->flags ^ flags);
    for (uint32_t i = 0; i < depth; i++) difference |= record->frames[i] ^ frames[i];
    return difference == 0;
}

uint32_t dw_stack_intern(struct dw_stack_record *records, uint32_t capacity, const uint64_t *frames, uint32_t depth,
                         uint32_t flags, uint64_t *dropped) {
    if (depth == 0) return 0;
    if (depth > DW_STACK_FRAMES) {
        depth = DW_STACK_FRAMES;
        flags |= DW_STACK_TRUNCATED;
    }
    uint64_t wanted = hash(frames, depth, flags);
    uint32_t probes = capacity < PROBES ? capacity : PROBES;
    uint32_t index = (uint32_t)((wanted >> 32) * capacity >> 32);
    for (uint32_t probe = 0; probe < probes; probe++, index = index + 1 == capacity ? 0 : index + 1) {
        struct dw_stack_record *record = &records[index];
        uint64_t found = __atomic_load_n(&record->hash, __ATOMIC_RELAXED);
        if (found == 0 && __atomic_compare_exchange_n(&record->hash, &found, wanted, false, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED)) {
            record->flags = flags;
            for (uint32_t i = 0; i < depth; i++) record->frames[i] = frames[i];
            __atomic_store_n(&record->depth, depth, __ATOMIC_RELEASE);
            return index + 1;
        }
        if (found != wanted) continue;
        // A record that another thread is still writing cannot be compared, and cannot be waited for: that thread may
        // have been interrupted, by this one's signal handler even. It counts as equal by its 64-bit hash.
        if (__atomic_load_n(&record->depth, __ATOMIC_ACQUIRE) == 0 || holds(record, frames, depth, flags))
            return index + 1;
    }
    __atomic_fetch_add(dropped, 1, __ATOMIC_RELAXED);
    return 0;
}
