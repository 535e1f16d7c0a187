#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dw_hold.h"
#include "dw_real.h"
#include "dw_runtime.h"
#include "dw_thread.h"
#include "dw_unwind.h"

__thread struct dw_self dw_self __attribute__((tls_model("initial-exec")));

static pthread_key_t ending_key;
static bool has_ending_key;
static uint64_t next_serial;

// The queue of exited slots: a bounded queue for many producers and consumers (D. Vyukov's design), each cell a
// sequence and an index in one word. First in, first out: the thread that ended longest ago is forgotten first.
// A cell keeps its sequence less its own number, so that a fresh mapping's zeros are an empty queue.
static uint32_t exited_head __attribute__((aligned(64))), exited_tail __attribute__((aligned(64)));

void dw_exited_reset(void) {
    exited_head = exited_tail = 0;
    next_serial = 0;
}

static uint32_t dw_cell_sequence(uint64_t word, uint32_t cell) { return (uint32_t)(word >> 32) + cell; }

static uint64_t dw_cell_word(uint32_t sequence, uint32_t cell, uint32_t index) {
    return (uint64_t)(uint32_t)(sequence - cell) << 32 | index;
}

static void dw_exited_push(uint32_t index) {
    uint32_t mask = dw_areas.thread_capacity - 1, place = DW_GET(exited_tail);
    for (;;) {
        uint32_t number = place & mask;
        uint64_t *cell = &dw_areas.exited[number];
        int32_t ahead = (int32_t)(dw_cell_sequence(DW_GET_ACQUIRE(*cell), number) - place);
        if (ahead < 0) return; // full: cannot be, there are as many cells as slots
        if (ahead == 0 && __atomic_compare_exchange_n(&exited_tail, &place, place + 1, true, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED)) {
            DW_PUT_RELEASE(*cell, dw_cell_word(place + 1, number, index));
            return;
        }
        if (ahead > 0) place = DW_GET(exited_tail);
    }
}

static bool dw_exited_pop(uint32_t *index) {
    uint32_t mask = dw_areas.thread_capacity - 1, place = DW_GET(exited_head);
    for (;;) {
        uint32_t number = place & mask;
        uint64_t *cell = &dw_areas.exited[number], there = DW_GET_ACQUIRE(*cell);
        int32_t ahead = (int32_t)(dw_cell_sequence(there, number) - (place + 1));
        if (ahead < 0) return false;
        if (ahead == 0 && __atomic_compare_exchange_n(&exited_head, &place, place + 1, true, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED)) {
            *index = (uint32_t)there;
            DW_PUT_RELEASE(*cell, dw_cell_word(place + mask + 1, number, 0));
            return true;
        }
        if (ahead > 0) place = DW_GET(exited_head);
    }
}

static struct dw_activity_record *dw_activity(uint32_t index) {
    return (struct dw_activity_record *)(dw_areas.activities + (uint64_t)index * dw_areas.activity_size);
}

