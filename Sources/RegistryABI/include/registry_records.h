/// The records of the registry's areas: see registry_abi.h for how to read them.
#ifndef DEADWAIT_REGISTRY_RECORDS_H
#define DEADWAIT_REGISTRY_RECORDS_H

#include <stdint.h>

enum {
    DW_EVENTS_DEFAULT = 8,
    DW_STACK_FRAMES = 14,
    DW_TEXT_BYTES = 60,
    DW_SITES = 4,
    DW_HELD = 15,
    DW_NAME_BYTES = 16,
    DW_MODULE_PATH_BYTES = 200,
    DW_BUILD_ID_BYTES = 20,
};

enum dw_thread_state {
    DW_THREAD_FREE = 0,
    DW_THREAD_CREATED = 1, // pthread_create has it in hand: no tid yet
    DW_THREAD_RUNNING = 2,
    DW_THREAD_ENDING = 3, // its start routine is over; destructors of thread-specific data may still run
    DW_THREAD_EXITED = 4,
};

enum dw_thread_end {
    DW_END_NONE = 0,
    DW_END_RETURNED = 1,
    DW_END_PTHREAD_EXIT = 2,
    DW_END_CANCELLED = 3,
};

enum dw_thread_flag {
    DW_THREAD_DETACHED = 1,
    DW_THREAD_LATE = 2,   // not made by a pthread_create that the runtime saw: no creator, no start routine
    DW_THREAD_MAIN = 4,   // the initial thread of the process
    DW_THREAD_CANCEL_ASKED = 8,
    DW_THREAD_JOINED = 16,
};

struct dw_thread_record {
    uint32_t sequence;
    uint32_t state;  // dw_thread_state
    uint64_t serial; // 1 for the first thread registered, never used twice
    uint32_t tid;    // in the target's pid namespace
    uint32_t creator_tid;
    uint64_t creator_serial; // 0 unknown
    uint64_t handle;         // pthread_t
    uint64_t start_routine;
    uint64_t argument;
    uint64_t created;
    uint64_t exited;
    uint32_t creation_stack;
    uint16_t end;   // dw_thread_end
    uint16_t flags; // dw_thread_flag
    uint32_t role;  // text
    uint32_t name_text; // a name longer than `name` holds, or given by the engine; 0: `name` is all
    char name[DW_NAME_BYTES]; // as pthread_setname_np took it; ends with a zero
};

/// What a thread waits for, and what kind an object is.
enum dw_kind {
    DW_KIND_NONE = 0,
    DW_KIND_CONDITION = 1,
    DW_KIND_MUTEX = 2,
    DW_KIND_RWLOCK_READ = 3,
    DW_KIND_RWLOCK_WRITE = 4,
    DW_KIND_SEMAPHORE = 5,
    DW_KIND_BARRIER = 6,
    DW_KIND_JOIN = 7, // the object is the pthread_t
    DW_KIND_ONCE = 8,
    DW_KIND_FUTEX = 9,       // futex(2) called by the program itself: Swift, Rust, libdispatch, C++ atomics
    DW_KIND_ENGINE_LOCK = 10, // declared with deadwait.h
    DW_KIND_ENGINE_CONDITION = 11,
    DW_KIND_CONTINUATION = 12,
    DW_KIND_SPIN = 13,
};

enum dw_wait_flag {
    DW_WAIT_TIMED = 1,
    DW_WAIT_IDLE = 2,   // the engine says that nobody is owed an answer here: `idle` is its reason
    DW_WAIT_NESTED = 4, // in a signal handler that interrupted another wait
    DW_WAIT_SHARED = 8, // as a reader
};

/// An event, two words: the time and the kind, the object and the outcome.
/// `when` is `time << 8 | kind`, the time in nanoseconds since `start_monotonic`; `what` is `object << 16 | outcome`,
/// with the object's low 48 bits, and the outcome an errno value or 0.
struct dw_event {
    uint64_t when;
    uint64_t what;
};

enum dw_event_kind {
    DW_EVENT_NONE = 0,
    DW_EVENT_WAIT = 0x10,   // plus dw_kind: a wait began
    DW_EVENT_WAKE = 0x20,   // plus dw_kind: it ended; outcome: 0 or the errno
    DW_EVENT_SIGNAL = 0x30, // plus dw_kind: signalled, posted, released to one
    DW_EVENT_BROADCAST = 0x40,
    DW_EVENT_CREATE = 0x50, // created a thread; object: its pthread_t; outcome: errno
    DW_EVENT_EXIT = 0x51,
    DW_EVENT_ACQUIRE = 0x60, // plus dw_kind: an engine's lock
    DW_EVENT_RELEASE = 0x70,
};

