#define _GNU_SOURCE
#include "dw_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dw_symbols.h"
#include "dw_system.h"

static const uint64_t SECOND = 1000000000;
enum { PATH_BYTES = 4096 };

static struct {
    char path[PATH_BYTES]; // of DEADWAIT_DUMP, absolute; empty: standard error
    uint64_t owner;        // pid of the process that writes a dump, 0 none; a child forked meanwhile has another pid
    uint32_t refused;      // asked for while one was being written
    int signal;            // that asks for a dump, 0 none
    struct dw_dump dump;
} state;

/// Signals that the kernel sends for what an instruction does: blocked, they would kill without the program's handler.
static const int SYNCHRONOUS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

/// The kernel's signal sets have 64 bits; libc's own signals 32 and 33 are among them, so that a cancellation waits.
static uint64_t set_of(int number) { return (uint64_t)1 << (number - 1); }

static uint64_t block_signals(void) {
    uint64_t all = UINT64_MAX, before = 0;
    for (uint32_t i = 0; i < sizeof SYNCHRONOUS / sizeof *SYNCHRONOUS; i++) all &= ~set_of(SYNCHRONOUS[i]);
    DW_SYSTEM4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    return before;
}

static uint64_t pending_signals(void) {
    uint64_t pending = 0;
    DW_SYSTEM3(SYS_rt_sigpending, &pending, sizeof pending, 0);
    return pending;
}

/// Takes back the SIGPIPE or SIGXFSZ that a write of ours has raised, unless one was pending before.
static void take_back(uint64_t pending_before) {
    uint64_t ours = (set_of(SIGPIPE) | set_of(SIGXFSZ)) & ~pending_before & pending_signals();
    struct timespec none = {0, 0};
    if (ours != 0) DW_SYSTEM4(SYS_rt_sigtimedwait, &ours, 0, &none, sizeof ours);
}

static void print_header(struct dw_dump *dump, const char *cause, const char *note) {
    struct dw_printer *printer = &dump->printer;
    const struct dw_registry_header *header = dw_areas.header;
    uint64_t age = dump->now > header->start_monotonic ? dump->now - header->start_monotonic : 0;
    char name[256] = {0};
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
    dw_print(printer, "asked for by ");
    dw_print(printer, cause);
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
    if (note != 0) dw_print(printer, note);
}

