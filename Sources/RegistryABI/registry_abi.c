#include "registry_abi.h"

#include <stddef.h>

// The layout is a promise between a runtime and an analyzer that may be of different builds: each offset is held here.
#define HOLDS(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
#define SIZED(type, size) _Static_assert(sizeof(struct type) == (size), #type)

HOLDS(dw_registry_beacon, version, 16);
HOLDS(dw_registry_beacon, address, 24);
HOLDS(dw_registry_beacon, bytes, 32);
HOLDS(dw_registry_beacon, pid, 40);
SIZED(dw_registry_beacon, 48);

SIZED(dw_area, 24);
HOLDS(dw_registry_header, version, 16);
HOLDS(dw_registry_header, header_size, 20);
HOLDS(dw_registry_header, total_size, 24);
HOLDS(dw_registry_header, base_address, 32);
HOLDS(dw_registry_header, pid, 40);
HOLDS(dw_registry_header, parent_pid, 44);
HOLDS(dw_registry_header, flags, 48);
HOLDS(dw_registry_header, events, 52);
HOLDS(dw_registry_header, start_monotonic, 56);
HOLDS(dw_registry_header, start_realtime, 64);
HOLDS(dw_registry_header, threads_used, 72);
HOLDS(dw_registry_header, forks, 76);
HOLDS(dw_registry_header, runtime, 80);
HOLDS(dw_registry_header, areas, 120);
HOLDS(dw_registry_header, counters, 504);
SIZED(dw_registry_header, 760);

HOLDS(dw_thread_record, serial, 8);
HOLDS(dw_thread_record, tid, 16);
HOLDS(dw_thread_record, creator_serial, 24);
HOLDS(dw_thread_record, handle, 32);
HOLDS(dw_thread_record, start_routine, 40);
HOLDS(dw_thread_record, created, 56);
HOLDS(dw_thread_record, exited, 64);
HOLDS(dw_thread_record, creation_stack, 72);
HOLDS(dw_thread_record, end, 76);
HOLDS(dw_thread_record, flags, 78);
HOLDS(dw_thread_record, role, 80);
HOLDS(dw_thread_record, name_text, 84);
HOLDS(dw_thread_record, name, 88);
SIZED(dw_thread_record, 104);

SIZED(dw_event, 16);
HOLDS(dw_activity_record, kind, 4);
HOLDS(dw_activity_record, flags, 5);
HOLDS(dw_activity_record, idle, 6);
HOLDS(dw_activity_record, object, 8);
HOLDS(dw_activity_record, mutex, 16);
HOLDS(dw_activity_record, since, 24);
HOLDS(dw_activity_record, timeout, 32);
HOLDS(dw_activity_record, stack, 40);
HOLDS(dw_activity_record, timeouts_in_a_row, 44);
HOLDS(dw_activity_record, waits, 48);
HOLDS(dw_activity_record, timeouts, 56);
HOLDS(dw_activity_record, event_count, 60);
SIZED(dw_activity_record, 64);

HOLDS(dw_object_record, sequence, 8);
HOLDS(dw_object_record, kind, 12);
HOLDS(dw_object_record, flags, 13);
HOLDS(dw_object_record, name, 14);
HOLDS(dw_object_record, init_stack, 16);
HOLDS(dw_object_record, waiting, 20);
HOLDS(dw_object_record, waits, 24);
HOLDS(dw_object_record, unheard, 56);
HOLDS(dw_object_record, last_signal, 64);
HOLDS(dw_object_record, last_signaller, 72);
HOLDS(dw_object_record, owner, 76);
HOLDS(dw_object_record, sites, 80);
HOLDS(dw_object_record, sites_recorded, 112);
HOLDS(dw_object_record, acquire_stack, 116);
HOLDS(dw_object_record, since, 120);
SIZED(dw_object_record, 128);

HOLDS(dw_stack_record, depth, 8);
HOLDS(dw_stack_record, frames, 16);
SIZED(dw_stack_record, 128);
HOLDS(dw_start_record, created, 8);
HOLDS(dw_start_record, role, 20);
SIZED(dw_start_record, 24);
SIZED(dw_text_record, 64);
HOLDS(dw_declaration_record, object, 8);
HOLDS(dw_declaration_record, a, 16);
HOLDS(dw_declaration_record, stack, 40);
HOLDS(dw_declaration_record, count, 44);
HOLDS(dw_declaration_record, since, 48);
SIZED(dw_declaration_record, 64);
HOLDS(dw_pending_record, sequence, 8);
HOLDS(dw_pending_record, since, 16);
HOLDS(dw_pending_record, tid, 24);
HOLDS(dw_pending_record, serial, 32);
HOLDS(dw_pending_record, context, 40);
HOLDS(dw_pending_record, dropped, 48);
SIZED(dw_pending_record, 64);
HOLDS(dw_failure_record, when, 8);
HOLDS(dw_failure_record, creator_tid, 32);
HOLDS(dw_failure_record, creator_serial, 40);
HOLDS(dw_failure_record, number, 48);
SIZED(dw_failure_record, 64);
HOLDS(dw_module_record, ready, 24);
HOLDS(dw_module_record, build_id, 32);
HOLDS(dw_module_record, path, 56);
SIZED(dw_module_record, 256);
SIZED(dw_held_lock, 16);
HOLDS(dw_held_record, locks, 16);
SIZED(dw_held_record, 256);
HOLDS(dw_order_record, tid, 32);
HOLDS(dw_order_record, when, 40);
SIZED(dw_order_record, 48);
HOLDS(dw_abandoned_record, tid, 24);
SIZED(dw_abandoned_record, 32);