bool dw_slot_take(uint32_t *index) {
    struct dw_registry_header *header = dw_areas.header;
    uint32_t used = DW_GET(header->threads_used);
    while (used < dw_areas.thread_capacity)
        if (__atomic_compare_exchange_n(&header->threads_used, &used, used + 1, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            *index = used;
            return true;
        }
    if (dw_exited_pop(index)) {
        if (DW_GET(dw_areas.threads[*index].state) == DW_THREAD_EXITED) dw_count(DW_COUNT_SLOTS_REUSED);
        return true;
    }
    dw_count(DW_COUNT_THREADS_DROPPED);
    return false;
}

void dw_slot_return(uint32_t index) {
    struct dw_thread_record *record = &dw_areas.threads[index];
    uint32_t token = dw_change_begin(&record->sequence);
    DW_PUT(record->state, DW_THREAD_FREE);
    dw_change_end(&record->sequence, token);
    dw_exited_push(index);
}

void dw_slot_fill(uint32_t index, const struct dw_thread_facts *facts) {
    struct dw_thread_record *record = &dw_areas.threads[index];
    struct dw_activity_record *activity = dw_activity(index);
    uint32_t token = dw_change_begin(&activity->sequence);
    DW_PUT(activity->kind, DW_KIND_NONE);
    DW_PUT(activity->waits, 0);
    DW_PUT(activity->timeouts, 0);
    DW_PUT(activity->timeouts_in_a_row, 0);
    DW_PUT(activity->event_count, 0);
    dw_change_end(&activity->sequence, token);

    token = dw_change_begin(&record->sequence);
    DW_PUT(record->state, facts->state);
    DW_PUT(record->serial, DW_ADD(next_serial, 1) + 1);
    DW_PUT(record->tid, facts->tid);
    DW_PUT(record->creator_tid, facts->creator_tid);
    DW_PUT(record->creator_serial, facts->creator_serial);
    DW_PUT(record->handle, facts->handle);
    DW_PUT(record->start_routine, facts->start_routine);
    DW_PUT(record->argument, facts->argument);
    DW_PUT(record->created, dw_now());
    DW_PUT(record->exited, 0);
    DW_PUT(record->creation_stack, facts->creation_stack);
    DW_PUT(record->end, DW_END_NONE);
    DW_PUT(record->flags, facts->flags);
    DW_PUT(record->role, 0);
    DW_PUT(record->name_text, 0);
    memset(record->name, 0, sizeof record->name);
    dw_change_end(&record->sequence, token);
    dw_count(DW_COUNT_THREADS);
}

/// Makes the calling thread the owner of a slot.
static void dw_self_take(uint32_t index, uint32_t start) {
    struct dw_self *self = &dw_self;
    struct dw_thread_record *record = &dw_areas.threads[index];
    *self = (struct dw_self){.activity = dw_activity(index),
                             .held = dw_areas.held != 0 ? &dw_areas.held[index] : 0,
                             .serial = record->serial,
                             .tid = DW_GET(record->tid),
                             .start = start,
                             .index = index,
                             .stack_low = self->stack_low,
                             .stack_high = self->stack_high};
    if (self->held != 0) DW_PUT(self->held->depth, 0);
    if (has_ending_key) pthread_setspecific(ending_key, self);
    self->record = record;
}

struct dw_self *dw_register_late(void) {
    struct dw_self *self = &dw_self;
    uint32_t index;
    if (!dw_is_recording() || self->refused || self->paused) return 0;
    // A signal handler that comes in here while the thread is being registered records nothing.
    self->paused = 1;
    if (!dw_slot_take(&index)) {
        self->paused = 0;
        self->refused = 1;
        return 0;
    }
    struct dw_thread_facts facts = {.state = DW_THREAD_RUNNING,
                                    .tid = (uint32_t)gettid(),
                                    .handle = (uint64_t)pthread_self(),
                                    .flags = DW_THREAD_LATE};
    dw_slot_fill(index, &facts);
    dw_self_take(index, 0);
    return self;
}

// How far behind its pthread_t the tid of a thread stands; 0 while not known.
static uint32_t tid_offset;

/// glibc tells libthread_db by a record of three numbers: the field's bits, how many there are, and its offset
/// (nptl_db/structs.def). Believed if the calling thread's own tid stands there.
static void dw_find_tid(void) {
    enum { FARTHEST = 4092 }; // struct pthread has 2304 bytes in glibc 2.36
    const uint32_t *field = dlsym(RTLD_DEFAULT, "_thread_db_pthread_tid");
    if (field == 0 || field[0] != 32 || field[1] != 1 || field[2] > FARTHEST || field[2] % 4 != 0) return;
    const uint32_t *tid = (const uint32_t *)((uintptr_t)pthread_self() + field[2]);
    if (*tid == (uint32_t)gettid()) tid_offset = field[2];
}

/// Without a system call in a thread that pthread_create made: the kernel has written its tid there before it runs
/// (CLONE_PARENT_SETTID, clone(2); sysdeps/unix/sysv/linux/createthread.c until 2.33, nptl/pthread_create.c since).
static uint32_t dw_tid_of_new_thread(void) {
    if (tid_offset == 0) return (uint32_t)gettid();
    return *(const uint32_t *)((uintptr_t)pthread_self() + tid_offset);
}

extern void *__libc_stack_end; // ld.so, GLIBC_2.2.5: the initial thread's outermost stack address

void dw_register_main(uint32_t flags) {
    uint32_t index;
    dw_unwind_refresh();
    struct dw_self *self = &dw_self;
    *self = (struct dw_self){.stack_low = self->stack_low, .stack_high = self->stack_high};
    if (!has_ending_key) has_ending_key = pthread_key_create(&ending_key, dw_thread_ending) == 0;
    if (self->stack_high == 0) {
        dw_find_tid();
        enum { MOST = 64 << 20 }; // an unlimited stack has no low end, and other mappings may come below
        struct rlimit limit;
        uint64_t size = MOST;
        if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < size) size = limit.rlim_cur;
        self->stack_high = (uint64_t)(uintptr_t)__libc_stack_end;
        self->stack_low = self->stack_high - size;
    }
    if (!dw_slot_take(&index)) return;
    struct dw_thread_facts facts = {.state = DW_THREAD_RUNNING,
                                    .tid = (uint32_t)gettid(),
                                    .handle = (uint64_t)pthread_self(),
                                    .flags = (uint16_t)flags};
    dw_slot_fill(index, &facts);
    dw_self_take(index, 0);
}