/// All of a dump. Signals are blocked, and `state` belongs to the caller.
static int write_dump(int fd, const char *cause, const char *note) {
    struct dw_dump *dump = &state.dump;
    dump->now = dw_now();
    dump->deadline = dump->now + 3 * SECOND;
    dump->tid = (uint32_t)DW_SYSTEM3(SYS_gettid, 0, 0, 0);
    dump->shown = dump->unread = dump->without_record = 0;
    dw_printer_begin(&dump->printer, fd, dump->now + 4 * SECOND, SECOND);
    if (dump->printer.error != 0) return dump->printer.error;
    dw_symbols_begin();
    dw_dump_forget_stacks();
    dw_dump_want_threads();
    dw_dump_want_objects();
    dw_dump_want_facts();
    dw_symbols_resolve(dump->now + SECOND);
    print_header(dump, cause, note);
    dw_dump_threads(dump);
    dw_dump_objects(dump);
    dw_dump_facts(dump);
    dw_dump_limits(dump);
    uint32_t refused = __atomic_exchange_n(&state.refused, 0, __ATOMIC_RELAXED);
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

/// The file of DEADWAIT_DUMP, or standard error without one or where it cannot be opened.
static int open_output(bool *is_opened, const char **note) {
    if (state.path[0] == 0) return STDERR_FILENO;
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    long fd = DW_SYSTEM4(SYS_openat, AT_FDCWD, state.path, flags, 0600);
    if (fd < 0) {
        *note = "the file of DEADWAIT_DUMP cannot be opened, or is a symbolic link: the dump goes here\n";
        return STDERR_FILENO;
    }
    *is_opened = true;
    return (int)fd;
}

/// `fd` below 0: where DEADWAIT_DUMP says.
static int dump_once(int fd, const char *cause) {
    if (dw_areas.header == 0) return ENOSYS;
    uint64_t pid = (uint64_t)DW_SYSTEM3(SYS_getpid, 0, 0, 0), owner = DW_GET(state.owner);
    // In a child of vfork(2), or of clone(2) without fork handlers, neither the registry nor these variables are its own.
    if (pid != dw_areas.header->pid) return ENOSYS;
    if (owner == pid || !__atomic_compare_exchange_n(&state.owner, &owner, pid, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        DW_ADD(state.refused, 1);
        return EBUSY;
    }
    uint64_t before = block_signals(), pending = pending_signals();
    bool is_opened = false;
    const char *note = 0;
    if (fd < 0) fd = open_output(&is_opened, &note);
    int error = write_dump(fd, cause, note);
    if (is_opened) DW_SYSTEM3(SYS_close, fd, 0, 0);
    take_back(pending);
    DW_PUT_RELEASE(state.owner, 0);
    DW_SYSTEM4(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
    return error;
}

int dw_dump(int fd) { return fd < 0 ? EBADF : dump_once(fd, "dw_dump()"); }

/// Makes no call of libc's that sets errno, so that errno stays.
static void on_signal(int number) {
    char cause[40] = "signal ";
    dw_decimal(cause + 7, (uint64_t)number);
    dump_once(-1, number == SIGQUIT ? "SIGQUIT" : cause);
}

/// The number of "QUIT", "SIGQUIT", "RTMIN+3" or "3"; 0 for "none", -1 for what is none.
static int signal_number(const char *name) {
    if (strcasecmp(name, "none") == 0 || strcmp(name, "0") == 0) return 0;
    char *end;
    if (name[0] >= '0' && name[0] <= '9') {
        long number = strtol(name, &end, 10);
        return *end == 0 && number > 0 && number <= 64 ? (int)number : -1;
    }
    if (strncasecmp(name, "SIG", 3) == 0) name += 3;
    bool is_low = strncasecmp(name, "RTMIN", 5) == 0, is_high = strncasecmp(name, "RTMAX", 5) == 0;
    if (is_low || is_high) {
        long offset = name[5] != 0 ? strtol(name + 5, &end, 10) : 0;
        if ((name[5] != 0 && *end != 0) || offset < -64 || offset > 64) return -1;
        long number = (is_low ? SIGRTMIN : SIGRTMAX) + offset;
        return number >= SIGRTMIN && number <= SIGRTMAX ? (int)number : -1;
    }
    for (int number = 1; number < 32; number++) {
        const char *known = sigabbrev_np(number);
        if (known != 0 && strcasecmp(name, known) == 0) return number;
    }
    return -1;
}

static void keep_path(const char *path) {
    uint32_t used = 0;
    // Programs change their directory after the start.
    if (path[0] != '/' && getcwd(state.path, sizeof state.path - 1) != 0) {
        used = (uint32_t)strlen(state.path);
        state.path[used++] = '/';
    }
    if (used + strlen(path) >= sizeof state.path) {
        state.path[0] = 0;
        dw_complain("the path of DEADWAIT_DUMP is too long: dumps go to standard error");
        return;
    }
    strcpy(state.path + used, path);
}

/// After the registry's own constructor (101), before any other library's and the program's.
__attribute__((constructor(102))) static void dw_dump_install(void) {
    if (!dw_is_recording()) return;
    const char *path = secure_getenv("DEADWAIT_DUMP");
    if (path != 0 && path[0] != 0) keep_path(path);
    const char *name = secure_getenv("DEADWAIT_SIGNAL");
    bool is_asked = name != 0 && name[0] != 0;
    int number = is_asked ? signal_number(name) : SIGQUIT;
    if (number < 0) dw_complain("DEADWAIT_SIGNAL is no signal (a name, a number or none): no signal asks for a dump");
    if (number <= 0) return;
    struct sigaction current;
    if (sigaction(number, 0, &current) != 0) {
        dw_complain("the signal of DEADWAIT_SIGNAL cannot be handled: no signal asks for a dump");
        return;
    }
    bool is_ignored = !(current.sa_flags & SA_SIGINFO) && current.sa_handler == SIG_IGN;
    bool is_default = !(current.sa_flags & SA_SIGINFO) && current.sa_handler == SIG_DFL;
    // Shells without job control start what runs in the background with SIGQUIT ignored (POSIX shell, 2.11). That is
    // left as it is, unless the signal was named: then somebody wants it, and no code of the program has run yet.
    if (!is_default && !(is_ignored && is_asked)) return;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    if (sigaction(number, &action, 0) == 0) state.signal = number;
    else dw_complain("the signal of DEADWAIT_SIGNAL cannot be handled: no signal asks for a dump");
}
