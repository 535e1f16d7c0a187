// torture_reader PID BEACON FIRST SECOND SECONDS: reads the registry of a running torture.c over and over as the format
// says, and counts the records that it would have believed and that break torture's rules.
//
// Prints `sweeps N, believed N, torn N, wrong N`, and the wrong ones to standard error; exit status 1 if there are any.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include "registry_abi.h"
#include "torture.h"

static pid_t process;
static uint64_t first_routine, second_routine;
static long sweeps, believed, torn, wrong;

static bool fetch(uint64_t address, void *into, size_t size) {
    struct iovec local = {into, size}, remote = {(void *)(uintptr_t)address, size};
    return process_vm_readv(process, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

static void complain(const char *what, uint32_t index, uint64_t a, uint64_t b) {
    wrong++;
    if (wrong < 20) fprintf(stderr, "%s, record %" PRIu32 ": %" PRIx64 " %" PRIx64 "\n", what, index, a, b);
}

static void check_thread(uint32_t index, const void *record) {
    const struct dw_thread_record *thread = record;
    if (thread->state == DW_THREAD_FREE) return;
    if (thread->start_routine == first_routine || thread->start_routine == second_routine) {
        int is_first = thread->start_routine == first_routine;
        if (thread->argument != torture_argument((uint32_t)thread->argument, is_first))
            complain("argument of another thread", index, thread->start_routine, thread->argument);
        if (thread->state == DW_THREAD_EXITED && thread->end != (is_first ? DW_END_RETURNED : DW_END_PTHREAD_EXIT))
            complain("end of another thread", index, thread->start_routine, thread->end);
    }
    if (thread->serial == 0) complain("no serial", index, thread->serial, thread->state);
    if (thread->state >= DW_THREAD_RUNNING && thread->tid == 0) complain("no tid", index, thread->serial, thread->state);
    if (thread->state == DW_THREAD_EXITED ? thread->exited < thread->created : thread->exited != 0)
        complain("times of two threads", index, thread->created, thread->exited);
}

static void check_activity(uint32_t index, const void *record) {
    const struct dw_activity_record *activity = record;
    if (activity->kind == DW_KIND_CONDITION &&
        activity->mutex != activity->object + __builtin_offsetof(struct pair, mutex))
        complain("mutex of another wait", index, activity->object, activity->mutex);
    if (activity->kind == DW_KIND_JOIN && activity->mutex != 0)
        complain("a join with a mutex", index, activity->object, activity->mutex);
    if (activity->kind != DW_KIND_NONE && (activity->since == 0 || activity->waits == 0))
        complain("a wait that never began", index, activity->since, activity->waits);
    if (activity->kind == DW_KIND_CONDITION && (activity->flags & DW_WAIT_TIMED) == 0)
        complain("a wait without its timeout", index, activity->flags, activity->timeout);
}

static void check_object(uint32_t index, const void *record) {
    const struct dw_object_record *object = record;
    if (object->address == 0) return;
    if (object->kind != DW_KIND_CONDITION) complain("an object of no known kind", index, object->address, object->kind);
    if ((object->flags & DW_OBJECT_INIT_SEEN) != 0 && object->init_stack == 0)
        complain("initialised nowhere", index, object->address, object->flags);
    if (object->waiting > 2 * PAIRS) complain("more waiters than threads", index, object->address, object->waiting);
}

static char *copy, *copy_after;
static struct dw_registry_header header;
static uint64_t base;

/// Reads records [first, first + count) of an area, reads them again for their sequences, and checks those that may be
/// believed.
static void sweep(enum dw_area_kind area, uint32_t first, uint32_t count, size_t sequence_at, size_t size,
                  void (*check)(uint32_t, const void *)) {
    const struct dw_area *place = &header.areas[area];
    if (first >= place->capacity) return;
    if (count > place->capacity - first) count = place->capacity - first;
    uint64_t start = base + place->offset + (uint64_t)first * place->record_size;
    size_t bytes = (size_t)count * place->record_size;
    if (!fetch(start, copy, bytes) || !fetch(start, copy_after, bytes)) return;
    for (uint32_t index = 0; index < count; index++) {
        size_t at = (size_t)index * place->record_size;
        uint32_t before, after;
        memcpy(&before, copy + at + sequence_at, 4);
        memcpy(&after, copy_after + at + sequence_at, 4);
        if ((before & 1) != 0 || before != after) {
            torn++;
            continue;
        }
        char record[512];
        memcpy(record, copy + at, size);
        believed++;
        check(first + index, record);
    }
}

static void sweep_threads(uint32_t first, uint32_t count) {
    sweep(DW_AREA_THREADS, first, count, __builtin_offsetof(struct dw_thread_record, sequence),
          sizeof(struct dw_thread_record), check_thread);
}

static void sweep_activities(uint32_t first, uint32_t count) {
    sweep(DW_AREA_ACTIVITIES, first, count, __builtin_offsetof(struct dw_activity_record, sequence),
          sizeof(struct dw_activity_record), check_activity);
}

int main(int count, char **arguments) {
    if (count != 6) return 64;
    process = atoi(arguments[1]);
    struct dw_registry_beacon beacon;
    first_routine = strtoull(arguments[3], 0, 16);
    second_routine = strtoull(arguments[4], 0, 16);
    if (!fetch(strtoull(arguments[2], 0, 16), &beacon, sizeof beacon) ||
        memcmp(beacon.magic, DW_BEACON_MAGIC, sizeof beacon.magic) != 0 ||
        !fetch(beacon.address, &header, sizeof header) ||
        memcmp(header.magic, DW_REGISTRY_MAGIC, sizeof header.magic) != 0) {
        fprintf(stderr, "no registry at the beacon\n");
        return 3;
    }
    base = beacon.address;
    copy = malloc(header.total_size);
    copy_after = malloc(header.total_size);
    time_t end = time(0) + atoi(arguments[5]);
    while (time(0) < end) {
        struct dw_registry_header fresh;
        if (!fetch(base, &fresh, sizeof fresh)) break; // it has ended
        uint32_t used = fresh.threads_used;
        sweep_threads(0, used);
        sweep_activities(0, used);
        sweep(DW_AREA_OBJECTS, 0, header.areas[DW_AREA_OBJECTS].capacity,
              __builtin_offsetof(struct dw_object_record, sequence), sizeof(struct dw_object_record), check_object);
        // What changes most, as often as can be: the long-lived threads' waits, and the newest threads.
        for (int turn = 0; turn < 3000; turn++) {
            sweep_activities(0, 12);
            sweep_threads(used > 12 ? used - 12 : 0, 24);
        }
        sweeps++;
    }
    printf("sweeps %ld, believed %ld, torn %ld, wrong %ld\n", sweeps, believed, torn, wrong);
    return wrong == 0 && believed > 0 ? 0 : 1;
}
