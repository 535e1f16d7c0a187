#define _GNU_SOURCE
#include <link.h>
#include <string.h>

#include "dw_runtime.h"
#include "dw_stacks.h"
#include "dw_trail.h"
#include "dw_unwind.h"

void dw_event(struct dw_self *self, uint8_t kind, uint64_t object, uint16_t outcome, uint64_t now) {
    struct dw_activity_record *activity = self->activity;
    uint32_t number = DW_GET(activity->event_count);
    struct dw_event *event = (struct dw_event *)(activity + 1) + (number & (dw_areas.events - 1));
    DW_PUT(event->when, (now - dw_areas.header->start_monotonic) << 8 | kind);
    DW_PUT(event->what, object << 16 | outcome);
    DW_PUT_RELEASE(activity->event_count, number + 1);
}

static uint32_t dw_text_hash(const char *text, size_t *length) {
    uint32_t hash = 2166136261u; // FNV-1a
    size_t count = 0;
    for (; text[count] != 0 && count < DW_TEXT_BYTES - 1; count++) hash = (hash ^ (uint8_t)text[count]) * 16777619u;
    *length = count;
    return hash != 0 ? hash : 1;
}

uint32_t dw_text_number(const char *text) {
    if (!dw_is_recording() || text == 0 || *text == 0) return 0;
    size_t length;
    uint32_t hash = dw_text_hash(text, &length), capacity = dw_areas.text_capacity;
    for (uint32_t probe = 0; probe < capacity; probe++) {
        uint32_t index = (hash + probe) & (capacity - 1);
        struct dw_text_record *record = &dw_areas.texts[index];
        uint32_t there = DW_GET_ACQUIRE(record->hash);
        if (there == 0) {
            // The bytes are claimed by their last one, the hash tells that they are all there. Whoever comes between
            // uses the next record: a text may stand twice, never half.
            char unclaimed = 0;
            if (!__atomic_compare_exchange_n(&record->text[DW_TEXT_BYTES - 1], &unclaimed, 1, false, __ATOMIC_ACQ_REL,
                                             __ATOMIC_RELAXED))
                continue;
            memcpy(record->text, text, length);
            record->text[DW_TEXT_BYTES - 1] = 0;
            DW_PUT_RELEASE(record->hash, hash);
            return index + 1;
        }
        if (there == hash && memcmp(record->text, text, length) == 0 && record->text[length] == 0) return index + 1;
    }
    dw_count(DW_COUNT_TEXTS_DROPPED);
    return 0;
}

uint32_t dw_start_number(uint64_t routine) {
    if (routine == 0) return 0;
    uint32_t capacity = dw_areas.start_capacity;
    uint32_t hash = (uint32_t)((routine >> 4) * 0x9e3779b97f4a7c15u >> 40);
    for (uint32_t probe = 0; probe < capacity; probe++) {
        uint32_t index = (hash + probe) & (capacity - 1);
        struct dw_start_record *record = &dw_areas.starts[index];
        uint64_t there = DW_GET(record->address);
        if (there == 0 && __atomic_compare_exchange_n(&record->address, &there, routine, false, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED)) {
            dw_module_note(routine);
            return index + 1;
        }
        if (there == routine) return index + 1;
    }
    dw_count(DW_COUNT_STARTS_DROPPED);
    return 0;
}

// The runtime's own code: its frames say nothing about the program.
static uint64_t own_start, own_end;

#if DW_STATIC
// In a static program it is a section of its own, to which the linker gives these names (ld(1), "Orphan Sections").
extern const char __start_dw_text[], __stop_dw_text[];

void dw_find_own_code(void) {
    own_start = (uint64_t)(uintptr_t)__start_dw_text;
    own_end = (uint64_t)(uintptr_t)__stop_dw_text;
    dw_unwind_own_code(own_start, own_end);
}
#else
static int dw_own_module(struct dl_phdr_info *module, size_t size, void *unused) {
    (void)size, (void)unused;
    uint64_t here = (uint64_t)(uintptr_t)&dw_own_module, start = UINT64_MAX, end = 0;
    for (int index = 0; index < module->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &module->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_X) == 0) continue;
        uint64_t from = module->dlpi_addr + segment->p_vaddr, to = from + segment->p_memsz;
        if (here >= from && here < to) start = from, end = to;
    }
    if (end == 0) return 0;
    own_start = start;
    own_end = end;
    return 1;
}

void dw_find_own_code(void) {
    if (dl_iterate_phdr(dw_own_module, 0) == 1) dw_unwind_own_code(own_start, own_end);
}
#endif

static bool dw_is_own(uint64_t pc) { return pc >= own_start && pc <= own_end; }

// Stacks whose modules are recorded, a bit each; once too often does no harm.
static uint64_t noted_stacks[DW_STACKS / 64 + 1];

static bool dw_is_noted(uint32_t number) {
    uint64_t *word = &noted_stacks[number / 64], bit = 1ull << number % 64, before = DW_GET(*word);
    if (before & bit) return true;
    DW_PUT(*word, before | bit);
    return false;
}

void dw_stacks_reset(void) {
    memset(noted_stacks, 0, sizeof noted_stacks);
    // No rule is forgotten, but every trail: it leads to a number of the table that was.
    dw_unwind_forget(1, 0);
}

/// Never part of its callers: a trail begins in this frame.
__attribute__((noinline)) uint32_t dw_stack_number(const struct dw_self *self) {
    enum { SLACK = 6 }; // frames of the runtime below the program's
    struct dw_stack_bounds bounds = {self->stack_low, self->stack_high};
    struct dw_trail trail = {.base = (uint64_t)(uintptr_t)&bounds, .high = self->stack_high};
    bool is_own_stack = trail.base >= bounds.low && trail.base < bounds.high;
    uint32_t found = is_own_stack ? dw_trail_find(trail.base, trail.high) : 0;
    if (DW_LIKELY(found != 0)) return found;
    uint64_t frames[DW_STACK_FRAMES + 1 + SLACK];
    uint32_t flags = 0, first = 0, last = 0;
    uint32_t count = dw_backtrace_trailed(&bounds, frames, DW_STACK_FRAMES + 1 + SLACK, &trail, &flags);
    while (first < count && dw_is_own(frames[first])) first++;
    // The thread's own outer end is libdeadwait's trampoline and libc's: the start routine is in the thread's record.
    for (last = first; last < count && !dw_is_own(frames[last]); last++) continue;
    if (last < count) // how the walk ended beyond it is of no interest
        flags &= ~(uint32_t)(DW_STACK_TRUNCATED | DW_STACK_NO_RULE | DW_STACK_UNKNOWN_MODULE | DW_STACK_OUT_OF_BOUNDS);
    if (last - first > DW_STACK_FRAMES) {
        last = first + DW_STACK_FRAMES;
        flags |= DW_STACK_TRUNCATED;
    }
    uint32_t number = dw_stack_intern(dw_areas.stacks, dw_areas.stack_capacity, &frames[first], last - first, flags,
                                      &dw_areas.header->counters[DW_COUNT_STACKS_DROPPED]);
    dw_trail_keep(&trail, number);
    if (number != 0 && DW_UNLIKELY(!dw_is_noted(number)))
        for (uint32_t frame = first; frame < last; frame++) dw_module_note(frames[frame] - 1);
    return number;
}