/// What a thread does now. Written by that thread alone.
///
/// The events follow: number `n` of all that the thread has had stands at `n % header.events`. The slot at
/// `event_count % header.events` may be half written: never believe it. Read `event_count` before and after.
struct dw_activity_record {
    uint32_t sequence;
    uint8_t kind;  // dw_kind, DW_KIND_NONE: it does not wait
    uint8_t flags; // dw_wait_flag
    uint16_t idle; // text
    uint64_t object;
    uint64_t mutex; // that goes with a condition; 0 otherwise
    uint64_t since;
    uint64_t timeout; // nanoseconds from `since`, 0 without one, also where the time has already passed
    uint32_t stack;
    uint32_t timeouts_in_a_row; // waits on this same object that ended by timeout since one ended otherwise
    uint64_t waits;             // ever, of this thread
    uint32_t timeouts;          // of these, ended by timeout (wraps)
    uint32_t event_count;       // atomic (wraps)
    // struct dw_event events[header.events];
};

struct dw_site {
    uint32_t stack; // atomic with `start`: one 64-bit word
    uint32_t start; // start routine of the thread that did it
};

enum dw_object_flag {
    DW_OBJECT_INIT_SEEN = 1, // its initialisation was seen: `since` and `init_stack`
    DW_OBJECT_SHARED = 2,    // process-shared: other processes may signal it
    DW_OBJECT_ENGINE_WAKES = 4, // its engine drops signals before they reach libc: the counts are far too low
};

/// A condition, semaphore, barrier, engine's lock or other thing that threads wait for and others release.
///
/// `address` is atomic, 0 where the record is free; the counters are atomic words. `sequence` is odd while the record
/// is being given to another object, and the rest is right for `address` if it was even and equal before and after.
/// Signals that an engine swallows before it calls libc are not seen: every count is a lower bound.
struct dw_object_record {
    uint64_t address;
    uint32_t sequence;
    uint8_t kind;
    uint8_t flags;
    uint16_t name; // text
    uint32_t init_stack;
    uint32_t waiting; // threads in a wait on it now
    uint64_t waits;
    uint64_t timeouts;
    uint64_t signals;    // pthread_cond_signal, sem_post, futex wake of one, engine's release
    uint64_t broadcasts; // pthread_cond_broadcast, barrier opened, futex wake of all
    uint64_t unheard;    // signals and broadcasts while nobody waited
    uint64_t last_signal;
    uint32_t last_signaller; // tid
    uint32_t owner;          // tid, of an engine's lock held exclusively; 0 free or shared
    struct dw_site sites[DW_SITES]; // distinct signalling (of a lock: acquiring) call sites, a ring
    uint32_t sites_recorded;        // ever: beyond DW_SITES the oldest were dropped
    uint32_t acquire_stack;         // of an engine's lock
    uint64_t since; // of an engine's lock: last acquired; else initialised, or without DW_OBJECT_INIT_SEEN first met
};

enum dw_stack_flag {
    DW_STACK_TRUNCATED = 1, // more frames than the record holds
    DW_STACK_NO_RULE = 2,   // ended at code without usable unwind information
    DW_STACK_FOREIGN = 4,   // not on the thread's own stack (a coroutine, an alternate signal stack): one frame only
    DW_STACK_FRAME_POINTER = 8, // at least one step by the frame pointer
    DW_STACK_UNKNOWN_MODULE = 16, // ended at code of no loaded module (made at run time, or not code at all)
    DW_STACK_OUT_OF_BOUNDS = 32,  // ended where the next frame would not lie further out on the thread's own stack
    DW_STACK_SIGNAL = 64, // leads through a signal handler: the frame after its return is an instruction's address
};

/// A call stack: return addresses, innermost first. Complete once `depth` is not 0 (atomic); never changed after that.
struct dw_stack_record {
    uint64_t hash;
    uint32_t depth;
    uint32_t flags; // dw_stack_flag
    uint64_t frames[DW_STACK_FRAMES];
};

/// A start routine and its threads. `address` is atomic and never changed once set; the counts are atomic.
struct dw_start_record {
    uint64_t address;
    uint32_t created; // ever
    uint32_t live;
    uint32_t failed; // creations that failed
    uint32_t role;   // text: the last role that a thread of it took
};

