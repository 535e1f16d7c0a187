/* The records have no holes, so that equal maps are equal bytes. */
#include "signal_map.h"

_Static_assert(sizeof(struct dwm_header) == 88, "header");
_Static_assert(sizeof(struct dwm_section) == 24, "section");
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
_Static_assert(sizeof(struct dwm_slot) == 24, "slot");
_Static_assert(sizeof(struct dwm_source) == 32, "source");
