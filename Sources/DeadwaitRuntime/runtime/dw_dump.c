#define _GNU_SOURCE
#include "dw_dump.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "dw_arch.h"
#include "dw_symbols.h"
#include "dw_system.h"
#include "dw_unwind.h"

static const uint64_t SECOND = 1000000000;

static void print_cause(struct dw_dump *dump, const struct dw_dump_request *request) {
    struct dw_printer *printer = &dump->printer;
    dw_print(printer, "asked for by ");
    if (request->signal == SIGQUIT) dw_print(printer, "SIGQUIT");
    else if (request->signal == 0) dw_print(printer, "the program itself");
    else {
        dw_print(printer, "signal ");
        dw_print_number(printer, (uint64_t)request->signal);
    }
    if (request->sender != 0) {
        dw_print(printer, " of pid ");
        dw_print_number(printer, request->sender);
    }
}

/// Whether the stack that the handler runs on has room for the unwinder, which takes some 3 KiB where it meets code for
/// the first time. An alternate signal stack may be smaller.
static bool has_room(const ucontext_t *context) {
    enum { ROOM = 6144 };
    uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    uint64_t low = (uint64_t)(uintptr_t)context->uc_stack.ss_sp;
    bool is_alternate = !(context->uc_stack.ss_flags & SS_DISABLE) && here - low < context->uc_stack.ss_size;
    if (!is_alternate) low = dw_self.stack_low;
    return here > low && here - low > ROOM;
}

/// The calls of the writing thread, from where the signal came.
static void own_stack(struct dw_dump *dump, const struct dw_dump_request *request) {
    const struct dw_self *self = &dw_self;
    dump->own_depth = 0;
    if (self->record == 0 || request->context == 0 || !has_room(request->context)) return;
    struct dw_registers registers;
    struct dw_stack_bounds bounds = {self->stack_low, self->stack_high};
    dw_registers_of_context(request->context, &registers);
    dump->own_back = 0;
    dump->own_flags = 0;
    dump->own_depth = dw_backtrace_from(&registers, &bounds, dump->own_frames, DW_STACK_FRAMES, &dump->own_flags);
    for (uint32_t i = 0; i < dump->own_depth; i++) dw_symbols_want(dump->own_frames[i] - (i > 0));
}

static void print_header(struct dw_dump *dump, const struct dw_dump_request *request) {
    struct dw_printer *printer = &dump->printer;
    const struct dw_registry_header *header = dw_areas.header;
    uint64_t age = dump->now > header->start_monotonic ? dump->now - header->start_monotonic : 0;
    static char name[256];
    memset(name, 0, sizeof name);
    long length = DW_SYSTEM4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", name, sizeof name - 1);
    dw_print(printer, "\ndeadwait: thread dump of process ");
    dw_print_number(printer, header->pid);
    if (length > 0) {
        const char *slash = strrchr(name, '/');
        dw_print(printer, " ");
        dw_print_quoted(printer, slash != 0 ? slash + 1 : name, sizeof name);
    }
    dw_print(printer, " at ");
    dw_print_date(printer, header->start_realtime + age);
    dw_print(printer, ", ");
    dw_print_duration(printer, age);
    dw_print(printer, header->flags & DW_REGISTRY_FORK_CHILD ? " after it was forked\n" : " after its start\n");
    print_cause(dump, request);
    dw_print(printer, ", written by tid ");
    dw_print_number(printer, dump->tid);
    dw_print(printer, " without stopping the others: the lines are moments one after the other, not one moment\n");
    uint64_t ever = DW_GET(header->counters[DW_COUNT_THREADS]), ended = DW_GET(header->counters[DW_COUNT_EXITED]);
    dw_print_count(printer, ever, "thread");
    dw_print(printer, " recorded since then, ");
    dw_print_number(printer, ended);
    dw_print(printer, " of them ended");
    uint64_t kernel = dw_dump_kernel_threads();
    if (kernel != 0) {
        dw_print(printer, "; the kernel counts ");
        dw_print_number(printer, kernel);
        dw_print(printer, " now");
    }
    dw_print(printer, "\n");
    if (request->note != 0) dw_print(printer, request->note);
}

int dw_dump_write(const struct dw_dump_request *request, uint32_t *refused_count) {
    static struct dw_dump the_dump; // too large for a signal's stack
    struct dw_dump *dump = &the_dump;
    dump->now = dw_now();
    dump->deadline = dump->now + 3 * SECOND;
    dump->tid = (uint32_t)DW_SYSTEM3(SYS_gettid, 0, 0, 0);
    dump->shown = dump->unread = dump->without_record = 0;
    dw_printer_begin(&dump->printer, request->fd, dump->now + 4 * SECOND, SECOND);
    if (dump->printer.error != 0) return dump->printer.error;
    dw_symbols_begin();
    dw_dump_forget_stacks();
    own_stack(dump, request);
    dw_dump_want_threads();
    dw_dump_want_objects();
    dw_dump_want_facts();
    dw_symbols_resolve(dump->now + SECOND);
    print_header(dump, request);
    dw_dump_threads(dump);
    dw_dump_objects(dump);
    dw_dump_facts(dump);
    dw_dump_limits(dump);
    uint32_t refused = __atomic_exchange_n(refused_count, 0, __ATOMIC_RELAXED);
    if (refused != 0) {
        dw_print(&dump->printer, "Asked for again while this one was written: ");
        dw_print_number(&dump->printer, refused);
        dw_print(&dump->printer, "\n");
    }
    dw_print(&dump->printer, "deadwait: end of the thread dump\n");
    int error = dw_printer_end(&dump->printer);
    dw_symbols_end();
    return error;
}
