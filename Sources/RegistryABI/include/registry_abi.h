/// The registry: what libdeadwait.so records in the memory of the process it is loaded in.
///
/// One contiguous mapping: a header, then areas of fixed-size records. The runtime writes it, the analyzer reads it
/// from outside (a live process, a core, a file that survived its process) at any moment and without locks.
/// This header is all that the two sides share. Integers are little-endian, in the target's own width as written here;
/// every offset is held by a _Static_assert in registry_abi.c.
///
/// How to read a record that may be changing: `sequence` is odd while its owner changes the record and has changed
/// between two reads if the record has. Read the sequence, the record, and the sequence again: believe the record only
/// if both are equal and even. A sequence that stays odd belongs to a thread that was stopped or killed in the middle:
/// nothing of that record may be believed. A field said to be "atomic" is a single aligned word that may change at any
/// time and is right by itself.
///
/// Times are nanoseconds of CLOCK_MONOTONIC, 0 where there is none. Addresses are the target's. A stack, a text or a
/// start routine is the number of its record in its area plus one, 0 where there is none.
#ifndef DEADWAIT_REGISTRY_ABI_H
#define DEADWAIT_REGISTRY_ABI_H

#include <stdint.h>

#define DW_REGISTRY_MAGIC "DEADWAIT-REGIST" // 16 bytes with its zero
#define DW_REGISTRY_VERSION 1u
/// The dynamic symbol of the runtime library by which the registry is found: a `struct dw_registry_beacon`.
#define DW_REGISTRY_BEACON_SYMBOL "deadwait_registry_beacon"
#define DW_BEACON_MAGIC "DEADWAIT-BEACON"

/// Where the registry is: static data of the library, so that it stands in every core and at a known symbol.
struct dw_registry_beacon {
    char magic[16];
    uint32_t version;
    uint32_t size;    // of this structure, in bytes
    uint64_t address; // of the registry's header, 0 until it is mapped
    uint64_t bytes;   // of the whole mapping
    uint32_t pid;     // whose registry it is: another pid's in a child that was made without fork handlers
    uint32_t padding;
};

/// What an area holds. A reader skips the kinds that it does not know.
enum dw_area_kind {
    DW_AREA_NONE = 0,
    DW_AREA_THREADS = 1,     // dw_thread_record
    DW_AREA_ACTIVITIES = 2,  // dw_activity_record, followed by `events` events; same index as the thread's
    DW_AREA_OBJECTS = 3,     // dw_object_record
    DW_AREA_STACKS = 4,      // dw_stack_record
    DW_AREA_STARTS = 5,      // dw_start_record
    DW_AREA_TEXTS = 6,       // dw_text_record
    DW_AREA_DECLARATIONS = 7, // dw_declaration_record
    DW_AREA_PENDING = 8,     // dw_pending_record
    DW_AREA_FAILURES = 9,    // dw_failure_record
    DW_AREA_MODULES = 10,    // dw_module_record
    DW_AREA_HELD = 11,       // dw_held_record; same index as the thread's; only with DEADWAIT_LOCKS=1
    DW_AREA_ORDERS = 12,     // dw_order_record; only with DEADWAIT_LOCKS=1
    DW_AREA_ABANDONED = 13,  // dw_abandoned_record; only with DEADWAIT_LOCKS=1
    DW_AREA_EXITED = 14,     // the runtime's own queue of slots to use again: not for readers
    DW_AREA_KINDS = 16,
};

struct dw_area {
    uint32_t kind;
    uint32_t record_size; // bytes
    uint32_t capacity;    // records
    uint32_t padding;
    uint64_t offset; // from the header, bytes
};

/// What was counted, or lost because a table was full. Atomic words.
enum dw_counter {
    DW_COUNT_THREADS = 0,         // threads ever registered
    DW_COUNT_EXITED = 1,          // of these, ended
    DW_COUNT_THREADS_DROPPED = 2, // threads that found no slot: the registry knows nothing of them
    DW_COUNT_SLOTS_REUSED = 3,    // exited threads whose record was given to another
    DW_COUNT_FAILURES = 4,        // thread creations that failed, ever
    DW_COUNT_OBJECTS_DROPPED = 5, // objects whose record was given to another while they may still be in use
    DW_COUNT_STACKS_DROPPED = 6,
    DW_COUNT_STARTS_DROPPED = 7,
    DW_COUNT_TEXTS_DROPPED = 8,
    DW_COUNT_DECLARATIONS_DROPPED = 9,
    DW_COUNT_PENDING_DROPPED = 10,
    DW_COUNT_MODULES_DROPPED = 11,
    DW_COUNT_HELD_DROPPED = 12,  // acquisitions beyond DW_HELD locks of one thread
    DW_COUNT_ORDERS_DROPPED = 13,
    DW_COUNT_ABANDONED_DROPPED = 14,
    DW_COUNT_INVERSIONS = 15, // lock orders seen in both directions
    DW_COUNTERS = 32,
};

enum dw_registry_flag {
    DW_REGISTRY_LOCKS = 1,      // made by libdeadwait-locks.so: held locks and orders are recorded
    DW_REGISTRY_FILE = 2,       // a mapping of the file named by DEADWAIT_REGISTRY
    DW_REGISTRY_FORK_CHILD = 4, // started afresh in a fork child
};

struct dw_registry_header {
    char magic[16];
    uint32_t version;
    uint32_t header_size;  // bytes
    uint64_t total_size;   // bytes, header and areas
    uint64_t base_address; // where the header is mapped in the target
    uint32_t pid;
    uint32_t parent_pid; // with DW_REGISTRY_FORK_CHILD: the process it was forked from
    uint32_t flags;      // dw_registry_flag
    uint32_t events;     // events of an activity
    uint64_t start_monotonic;
    uint64_t start_realtime; // the same instant as nanoseconds since the epoch
    uint32_t threads_used;   // atomic: thread records from this index on were never used
    uint32_t forks;          // generations of fork since the program was started
    char runtime[40];        // the library's name and version, for people
    struct dw_area areas[DW_AREA_KINDS];
    uint64_t counters[DW_COUNTERS];
};

#include "registry_records.h"

#endif
