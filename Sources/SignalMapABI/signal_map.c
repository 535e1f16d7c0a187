/* The records have no holes, so that equal maps are equal bytes. */
#include "signal_map.h"

#include <string.h>

_Static_assert(sizeof(struct dwm_header) == 120, "header");
_Static_assert(sizeof(struct dwm_section) == 24, "section");
_Static_assert(sizeof(struct dwm_class_place) == 24, "class place");
_Static_assert(sizeof(struct dwm_class_table) == 8, "class table");
_Static_assert(sizeof(struct dwm_variant) == 16, "variant");
_Static_assert(sizeof(struct dwm_variant_call) == 8, "variant call");
_Static_assert(sizeof(struct dwm_function) == 40, "function");
_Static_assert(sizeof(struct dwm_part) == 24, "part");
_Static_assert(sizeof(struct dwm_block) == 16, "block");
_Static_assert(sizeof(struct dwm_call) == 24, "call");
_Static_assert(sizeof(struct dwm_target_set) == 16, "target set");
_Static_assert(sizeof(struct dwm_operation) == 36, "operation");
_Static_assert(sizeof(struct dwm_hop) == 32, "hop");
_Static_assert(sizeof(struct dwm_member) == 24, "member");
_Static_assert(sizeof(struct dwm_store) == 40, "store");
_Static_assert(sizeof(struct dwm_loop) == 16, "loop");
_Static_assert(sizeof(struct dwm_predicate) == 40, "predicate");
_Static_assert(sizeof(struct dwm_cell) == 16, "cell");
_Static_assert(sizeof(struct dwm_slot) == 8, "slot");
_Static_assert(sizeof(struct dwm_source) == 32, "source");

uint64_t dwm_checksum(const void *bytes, uint64_t size, uint64_t seed) {
    const uint64_t prime = 0x100000001b3u;
    const unsigned char *place = bytes;
    uint64_t lanes[4];
    for (int lane = 0; lane < 4; lane++) lanes[lane] = (seed ^ 0xcbf29ce484222325u) + (uint64_t)lane;
    uint64_t words = size / 8;
    for (uint64_t index = 0; index < words; index++) {
        uint64_t word;
        memcpy(&word, place + index * 8, 8);
        uint64_t mixed = (lanes[index & 3] ^ word) * prime;
        /* The product moves bits up only: what was high comes back down. */
        lanes[index & 3] = mixed ^ mixed >> 29;
    }
    uint64_t result = size;
    for (int lane = 0; lane < 4; lane++) result = (result ^ lanes[lane]) * prime ^ lanes[lane] >> 32;
    return result;
}

int dwm_rises(const void *column, uint64_t stride, uint64_t count, uint32_t limit) {
    const unsigned char *place = column;
    uint32_t last = 0;
    uint32_t is_wrong = 0;
    for (uint64_t index = 0; index < count; index++) {
        uint32_t value;
        memcpy(&value, place + index * stride, 4);
        is_wrong |= value < last;
        last = value;
    }
    return !is_wrong && last <= limit;
}
