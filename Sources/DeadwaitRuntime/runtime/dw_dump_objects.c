#include "dw_dump.h"
#include "dw_symbols.h"

static uint32_t capacity_of(uint32_t kind) {
    for (uint32_t i = 0; i < DW_AREA_KINDS; i++) {
        if (dw_areas.header->areas[i].kind == kind) return dw_areas.header->areas[i].capacity;
    }
    return 0;
}

static bool is_waited_for(const struct dw_object_record *object) {
    return DW_GET(object->address) != 0 && DW_GET(object->waiting) != 0;
}

void dw_dump_want_objects(void) {
    uint32_t capacity = capacity_of(DW_AREA_OBJECTS);
    for (uint32_t i = 0; i < capacity; i++) {
        const struct dw_object_record *object = &dw_areas.objects[i];
        if (!is_waited_for(object)) continue;
        dw_symbols_want_stack(DW_GET(object->init_stack));
        dw_symbols_want_stack(DW_GET(object->acquire_stack));
        for (uint32_t k = 0; k < DW_SITES; k++) {
            dw_symbols_want_stack(DW_GET(object->sites[k].stack));
            uint32_t start = DW_GET(object->sites[k].start);
            if (start != 0 && start <= dw_areas.start_capacity) dw_symbols_want(DW_GET(dw_areas.starts[start - 1].address));
        }
    }
}

/// The record's place is first an address: its sequence comes after it.
static bool copy_object(const struct dw_object_record *object, struct dw_object_record *copy) {
    uint64_t address = DW_GET_ACQUIRE(object->address);
    uint32_t size = (uint32_t)(sizeof *copy - __builtin_offsetof(struct dw_object_record, sequence));
    if (!dw_dump_copy(&object->sequence, &copy->sequence, size)) return false;
    copy->address = address;
    return DW_GET(object->address) == address && address != 0;
}

static void print_declarations(struct dw_dump *dump, uint64_t address) {
    struct dw_printer *printer = &dump->printer;
    for (uint32_t i = 0; i < dw_areas.declaration_capacity; i++) {
        struct dw_declaration_record told;
        if (DW_GET(dw_areas.declarations[i].object) != address) continue;
        if (!dw_dump_copy(&dw_areas.declarations[i], &told, sizeof told) || told.object != address) continue;
        if (told.kind == DW_DECLARE_SIGNALLER) {
            dw_print(printer, "    declared to be signalled by threads of role ");
            dw_dump_text(dump, told.text);
            dw_print(printer, ", of which ");
            dw_print_number(printer, dw_dump_live_of_role(told.text));
            dw_print(printer, " live\n");
        } else if (told.kind == DW_DECLARE_PREDICATE && told.count <= sizeof(uint64_t)) {
            uint64_t value = 0;
            dw_print(printer, "    declared to wait for (*");
            dw_print_address(printer, told.a);
            dw_print(printer, " & ");
            dw_print_address(printer, told.b);
            dw_print(printer, ") == ");
            dw_print_address(printer, told.c);
            if (dw_symbols_read(told.a, &value, told.count)) {
                dw_print(printer, (value & told.b) == told.c ? ", which holds now: it is " : "; it is ");
                dw_print_address(printer, value & told.b);
            }
            dw_print(printer, "\n");
        } else if (told.kind == DW_DECLARE_QUORUM) {
            uint64_t arrived = 0;
            dw_print(printer, "    declared to wait for ");
            dw_print_count(printer, told.count, "arrival");
            dw_print(printer, " of role ");
            dw_dump_text(dump, told.text);
            if (told.a != 0 && told.b <= sizeof arrived && dw_symbols_read(told.a, &arrived, (uint32_t)told.b)) {
                dw_print(printer, ", of which there were ");
                dw_print_number(printer, arrived);
            }
            dw_print(printer, "; ");
            dw_print_number(printer, dw_dump_live_of_role(told.text));
            dw_print(printer, " of the role live\n");
        }
    }
}

