#include "dw_dump.h"
#include "dw_symbols.h"

enum { FAILURES_SHOWN = 16, PENDING_SHOWN = 64, ORDERS_SHOWN = 32, ABANDONED_SHOWN = 32 };

static const uint64_t LOW_48 = 0xFFFFFFFFFFFF;

uint32_t dw_dump_live_of_role(uint32_t role) {
    uint32_t live = 0;
    for (uint32_t i = 0; i < dw_dump_threads_used(); i++) {
        const struct dw_thread_record *record = &dw_areas.threads[i];
        live += DW_GET(record->role) == role && dw_dump_is_live(record);
    }
    return live;
}

static uint64_t first_failure(uint64_t *count) {
    *count = DW_GET(dw_areas.header->counters[DW_COUNT_FAILURES]);
    uint64_t kept = *count < dw_areas.failure_capacity ? *count : dw_areas.failure_capacity;
    return *count - (kept < FAILURES_SHOWN ? kept : FAILURES_SHOWN);
}

void dw_dump_want_facts(void) {
    uint64_t count = 0;
    for (uint64_t n = first_failure(&count); n < count; n++) {
        const struct dw_failure_record *record = &dw_areas.failures[n % dw_areas.failure_capacity];
        dw_symbols_want(DW_GET(record->start_routine));
        dw_symbols_want_stack(DW_GET(record->stack));
    }
    for (uint32_t i = 0; dw_areas.orders != 0 && i < dw_areas.order_capacity; i++) {
        if (!DW_GET(dw_areas.orders[i].inverted)) continue;
        dw_symbols_want((DW_GET(dw_areas.orders[i].first_site) & LOW_48) - 1);
        dw_symbols_want((DW_GET(dw_areas.orders[i].second_site) & LOW_48) - 1);
    }
    for (uint32_t i = 0; dw_areas.abandoned != 0 && i < dw_areas.abandoned_capacity; i++) {
        uint64_t site = DW_GET(dw_areas.abandoned[i].site) & LOW_48;
        if (site != 0) dw_symbols_want(site - 1);
    }
}

static void print_failures(struct dw_dump *dump) {
    struct dw_printer *printer = &dump->printer;
    uint64_t count, first = first_failure(&count);
    if (count == 0) return;
    dw_print(printer, "\nThread creations that failed: ");
    dw_print_number(printer, count);
    dw_print(printer, first > 0 ? ", the last of them\n" : "\n");
    for (uint64_t n = first; n < count; n++) {
        struct dw_failure_record failure;
        if (!dw_dump_copy(&dw_areas.failures[n % dw_areas.failure_capacity], &failure, sizeof failure)) {
            dump->unread++;
            continue;
        }
        dw_print(printer, "    errno ");
        dw_print_number(printer, (uint64_t)(failure.error > 0 ? failure.error : 0));
        dw_print(printer, ", ");
        dw_print_duration(printer, dump->now > failure.when ? dump->now - failure.when : 0);
        dw_print(printer, " ago by ");
        dw_dump_who(dump, failure.creator_tid);
        dw_print(printer, ": it would start in ");
        dw_symbols_print(printer, failure.start_routine, 0);
        dw_print(printer, "\n");
        dw_dump_stack(dump, failure.stack, "        ", failure.creator_tid);
    }
}

static void print_expected(struct dw_dump *dump) {
    struct dw_printer *printer = &dump->printer;
    bool is_first = true;
    for (uint32_t i = 0; i < dw_areas.declaration_capacity; i++) {
        struct dw_declaration_record told;
        if (DW_GET(dw_areas.declarations[i].kind) != DW_DECLARE_EXPECTED) continue;
        if (!dw_dump_copy(&dw_areas.declarations[i], &told, sizeof told) || told.kind != DW_DECLARE_EXPECTED) continue;
        if (is_first) dw_print(printer, "\nThreads that should be there\n");
        is_first = false;
        uint32_t live = dw_dump_live_of_role(told.text);
        dw_print(printer, "    role ");
        dw_dump_text(dump, told.text);
        dw_print(printer, ": ");
        dw_print_number(printer, told.count);
        dw_print(printer, " wanted, ");
        dw_print_number(printer, live);
        dw_print(printer, live < told.count ? " live: too few\n" : " live\n");
    }
}

static void print_pending(struct dw_dump *dump) {
    struct dw_printer *printer = &dump->printer;
    uint32_t count = 0;
    for (uint32_t i = 0; i < dw_areas.pending_capacity; i++) {
        uint64_t id = DW_GET(dw_areas.pending[i].id);
        struct dw_pending_record pending;
        if (id == 0) continue;
        if (count++ >= PENDING_SHOWN) continue;
        uint32_t size = (uint32_t)(sizeof pending - __builtin_offsetof(struct dw_pending_record, sequence));
        if (!dw_dump_copy(&dw_areas.pending[i].sequence, &pending.sequence, size)) continue;
        if (count == 1) dw_print(printer, "\nPromised and not done yet\n");
        dw_print(printer, "    ");
        dw_print(printer, dw_dump_kind(pending.kind));
        dw_print(printer, " ");
        dw_print_address(printer, id);
        dw_print(printer, " ");
        dw_dump_text(dump, pending.text);
        dw_print(printer, ", since ");
        dw_print_duration(printer, dump->now > pending.since ? dump->now - pending.since : 0);
        dw_print(printer, ", by ");
        dw_dump_who(dump, pending.tid);
        if (pending.dropped != 0) dw_print(printer, "; whoever was to do it is gone");
        dw_print(printer, "\n");
    }
    if (count <= PENDING_SHOWN) return;
    dw_print(printer, "    and ");
    dw_print_number(printer, count - PENDING_SHOWN);
    dw_print(printer, " more\n");
}