/// A text of the engine, cut at DW_TEXT_BYTES - 1. Complete once `hash` is not 0 (atomic); never changed after that.
struct dw_text_record {
    uint32_t hash;
    char text[DW_TEXT_BYTES];
};

enum dw_declaration_kind {
    DW_DECLARE_NONE = 0,
    DW_DECLARE_SIGNALLER = 1, // threads of role `text` signal `object`
    DW_DECLARE_PREDICATE = 2, // who waits on `object` waits for (*(`a`) & `b`) == `c`; `count` bytes wide
    // Who waits on `object` waits for `count` arrivals of role `text`; `a`: address of the number of arrivals, which is
    // `b` bytes wide, or 0.
    DW_DECLARE_QUORUM = 3,
    DW_DECLARE_EXPECTED = 4,  // `count` threads of role `text` are wanted; no object
    DW_DECLARE_API = 5,       // the thread `a` (tid), of serial `b`, is in an engine's call named `text`
};

struct dw_declaration_record {
    uint32_t sequence;
    uint16_t kind; // dw_declaration_kind
    uint16_t text;
    uint64_t object;
    uint64_t a;
    uint64_t b;
    uint64_t c;
    uint32_t stack; // where it was declared
    uint32_t count;
    uint64_t since;
    uint64_t reserved;
};

/// Something that somebody has promised to end: a continuation to resume, a promise to keep, an operation in a queue.
struct dw_pending_record {
    uint64_t id; // atomic; 0: free
    uint32_t sequence;
    uint16_t kind; // dw_kind
    uint16_t text; // what it is
    uint64_t since;
    uint32_t tid; // who created it
    uint32_t stack;
    uint64_t serial;  // of that thread
    uint64_t context; // e.g. the task that waits for it
    uint64_t dropped; // when whoever was to end it was freed without doing so: nobody can any more; 0 otherwise
    uint64_t reserved;
};

/// A thread creation that failed. A ring: number `n` of all stands at `n % capacity`.
struct dw_failure_record {
    uint32_t sequence;
    int32_t error; // errno value
    uint64_t when;
    uint64_t start_routine;
    uint64_t argument;
    uint32_t creator_tid;
    uint32_t stack;
    uint64_t creator_serial;
    uint64_t number; // which failure it is, from 0
    uint64_t reserved;
};

/// A module in which a recorded address lies, so that a registry file can be symbolized without its process.
struct dw_module_record {
    uint64_t start; // of its mappings
    uint64_t end;
    uint64_t bias;  // load address: added to the file's virtual addresses
    uint32_t ready; // atomic: 1 once the rest is complete
    uint32_t build_id_size; // bytes, 0 without one
    uint8_t build_id[DW_BUILD_ID_BYTES];
    uint8_t padding[4];
    char path[DW_MODULE_PATH_BYTES]; // cut at the front if longer; ends with a zero
};

struct dw_held_lock {
    uint64_t object;
    uint64_t site; // return address into the caller, low 48 bits; dw_kind in the high 16
};

/// The locks that a thread holds. Written by that thread alone, not covered by a sequence: entries below `depth` are
/// right unless the thread was between two instructions of a release; check them against the lock itself.
struct dw_held_record {
    uint32_t depth; // may exceed DW_HELD: the rest was not recorded
    uint32_t reserved[3];
    struct dw_held_lock locks[DW_HELD];
};

/// `second` was acquired while `first` was held.
///
/// `first` claims the record, `second` is written last: the rest is right once it is not 0.
struct dw_order_record {
    uint64_t first; // atomic; 0: free
    uint64_t second; // atomic; 0: not complete yet
    uint64_t first_site; // as dw_held_lock's: dw_kind in the high 16 bits
    uint64_t second_site;
    uint32_t tid;
    uint32_t inverted; // atomic; 1: the opposite order was seen too
    uint64_t when;     // first seen
};

enum dw_abandoned_reason { DW_ABANDONED_EXIT = 1, DW_ABANDONED_FORK = 2 };

/// A lock that was still held when its thread ended, or by a thread that did not survive a fork.
///
/// `object` is written last: the rest is right once it is not 0. A record is never written twice.
struct dw_abandoned_record {
    uint64_t object; // atomic; 0: free, or not complete yet
    uint64_t site;   // as dw_held_lock's: dw_kind in the high 16 bits
    uint64_t when;
    uint32_t tid;
    uint32_t reason; // dw_abandoned_reason
};

#endif