void dw_thread_begins(const struct dw_launch *launch, uint64_t stack_high) {
    dw_self.stack_high = stack_high;
    dw_self.stack_low = stack_high - launch->stack_size;
    if (launch->index == DW_NO_SLOT) { // counted as dropped when it was created
        dw_self.refused = 1;
        return;
    }
    struct dw_thread_record *record = &dw_areas.threads[launch->index];
    uint32_t token = dw_change_begin(&record->sequence);
    DW_PUT(record->state, DW_THREAD_RUNNING);
    DW_PUT(record->tid, dw_tid_of_new_thread());
    DW_PUT(record->handle, (uint64_t)pthread_self());
    dw_change_end(&record->sequence, token);
    dw_self_take(launch->index, launch->start);
}

void dw_thread_leaves(enum dw_thread_end end) {
    struct dw_self *self = &dw_self;
    if (self->record == 0) return;
    if (self->ended == DW_END_NONE) self->ended = (uint8_t)end;
    uint32_t token = dw_change_begin(&self->record->sequence);
    DW_PUT(self->record->state, DW_THREAD_ENDING);
    DW_PUT(self->record->end, self->ended);
    dw_change_end(&self->record->sequence, token);
}

/// The destructor of the thread-specific key. Destructors of the program may still wait and signal, and may run after
/// this one: it asks to be called again once, and then for as long as there was anything to record, up to the last
/// round that POSIX grants (PTHREAD_DESTRUCTOR_ITERATIONS). Each round makes glibc look at all keys (2.36,
/// nptl/nptl_deallocate_tsd.c): some 500 instructions, which every thread's end would pay for.
void dw_thread_ending(void *value) {
    struct dw_self *self = value;
    struct dw_thread_record *record = self->record;
    if (record == 0) return;
    uint32_t events = DW_GET(self->activity->event_count);
    bool is_quiet = self->rounds > 0 && events == self->events_at_round;
    self->events_at_round = events;
    if (!is_quiet && ++self->rounds < 4 && pthread_setspecific(ending_key, self) == 0) return;
    uint64_t now = dw_now();
    dw_held_thread_ended(self);
    dw_event(self, DW_EVENT_EXIT, 0, self->ended, now);
    struct dw_activity_record *activity = self->activity;
    uint32_t token = dw_change_begin(&activity->sequence);
    DW_PUT(activity->kind, DW_KIND_NONE);
    dw_change_end(&activity->sequence, token);
    if (self->start != 0) DW_ADD(dw_areas.starts[self->start - 1].live, (uint32_t)-1);
    dw_count(DW_COUNT_EXITED);
    self->record = 0;
    self->refused = 1;
    token = dw_change_begin(&record->sequence);
    DW_PUT(record->state, DW_THREAD_EXITED);
    DW_PUT(record->exited, now);
    DW_PUT(record->end, self->ended);
    dw_change_end(&record->sequence, token);
    dw_exited_push(self->index);
}

struct dw_self *dw_self_of(uint64_t handle) {
    // Static TLS stands at the same distance from every thread's pthread_t (ELF TLS variant II, and glibc's pthread_t
    // is the thread pointer): right as long as the thread has not been joined or, detached, ended.
    return (struct dw_self *)(uintptr_t)(handle + ((uint64_t)(uintptr_t)&dw_self - (uint64_t)pthread_self()));
}

struct dw_thread_record *dw_record_of(uint64_t handle) {
    struct dw_self *mine = dw_enter();
    if (mine == 0) return 0;
    // A thread that has ended leaves its number and its slot behind until it is joined.
    const struct dw_self *other = dw_self_of(handle);
    uint64_t serial = other->serial;
    uint32_t index = other->index;
    if (serial == 0) {
        // Not running yet.
        if (mine->created_handle != handle) return 0;
        index = mine->created_index;
        struct dw_thread_record *record = &dw_areas.threads[index];
        uint64_t there = DW_GET(record->handle);
        return there == handle || there == 0 ? record : 0;
    }
    if (index >= dw_areas.thread_capacity) return 0;
    struct dw_thread_record *record = &dw_areas.threads[index];
    return DW_GET(record->serial) == serial ? record : 0;
}