static void print_lock(struct dw_dump *dump, uint64_t object, uint64_t site) {
    dw_print_address(&dump->printer, object);
    dw_print(&dump->printer, " (");
    dw_symbols_print(&dump->printer, site & LOW_48, 1);
    dw_print(&dump->printer, ")");
}

static void print_locks(struct dw_dump *dump) {
    struct dw_printer *printer = &dump->printer;
    uint32_t inverted = 0, abandoned = 0;
    for (uint32_t i = 0; dw_areas.orders != 0 && i < dw_areas.order_capacity; i++) {
        const struct dw_order_record *order = &dw_areas.orders[i];
        if (DW_GET_ACQUIRE(order->first) == 0 || !DW_GET(order->inverted) || inverted++ >= ORDERS_SHOWN) continue;
        if (inverted == 1) dw_print(printer, "\nLocks that were taken in both orders\n");
        dw_print(printer, "    ");
        print_lock(dump, DW_GET(order->first), DW_GET(order->first_site));
        dw_print(printer, ", then ");
        print_lock(dump, DW_GET(order->second), DW_GET(order->second_site));
        dw_print(printer, ", first by ");
        dw_dump_who(dump, DW_GET(order->tid));
        dw_print(printer, "\n");
    }
    for (uint32_t i = 0; dw_areas.abandoned != 0 && i < dw_areas.abandoned_capacity; i++) {
        const struct dw_abandoned_record *record = &dw_areas.abandoned[i];
        if (DW_GET_ACQUIRE(record->object) == 0 || abandoned++ >= ABANDONED_SHOWN) continue;
        if (abandoned == 1) dw_print(printer, "\nLocks that nobody can release\n");
        dw_print(printer, "    ");
        print_lock(dump, DW_GET(record->object), DW_GET(record->site));
        dw_print(printer, ": held by tid ");
        dw_print_number(printer, DW_GET(record->tid));
        bool is_fork = DW_GET(record->reason) == DW_ABANDONED_FORK;
        dw_print(printer, is_fork ? ", which did not survive the fork\n" : " when it ended\n");
    }
}

static void print_dropped(struct dw_dump *dump) {
    static const struct {
        uint32_t counter;
        const char *what;
    } DROPPED[] = {
        {DW_COUNT_THREADS_DROPPED, "threads"}, {DW_COUNT_OBJECTS_DROPPED, "objects"},
        {DW_COUNT_STACKS_DROPPED, "call stacks"}, {DW_COUNT_STARTS_DROPPED, "start routines"},
        {DW_COUNT_TEXTS_DROPPED, "texts"}, {DW_COUNT_DECLARATIONS_DROPPED, "declarations"},
        {DW_COUNT_PENDING_DROPPED, "promises"}, {DW_COUNT_MODULES_DROPPED, "modules"},
        {DW_COUNT_HELD_DROPPED, "held locks"}, {DW_COUNT_ORDERS_DROPPED, "lock orders"},
        {DW_COUNT_ABANDONED_DROPPED, "abandoned locks"}, {DW_COUNT_SLOTS_REUSED, "exited threads"},
    };
    bool is_first = true;
    for (uint32_t i = 0; i < sizeof DROPPED / sizeof *DROPPED; i++) {
        uint64_t count = DW_GET(dw_areas.header->counters[DROPPED[i].counter]);
        if (count == 0) continue;
        dw_print(&dump->printer, is_first ? "\nNot recorded, since a table was full: " : ", ");
        is_first = false;
        dw_print_number(&dump->printer, count);
        dw_print(&dump->printer, " ");
        dw_print(&dump->printer, DROPPED[i].what);
    }
    if (!is_first) dw_print(&dump->printer, "\n");
}

void dw_dump_facts(struct dw_dump *dump) {
    print_failures(dump);
    print_expected(dump);
    print_pending(dump);
    print_locks(dump);
    print_dropped(dump);
}

void dw_dump_limits(struct dw_dump *dump) {
    struct dw_printer *printer = &dump->printer;
    dw_print(printer, "\nWhat this cannot show\n");
    if (dump->without_record > 0) {
        dw_print(printer, "    the calls of threads that run or wait for what is not recorded (here ");
        dw_print_number(printer, dump->without_record);
        dw_print(printer, "): deadwait attach shows them\n");
    }
    if (dw_areas.held == 0) {
        dw_print(printer, "    which mutexes are held and where they were taken: DEADWAIT_LOCKS=1 records it\n");
    }
    dw_print(printer, "    threads made without pthread_create, and what happened before the library was loaded\n");
    dw_print(printer, "    who else could end a wait: deadwait attach answers that from the program's code\n");
    const char *obstacle = dw_symbols_obstacle();
    if (obstacle == 0) return;
    dw_print(printer, "    names of functions: ");
    dw_print(printer, obstacle);
    dw_print(printer, "\n");
}
