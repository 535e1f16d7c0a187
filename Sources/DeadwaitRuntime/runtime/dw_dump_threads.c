#include <pthread.h>
#include <stddef.h>

#include "dw_dump.h"
#include "dw_symbols.h"

enum { THREADS_WANTED = 65536 };

static const struct dw_activity_record *activity_of(uint32_t index) {
    return (const void *)(dw_areas.activities + (uint64_t)index * dw_areas.activity_size);
}

void dw_dump_want_threads(void) {
    for (uint32_t i = 0; i < dw_dump_threads_used() && i < THREADS_WANTED; i++) {
        const struct dw_thread_record *record = &dw_areas.threads[i];
        if (!dw_dump_is_live(record)) continue;
        // Torn or outdated values do no harm here: an address too many is looked up.
        dw_symbols_want(DW_GET(record->start_routine));
        dw_symbols_want_stack(DW_GET(record->creation_stack));
        const struct dw_activity_record *activity = activity_of(i);
        if (DW_GET(activity->kind) != DW_KIND_NONE) dw_symbols_want_stack(DW_GET(activity->stack));
        if (dw_areas.held == 0) continue;
        const struct dw_held_record *held = &dw_areas.held[i];
        for (uint32_t k = 0; k < DW_GET(held->depth) && k < DW_HELD; k++) {
            dw_symbols_want((DW_GET(held->locks[k].site) & 0xFFFFFFFFFFFF) - 1);
        }
    }
}

static void print_wait(struct dw_dump *dump, const struct dw_activity_record *wait, uint32_t tid) {
    struct dw_printer *printer = &dump->printer;
    dw_print(printer, wait->flags & DW_WAIT_IDLE ? "    idle, waits for " : "    waits for ");
    dw_print(printer, dw_dump_kind(wait->kind));
    dw_print(printer, " ");
    dw_print_address(printer, wait->object);
    struct dw_object_record *known = wait->kind == DW_KIND_JOIN ? 0 : dw_object_if_known(wait->object);
    if (known != 0 && DW_GET(known->name) != 0) {
        dw_print(printer, " ");
        dw_dump_text(dump, DW_GET(known->name));
    }
    if (wait->kind == DW_KIND_JOIN) {
        for (uint32_t i = 0; i < dw_dump_threads_used(); i++) {
            const struct dw_thread_record *record = &dw_areas.threads[i];
            if (DW_GET(record->handle) != wait->object || !dw_dump_is_live(record)) continue;
            dw_print(printer, ", ");
            dw_dump_who(dump, DW_GET(record->tid));
            break;
        }
    }
    uint64_t owner_at = wait->kind == DW_KIND_MUTEX ? offsetof(pthread_mutex_t, __data.__owner)
                        : wait->kind == DW_KIND_RWLOCK_READ || wait->kind == DW_KIND_RWLOCK_WRITE
                            ? offsetof(pthread_rwlock_t, __data.__cur_writer)
                            : 0;
    uint32_t owner = 0;
    if (owner_at != 0 && dw_symbols_read(wait->object + owner_at, &owner, sizeof owner) && owner != 0) {
        dw_print(printer, " held by ");
        dw_dump_who(dump, owner);
    }
    if (wait->mutex != 0) {
        dw_print(printer, " with mutex ");
        dw_print_address(printer, wait->mutex);
    }
    dw_print(printer, ", since ");
    dw_print_duration(printer, dump->now > wait->since ? dump->now - wait->since : 0);
    if (wait->flags & DW_WAIT_TIMED) {
        dw_print(printer, ", for ");
        dw_print_duration(printer, wait->timeout);
        dw_print(printer, " at most");
    }
    if (wait->timeouts_in_a_row > 0) {
        dw_print(printer, ", after ");
        dw_print_count(printer, wait->timeouts_in_a_row, "timeout");
        dw_print(printer, " in a row");
    }
    if (wait->flags & DW_WAIT_NESTED) dw_print(printer, ", in a signal handler within another wait");
    dw_print(printer, "\n");
    if (wait->idle != 0 && wait->flags & DW_WAIT_IDLE) {
        dw_print(printer, "    idle by the program's word: ");
        dw_dump_text(dump, wait->idle);
        dw_print(printer, "\n");
    }
    dw_dump_stack(dump, wait->stack, "        ", tid);
}

static void print_held(struct dw_dump *dump, uint32_t index) {
    if (dw_areas.held == 0) return;
    const struct dw_held_record *held = &dw_areas.held[index];
    uint32_t depth = DW_GET(held->depth);
    for (uint32_t i = 0; i < depth && i < DW_HELD; i++) {
        uint64_t object = DW_GET(held->locks[i].object), site = DW_GET(held->locks[i].site);
        if (object == 0) continue;
        dw_print(&dump->printer, "    holds ");
        dw_print(&dump->printer, dw_dump_kind((uint32_t)(site >> 48)));
        dw_print(&dump->printer, " ");
        dw_print_address(&dump->printer, object);
        dw_print(&dump->printer, ", acquired at ");
        dw_symbols_print(&dump->printer, site & 0xFFFFFFFFFFFF, 1);
        dw_print(&dump->printer, "\n");
    }
    if (depth <= DW_HELD) return;
    dw_print(&dump->printer, "    and ");
    dw_print_count(&dump->printer, depth - DW_HELD, "more lock");
    dw_print(&dump->printer, " that had no room in its list\n");
}

