/// What the files of the runtime share. Nothing here is for programs: that is deadwait.h.
///
/// Rules of a recording path (everything between a hook's entry and the libc function it stands for): no allocation,
/// no libc lock, no system call (clock_gettime through the vDSO), no errno changed, safe in a signal handler that
/// interrupted another recording path of the same thread.
#ifndef DEADWAIT_RUNTIME_H
#define DEADWAIT_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "registry_abi.h"

enum { DW_OBJECT_WAYS = 8 }; // records among which an object's address may stand

#define DW_LIKELY(x) __builtin_expect(!!(x), 1)
#define DW_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define DW_EXPORT __attribute__((visibility("default")))

#define DW_GET(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define DW_PUT(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)
#define DW_GET_ACQUIRE(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)
#define DW_PUT_RELEASE(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELEASE)
#define DW_ADD(field, value) __atomic_fetch_add(&(field), (value), __ATOMIC_RELAXED)

#pragma GCC visibility push(hidden)

/// The areas of the registry as pointers; all null until it is mapped.
struct dw_areas {
    struct dw_registry_header *header;
    struct dw_thread_record *threads;
    char *activities;
    struct dw_object_record *objects;
    struct dw_stack_record *stacks;
    struct dw_start_record *starts;
    struct dw_text_record *texts;
    struct dw_declaration_record *declarations;
    struct dw_pending_record *pending;
    struct dw_failure_record *failures;
    struct dw_module_record *modules;
    struct dw_held_record *held;
    struct dw_order_record *orders;
    struct dw_abandoned_record *abandoned;
    uint64_t *exited;
    uint32_t thread_capacity, activity_size, events, object_buckets;
    uint32_t stack_capacity, start_capacity, text_capacity, declaration_capacity;
    uint32_t pending_capacity, failure_capacity, module_capacity, order_capacity, abandoned_capacity;
};
extern struct dw_areas dw_areas;

/// What a thread keeps about itself. In initial-exec TLS: one load away.
struct dw_self {
    struct dw_thread_record *record; // null: not registered yet, or no slot was free
    struct dw_activity_record *activity;
    struct dw_held_record *held; // only with locks
    uint64_t serial;
    uint32_t tid;
    uint32_t start; // number of its start routine in the starts area
    uint32_t index; // of its slot
    uint8_t refused; // no slot was free, or the thread is past its end: record nothing
    uint8_t paused;  // record nothing while this is not 0 (in fork, in the runtime's own calls)
    uint16_t idle;   // text: the waits of this thread are idle ones, for this reason
    uint8_t ended;   // dw_thread_end, once known
    uint8_t rounds;  // of the destructor of thread-specific data
    struct dw_wait *wait; // the innermost wait that has begun
    uint64_t declared;    // object of an engine's wait in progress whose scope is not on the thread's stack
    struct dw_object_record *wait_object; // and what it waits for
    uint64_t last_object; // of the last wait, for timeouts in a row
    uint64_t stack_low; // the thread's stack: [low, high); both 0 if unknown
    uint64_t stack_high;
    uint64_t sites[4]; // call sites lately recorded by this thread, as hashes: see dw_signalled()
    uint64_t created_handle; // the thread that this one created last, and its slot
    uint32_t created_index;
    uint32_t events_at_round; // how many events there had been at the last round
};
extern __thread struct dw_self dw_self __attribute__((tls_model("initial-exec")));

// dw_registry.c

/// Maps the registry and finds libc's functions; does nothing the second time. Called by the constructor, and by a
/// hook that runs before it. Not async-signal-safe the first time.
void dw_initialise(void);
/// True once dw_initialise() has succeeded in mapping a registry.
static inline bool dw_is_recording(void) { return dw_areas.header != 0; }
static inline void dw_count(enum dw_counter counter) { DW_ADD(dw_areas.header->counters[counter], 1); }
/// Before and after fork(2) in the calling thread: see dw_fork.c.
void dw_begin_afresh_in_child(void);
/// CLOCK_MONOTONIC in nanoseconds; CLOCK_MONOTONIC_COARSE (a few milliseconds) for what happens too often to be timed.
uint64_t dw_now(void);
uint64_t dw_now_coarse(void);
/// One line to standard error with write(2), "deadwait: " before it. Async-signal-safe.
void dw_complain(const char *text);

// dw_threads.c

