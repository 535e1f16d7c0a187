#include <string.h>

#include "dw_dump.h"
#include "dw_symbols.h"

enum { ATTEMPTS = 16, STACKS_SHOWN = 1024, THREADS_SEARCHED = 4096 };

/// Where a stack was printed: later threads with the same one name the first. Direct-mapped: what falls out is printed
/// once more.
static struct {
    uint32_t stack, tid;
} shown_stacks[STACKS_SHOWN];

void dw_dump_forget_stacks(void) { memset(shown_stacks, 0, sizeof shown_stacks); }

/// Records are read as words, whatever their fields.
typedef uint32_t __attribute__((may_alias)) word;

bool dw_dump_copy(const void *record, void *copy, uint32_t size) {
    const word *from = record;
    word *to = copy;
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t before = __atomic_load_n(from, __ATOMIC_ACQUIRE);
        if (before & 1) {
            __builtin_ia32_pause();
            continue;
        }
        for (uint32_t i = 0; i < size / 4; i++) to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(from, __ATOMIC_RELAXED) == before) return true;
    }
    return false;
}

bool dw_dump_is_live(const struct dw_thread_record *record) {
    uint32_t state = DW_GET(record->state);
    return state == DW_THREAD_CREATED || state == DW_THREAD_RUNNING || state == DW_THREAD_ENDING;
}

uint32_t dw_dump_threads_used(void) {
    uint32_t used = DW_GET(dw_areas.header->threads_used);
    return used < dw_areas.thread_capacity ? used : dw_areas.thread_capacity;
}

const char *dw_dump_kind(uint32_t kind) {
    static const char *const NAMES[] = {
        "no wait", "condition", "mutex", "rwlock for reading", "rwlock for writing", "semaphore", "barrier",
        "end of thread", "once", "futex", "engine lock", "engine condition", "continuation", "spin lock",
    };
    return kind < sizeof NAMES / sizeof *NAMES ? NAMES[kind] : "object of unknown kind";
}

bool dw_dump_text(struct dw_dump *dump, uint32_t number) {
    if (number == 0 || number > dw_areas.text_capacity) return false;
    const struct dw_text_record *text = &dw_areas.texts[number - 1];
    if (DW_GET_ACQUIRE(text->hash) == 0) return false;
    dw_print_quoted(&dump->printer, text->text, DW_TEXT_BYTES);
    return true;
}

void dw_dump_who(struct dw_dump *dump, uint32_t tid) {
    dw_print(&dump->printer, "tid ");
    dw_print_number(&dump->printer, tid);
    // The kernel gives a tid again: of several records the live one is meant. Not searched for in huge registries.
    const struct dw_thread_record *found = 0;
    for (uint32_t i = 0; i < dw_dump_threads_used() && i < THREADS_SEARCHED; i++) {
        const struct dw_thread_record *record = &dw_areas.threads[i];
        if (DW_GET(record->tid) != tid || !dw_dump_is_live(record)) continue;
        found = record;
        break;
    }
    struct dw_thread_record copy;
    if (found == 0 || !dw_dump_copy(found, &copy, sizeof copy) || copy.tid != tid) return;
    if (copy.name_text == 0 && copy.name[0] == 0) return;
    dw_print(&dump->printer, " ");
    if (!dw_dump_text(dump, copy.name_text)) dw_print_quoted(&dump->printer, copy.name, DW_NAME_BYTES);
}

/// Why a stack ends where it does, if not at its outermost frame.
static void print_end(struct dw_dump *dump, uint32_t flags, const char *indent) {
    struct dw_printer *printer = &dump->printer;
    const char *end = flags & DW_STACK_TRUNCATED        ? "more frames were not recorded"
                      : flags & DW_STACK_NO_RULE        ? "no unwind information further out"
                      : flags & DW_STACK_FOREIGN        ? "not on the thread's own stack: one frame only"
                      : flags & DW_STACK_UNKNOWN_MODULE ? "code of no loaded module further out"
                      : flags & DW_STACK_OUT_OF_BOUNDS  ? "the next frame would leave the thread's stack"
                                                        : 0;
    if (end == 0) return;
    dw_print(printer, indent);
    dw_print(printer, "(");
    dw_print(printer, end);
    dw_print(printer, ")\n");
}

void dw_dump_stack(struct dw_dump *dump, uint32_t stack, const char *indent, uint32_t tid) {
    struct dw_printer *printer = &dump->printer;
    if (stack == 0 || stack > dw_areas.stack_capacity) return;
    const struct dw_stack_record *record = &dw_areas.stacks[stack - 1];
    uint32_t depth = DW_GET_ACQUIRE(record->depth), slot = stack % STACKS_SHOWN;
    if (depth == 0) return;
    if (shown_stacks[slot].stack == stack && depth > 1) {
        dw_print(printer, indent);
        dw_print(printer, "the same calls as ");
        if (shown_stacks[slot].tid != 0) {
            dw_print(printer, "of tid ");
            dw_print_number(printer, shown_stacks[slot].tid);
            dw_print(printer, " ");
        }
        dw_print(printer, "above (stack ");
        dw_print_number(printer, stack);
        dw_print(printer, ")\n");
        return;
    }
    shown_stacks[slot].stack = stack;
    shown_stacks[slot].tid = tid;
    for (uint32_t i = 0; i < depth && i < DW_STACK_FRAMES; i++) {
        dw_print(printer, indent);
        dw_print(printer, "at ");
        dw_symbols_print(printer, record->frames[i], 1);
        dw_print(printer, "\n");
    }
    print_end(dump, record->flags, indent);
}

void dw_dump_own_stack(struct dw_dump *dump) {
    for (uint32_t i = 0; i < dump->own_depth; i++) {
        dw_print(&dump->printer, "        at ");
        dw_symbols_print(&dump->printer, dump->own_frames[i], i > 0 ? 1 : dump->own_back);
        dw_print(&dump->printer, "\n");
    }
    if (dump->own_depth > 0) print_end(dump, dump->own_flags, "        ");
}