static void print_sites(struct dw_dump *dump, const struct dw_object_record *object) {
    struct dw_printer *printer = &dump->printer;
    for (uint32_t i = 0; i < DW_SITES; i++) {
        struct dw_site site = object->sites[i];
        if (site.stack == 0 || site.stack > dw_areas.stack_capacity) continue;
        dw_print(printer, object->owner != 0 ? "    acquired by these calls" : "    signalled by these calls");
        if (site.start != 0 && site.start <= dw_areas.start_capacity) {
            dw_print(printer, " of threads that start in ");
            dw_symbols_print(printer, DW_GET(dw_areas.starts[site.start - 1].address), 0);
        }
        dw_print(printer, ":\n");
        dw_dump_stack(dump, site.stack, "        ", object->last_signaller);
    }
    if (object->sites_recorded > DW_SITES) {
        dw_print(printer, "    and by ");
        dw_print_count(printer, object->sites_recorded - DW_SITES, "older call site");
        dw_print(printer, " that were dropped\n");
    }
}

static void print_object(struct dw_dump *dump, const struct dw_object_record *object) {
    struct dw_printer *printer = &dump->printer;
    dw_print(printer, "\n");
    dw_print(printer, dw_dump_kind(object->kind));
    dw_print(printer, " ");
    dw_print_address(printer, object->address);
    if (object->name != 0) {
        dw_print(printer, " ");
        dw_dump_text(dump, object->name);
    }
    if (object->flags & DW_OBJECT_SHARED) dw_print(printer, ", shared with other processes");
    dw_print(printer, ": ");
    dw_print_count(printer, object->waiting, "thread");
    dw_print(printer, object->waiting == 1 ? " waits\n    " : " wait\n    ");
    dw_print_count(printer, object->waits, "wait");
    dw_print(printer, " ever, ");
    dw_print_number(printer, object->timeouts);
    dw_print(printer, " ended by timeout; at least ");
    dw_print_count(printer, object->signals, "signal");
    dw_print(printer, " and ");
    dw_print_count(printer, object->broadcasts, "broadcast");
    dw_print(printer, ", ");
    dw_print_number(printer, object->unheard);
    dw_print(printer, " of them while nobody waited\n");
    if (object->flags & DW_OBJECT_ENGINE_WAKES) {
        dw_print(printer, "    its program wakes without libc: the counts are far too low\n");
    }
    if (object->owner != 0) {
        dw_print(printer, "    held by ");
        dw_dump_who(dump, object->owner);
        dw_print(printer, "\n");
        dw_dump_stack(dump, object->acquire_stack, "        ", object->owner);
    }
    if (object->last_signal != 0) {
        dw_print(printer, "    last signalled ");
        dw_print_duration(printer, dump->now > object->last_signal ? dump->now - object->last_signal : 0);
        dw_print(printer, " ago by ");
        dw_dump_who(dump, object->last_signaller);
        dw_print(printer, "\n");
    } else if (object->signals + object->broadcasts == 0) {
        dw_print(printer, "    never seen signalled\n");
    }
    print_sites(dump, object);
    print_declarations(dump, object->address);
    if (object->flags & DW_OBJECT_INIT_SEEN && object->init_stack != 0) {
        dw_print(printer, "    initialised by:\n");
        dw_dump_stack(dump, object->init_stack, "        ", 0);
    }
}

void dw_dump_objects(struct dw_dump *dump) {
    struct dw_printer *printer = &dump->printer;
    uint32_t capacity = capacity_of(DW_AREA_OBJECTS), count = 0, left = 0;
    dw_print(printer, "\nObjects that threads wait for (counts are lower bounds: wakes that do not reach libc are not seen)\n");
    for (uint32_t i = 0; i < capacity && printer->error == 0; i++) {
        struct dw_object_record copy;
        if (!is_waited_for(&dw_areas.objects[i])) continue;
        count++;
        if (dw_now() > dump->deadline) left++;
        else if (copy_object(&dw_areas.objects[i], &copy)) print_object(dump, &copy);
        else dump->unread++;
    }
    if (count == 0) dw_print(printer, "none\n");
    if (left == 0) return;
    dw_print(printer, "time was over for ");
    dw_print_count(printer, left, "more object");
    dw_print(printer, "\n");
}