/// The calling thread's slot, made now if it has none; null if nothing is to be recorded. Async-signal-safe: a first
/// call registers with gettid(2) at most.
struct dw_self *dw_register_late(void);
static inline struct dw_self *dw_enter(void) {
    struct dw_self *self = &dw_self;
    if (DW_LIKELY(self->record != 0)) return DW_UNLIKELY(self->paused) ? 0 : self;
    return dw_register_late();
}
/// Number of a start routine in its area, 0 if the table is full.
uint32_t dw_start_number(uint64_t routine);

/// Registers the thread that runs dw_initialise(), or the one that a fork child begins with.
void dw_register_main(uint32_t flags);
/// Where the record of an exited thread may be used again.
void dw_exited_reset(void);

// dw_records.c: sequences, events, texts, stacks

/// Brackets a change of a record. The token goes from begin to end; a change inside a change of the same record (a
/// signal handler's) leaves the sequence odd until the outer one ends.
static inline uint32_t dw_change_begin(uint32_t *sequence) {
    uint32_t before = DW_GET(*sequence);
    if (!(before & 1)) DW_PUT(*sequence, before + 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    return before;
}
static inline void dw_change_end(uint32_t *sequence, uint32_t before) {
    if (!(before & 1)) DW_PUT_RELEASE(*sequence, before + 2);
}
/// Appends to the calling thread's events.
void dw_event(struct dw_self *self, uint8_t kind, uint64_t object, uint16_t outcome, uint64_t now);
/// Number of a text, the same for equal texts; 0 if null, empty or the table is full.
uint32_t dw_text_number(const char *text);
/// Finds the runtime's own code, whose frames are left out of stacks. Takes the loader's lock.
void dw_find_own_code(void);
/// Number of the calling thread's stack, without the frames of the runtime itself; 0 if nothing could be recorded.
uint32_t dw_stack_number(const struct dw_self *self);

/// Room for distinct call stacks.
enum { DW_STACKS = 8192 };
/// Forgets the numbers of stacks: the registry is a new one.
void dw_stacks_reset(void);

// dw_module_records.c

/// Finds out what the program is called, for its record. Makes a system call.
void dw_module_records_prepare(void);
/// Records the module that holds an instruction, if it is new: path, build id, bounds. Async-signal-safe.
void dw_module_note(uint64_t pc);

// dw_objects.c

/// The record of an object, made if there is none; null only while the registry is not mapped.
struct dw_object_record *dw_object(uint64_t address, enum dw_kind kind);
/// The record of an object if there is one.
struct dw_object_record *dw_object_if_known(uint64_t address);
void dw_object_initialised(uint64_t address, enum dw_kind kind, uint8_t flags);
void dw_object_destroyed(uint64_t address);
/// A signal (or post, or release) of an object by the code at `caller` (a return address); call before libc's function.
void dw_signalled(uint64_t address, enum dw_kind kind, bool broadcast, const void *caller);
/// Adds the calling thread's call site to the object's, if it is not among them. `hint` tells one site from another
/// cheaply: a return address.
void dw_record_site(struct dw_self *self, struct dw_object_record *object, uint64_t hint);

// dw_wait.c

/// A wait between its begin and its end; stands on the waiting thread's stack. A signal handler that waits in the
/// middle of another wait has its own and gives the thread's record back as it was.
struct dw_wait {
    struct dw_self *self; // null: nothing is recorded
    struct dw_wait *outer;
    struct dw_object_record *counted; // null: no object's counters were touched
    uint32_t counted_sequence;
    uint32_t stack;
    uint64_t check; // tells a live outer wait from what a longjmp left behind
    uint64_t object, mutex, since, timeout;
    uint8_t kind, flags;
    bool is_inner; // inside a wait that the engine declared, which stays to be seen
};
/// A wait is about to begin; `timeout` is in nanoseconds from now and read with DW_WAIT_TIMED only.
void dw_wait_begin(struct dw_wait *wait, enum dw_kind kind, uint64_t object, uint64_t mutex, uint8_t flags,
                   uint64_t timeout);
/// It ended with `error`, 0 or an errno value (ETIMEDOUT counts as a timeout). Keeps errno.
void dw_wait_end(struct dw_wait *wait, int error);
/// For pthread_cleanup_push around the wait: its thread was cancelled in it.
void dw_wait_cancelled(void *wait);
/// Nanoseconds from now to an absolute time of `clock`, 0 if it has passed or cannot be read.
uint64_t dw_time_left(clockid_t clock, const struct timespec *deadline);

#pragma GCC visibility pop

#endif
