// Prints what a registry file holds of declarations, objects, waits and pending things, one line each: a reader that
// shares no code with the analyzer's. `-` stands for a text that is not there.
#include "registry_abi.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const char *base;
static const struct dw_registry_header *header;

static const void *record(enum dw_area_kind kind, uint32_t index) {
    const struct dw_area *area = &header->areas[kind];
    return base + area->offset + (uint64_t)area->record_size * index;
}

static uint32_t capacity(enum dw_area_kind kind) { return header->areas[kind].capacity; }

static const char *text(uint32_t number) {
    if (number == 0 || number > capacity(DW_AREA_TEXTS)) return "-";
    return ((const struct dw_text_record *)record(DW_AREA_TEXTS, number - 1))->text;
}

static uint32_t depth(uint32_t stack) {
    if (stack == 0 || stack > capacity(DW_AREA_STACKS)) return 0;
    return ((const struct dw_stack_record *)record(DW_AREA_STACKS, stack - 1))->depth;
}

static void print_threads(void) {
    for (uint32_t index = 0; index < header->threads_used; index++) {
        const struct dw_thread_record *thread = record(DW_AREA_THREADS, index);
        const struct dw_activity_record *wait = record(DW_AREA_ACTIVITIES, index);
        printf("thread tid=%u state=%u role=%s name=%s\n", thread->tid, thread->state, text(thread->role),
               text(thread->name_text));
        if (wait->kind == DW_KIND_NONE) continue;
        printf("wait tid=%u kind=%u flags=%u object=0x%" PRIx64 " mutex=0x%" PRIx64 " timeout=%" PRIu64
               " stack=%d idle=%s\n",
               thread->tid, wait->kind, wait->flags, wait->object, wait->mutex, wait->timeout, depth(wait->stack) > 0,
               wait->flags & DW_WAIT_IDLE ? text(wait->idle) : "-");
    }
    for (uint32_t index = 0; index < capacity(DW_AREA_STARTS); index++) {
        const struct dw_start_record *start = record(DW_AREA_STARTS, index);
        if (start->address != 0) printf("start live=%u role=%s\n", start->live, text(start->role));
    }
}

static void print_held(void) {
    for (uint32_t index = 0; index < header->threads_used && index < capacity(DW_AREA_HELD); index++) {
        const struct dw_thread_record *thread = record(DW_AREA_THREADS, index);
        const struct dw_held_record *held = record(DW_AREA_HELD, index);
        for (uint32_t lock = 0; lock < held->depth && lock < DW_HELD; lock++)
            printf("held tid=%u object=0x%" PRIx64 " kind=%u\n", thread->tid, held->locks[lock].object,
                   (uint32_t)(held->locks[lock].site >> 48));
    }
}

static void print_objects(void) {
    for (uint32_t index = 0; index < capacity(DW_AREA_OBJECTS); index++) {
        const struct dw_object_record *object = record(DW_AREA_OBJECTS, index);
        if (object->address == 0) continue;
        printf("object 0x%" PRIx64 " kind=%u flags=%u waiting=%u waits=%" PRIu64 " timeouts=%" PRIu64
               " signals=%" PRIu64 " broadcasts=%" PRIu64 " unheard=%" PRIu64 " owner=%u sites=%u stack=%d name=%s\n",
               object->address, object->kind, object->flags, object->waiting, object->waits, object->timeouts,
               object->signals, object->broadcasts, object->unheard, object->owner, object->sites_recorded,
               depth(object->acquire_stack) > 0, text(object->name));
    }
}

static void print_declarations(void) {
    for (uint32_t index = 0; index < capacity(DW_AREA_DECLARATIONS); index++) {
        const struct dw_declaration_record *told = record(DW_AREA_DECLARATIONS, index);
        if (told->kind == DW_DECLARE_NONE) continue;
        printf("declaration kind=%u object=0x%" PRIx64 " a=0x%" PRIx64 " b=0x%" PRIx64 " c=0x%" PRIx64
               " count=%u stack=%d since=%d even=%d text=%s\n",
               told->kind, told->object, told->a, told->b, told->c, told->count, depth(told->stack) > 0,
               told->since >= header->start_monotonic - 20000000 && told->since != 0, told->sequence % 2 == 0,
               text(told->text));
    }
    for (uint32_t index = 0; index < capacity(DW_AREA_PENDING); index++) {
        const struct dw_pending_record *pending = record(DW_AREA_PENDING, index);
        if (pending->id == 0) continue;
        printf("pending kind=%u context=0x%" PRIx64 " tid=%u stack=%d since=%d dropped=%d even=%d text=%s\n",
               pending->kind, pending->context, pending->tid, depth(pending->stack) > 0,
               pending->since >= header->start_monotonic, pending->dropped >= pending->since,
               pending->sequence % 2 == 0, text(pending->text));
    }
}

int main(int count, char **arguments) {
    struct stat status;
    int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
    if (file < 0 || fstat(file, &status) != 0) return 1;
    base = mmap(0, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (base == MAP_FAILED) return 1;
    header = (const struct dw_registry_header *)base;
    print_threads();
    print_held();
    print_objects();
    print_declarations();
    for (int counter = 0; counter < DW_COUNTERS; counter++)
        if (header->counters[counter] != 0) printf("counter %d=%" PRIu64 "\n", counter, header->counters[counter]);
    return 0;
}