static void print_origin(struct dw_dump *dump, const struct dw_thread_record *thread) {
    struct dw_printer *printer = &dump->printer;
    dw_print(printer, "    ");
    if (thread->flags & DW_THREAD_MAIN) dw_print(printer, "the first thread of the process");
    else if (thread->start_routine == 0) dw_print(printer, "not made by a pthread_create that was seen");
    else {
        dw_print(printer, "starts in ");
        dw_symbols_print(printer, thread->start_routine, 0);
        dw_print(printer, ", argument ");
        dw_print_address(printer, thread->argument);
    }
    if (thread->creator_tid != 0) {
        dw_print(printer, ", made by ");
        dw_dump_who(dump, thread->creator_tid);
    }
    if (thread->created != 0 && !(thread->flags & DW_THREAD_MAIN)) {
        dw_print(printer, " ");
        dw_print_duration(printer, dump->now > thread->created ? dump->now - thread->created : 0);
        dw_print(printer, " ago");
    }
    dw_print(printer, "\n");
}

static void print_thread(struct dw_dump *dump, uint32_t index) {
    struct dw_printer *printer = &dump->printer;
    struct dw_thread_record thread;
    struct dw_activity_record activity;
    if (!dw_dump_copy(&dw_areas.threads[index], &thread, sizeof thread)) {
        dump->unread++;
        return;
    }
    if (!dw_dump_is_live(&thread)) return;
    bool knows_wait = dw_dump_copy(activity_of(index), &activity, sizeof activity);
    if (!knows_wait) dump->unread++;
    dump->shown++;
    dw_print(printer, "\n");
    if (thread.name_text == 0 && thread.name[0] == 0) dw_print(printer, "(no name)");
    else if (!dw_dump_text(dump, thread.name_text)) dw_print_quoted(printer, thread.name, DW_NAME_BYTES);
    dw_print(printer, " tid=");
    if (thread.state == DW_THREAD_CREATED) dw_print(printer, "none yet");
    else dw_print_number(printer, thread.tid);
    if (thread.role != 0) {
        dw_print(printer, " role=");
        dw_dump_text(dump, thread.role);
    }
    dw_print(printer, " serial=");
    dw_print_number(printer, thread.serial);
    if (thread.flags & DW_THREAD_DETACHED) dw_print(printer, " detached");
    if (thread.flags & DW_THREAD_CANCEL_ASKED) dw_print(printer, " asked to cancel");
    if (thread.state == DW_THREAD_ENDING) dw_print(printer, " ending");
    if (knows_wait && activity.waits > 0) {
        dw_print(printer, " waits=");
        dw_print_number(printer, activity.waits);
        dw_print(printer, " timeouts=");
        dw_print_number(printer, activity.timeouts);
    }
    dw_print(printer, "\n");
    if (knows_wait && activity.kind != DW_KIND_NONE) {
        print_wait(dump, &activity, thread.tid);
    } else {
        if (knows_wait) dump->without_record++;
        dw_print(printer, "    ");
        if (!knows_wait) dw_print(printer, "its record is being changed; ");
        if (thread.state == DW_THREAD_CREATED) dw_print(printer, "is about to start");
        else dw_dump_kernel_state(dump, thread.tid);
        dw_print(printer, "\n");
        if (thread.tid == dump->tid) dw_dump_own_stack(dump);
    }
    print_held(dump, index);
    print_origin(dump, &thread);
    dw_dump_stack(dump, thread.creation_stack, "        made ", thread.tid);
}

void dw_dump_threads(struct dw_dump *dump) {
    uint32_t index = 0, left = 0;
    for (; index < dw_dump_threads_used(); index++) {
        if (dump->printer.error != 0) return;
        if (!dw_dump_is_live(&dw_areas.threads[index])) continue;
        if (dw_now() > dump->deadline) left++;
        else print_thread(dump, index);
    }
    dw_print(&dump->printer, "\n");
    dw_print_count(&dump->printer, dump->shown, "live thread");
    if (left > 0) {
        dw_print(&dump->printer, " above; time was over for ");
        dw_print_number(&dump->printer, left);
        dw_print(&dump->printer, " more");
    }
    if (dump->unread > 0) {
        dw_print(&dump->printer, "; records that were changed all the while they were read: ");
        dw_print_number(&dump->printer, dump->unread);
    }
    dw_print(&dump->printer, "\n");
}
