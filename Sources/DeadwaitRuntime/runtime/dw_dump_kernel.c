#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>

#include "dw_dump.h"
#include "dw_symbols.h"
#include "dw_system.h"

static const struct {
    uint16_t number;
    const char *name;
} CALLS[] = {
    {SYS_read, "read"}, {SYS_write, "write"}, {SYS_readv, "readv"}, {SYS_writev, "writev"},
    {SYS_pread64, "pread64"}, {SYS_pwrite64, "pwrite64"}, {SYS_poll, "poll"}, {SYS_ppoll, "ppoll"},
    {SYS_select, "select"}, {SYS_pselect6, "pselect6"}, {SYS_epoll_wait, "epoll_wait"},
    {SYS_epoll_pwait, "epoll_pwait"}, {SYS_nanosleep, "nanosleep"}, {SYS_clock_nanosleep, "clock_nanosleep"},
    {SYS_futex, "futex"}, {SYS_accept, "accept"}, {SYS_accept4, "accept4"}, {SYS_connect, "connect"},
    {SYS_recvfrom, "recvfrom"}, {SYS_recvmsg, "recvmsg"}, {SYS_sendto, "sendto"}, {SYS_sendmsg, "sendmsg"},
    {SYS_wait4, "wait4"}, {SYS_waitid, "waitid"}, {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
    {SYS_rt_sigsuspend, "rt_sigsuspend"}, {SYS_pause, "pause"}, {SYS_flock, "flock"}, {SYS_fcntl, "fcntl"},
    {SYS_fsync, "fsync"}, {SYS_fdatasync, "fdatasync"}, {SYS_io_getevents, "io_getevents"},
    {SYS_msgrcv, "msgrcv"}, {SYS_msgsnd, "msgsnd"}, {SYS_semop, "semop"}, {SYS_semtimedop, "semtimedop"},
    {SYS_restart_syscall, "restart_syscall"}, {SYS_openat, "openat"}, {SYS_ioctl, "ioctl"},
    {SYS_sched_yield, "sched_yield"}, {SYS_io_uring_enter, "io_uring_enter"},
};

/// What is read of a file of /proc: static, since a dump may be written on a small signal stack.
static char text[512];

/// The first bytes of a file of /proc, with a zero; the count, or a negated errno value.
static long read_file(const char *path) {
    long fd = DW_SYSTEM4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    long count = DW_SYSTEM3(SYS_read, fd, text, sizeof text - 1);
    DW_SYSTEM3(SYS_close, fd, 0, 0);
    text[count > 0 ? count : 0] = 0;
    return count;
}

/// The next number of a line, decimal or after 0x; spaces before it are skipped.
static bool next_number(const char **from, uint64_t *value) {
    const char *at = *from;
    while (*at == ' ') at++;
    uint32_t base = at[0] == '0' && at[1] == 'x' ? 16 : 10;
    if (base == 16) at += 2;
    const char *first = at;
    for (*value = 0;; at++) {
        uint32_t digit = *at >= '0' && *at <= '9' ? (uint32_t)(*at - '0') : (uint32_t)(*at - 'a') + 10;
        if (digit >= base) break;
        *value = *value * base + digit;
    }
    *from = at;
    return at != first;
}

uint64_t dw_dump_kernel_threads(void) {
    if (read_file("/proc/self/stat") <= 0) return 0;
    const char *at = strrchr(text, ')'); // the name may hold anything, field 2 of proc_pid_stat(5)
    uint64_t threads = 0;
    for (uint32_t field = 2; at != 0 && field < 20; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != 0 && next_number(&at, &threads) ? threads : 0;
}

static void print_futex(struct dw_dump *dump, const uint64_t *arguments) {
    struct dw_printer *printer = &dump->printer;
    uint32_t operation = (uint32_t)arguments[1] & FUTEX_CMD_MASK, word;
    dw_print(printer, "waits in futex(2) at ");
    dw_print_address(printer, arguments[0]);
    bool waits = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
    bool is_pi = operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2;
    if (is_pi && dw_symbols_read(arguments[0], &word, sizeof word)) {
        dw_print(printer, ", a priority-inheriting lock held by ");
        dw_dump_who(dump, word & FUTEX_TID_MASK);
    } else if (waits && (uint32_t)arguments[2] == 2) {
        // glibc's locks wait for the value 2, and a pthread_mutex_t has its owner 8 bytes on (2.36,
        // sysdeps/nptl/bits/struct_mutex.h). Other words have the value too, so a live thread must be named there.
        if (dw_symbols_read(arguments[0] + 8, &word, sizeof word) && word != 0) {
            for (uint32_t i = 0; i < DW_GET(dw_areas.header->threads_used) && i < dw_areas.thread_capacity; i++) {
                const struct dw_thread_record *record = &dw_areas.threads[i];
                if (DW_GET(record->tid) != word || !dw_dump_is_live(record)) continue;
                dw_print(printer, "; if it is a pthread_mutex_t, its owner is ");
                dw_dump_who(dump, word);
                break;
            }
        }
    }
    dw_print(printer, " (not recorded: what the kernel says)");
}

void dw_dump_kernel_state(struct dw_dump *dump, uint32_t tid) {
    struct dw_printer *printer = &dump->printer;
    if (tid == dump->tid) {
        dw_print(printer, "writes this dump");
        return;
    }
    char path[48] = "/proc/self/task/";
    uint32_t used = 16 + dw_decimal(path + 16, tid);
    strcpy(path + used, "/syscall");
    long count = read_file(path);
    uint64_t call, arguments[6];
    const char *at = text;
    if (count > 0 && strncmp(text, "running", 7) == 0) {
        dw_print(printer, "runs");
        return;
    }
    // "-1 sp pc" of a thread that is stopped outside a system call, e.g. on a page fault.
    if (count > 0 && text[0] != '-' && next_number(&at, &call)) {
        uint32_t have = 0;
        while (have < 6 && next_number(&at, &arguments[have])) have++;
        if (call == SYS_futex && have == 6) {
            print_futex(dump, arguments);
            return;
        }
        const char *name = 0;
        for (uint32_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
            if (CALLS[i].number == call) name = CALLS[i].name;
        }
        dw_print(printer, "is in the system call ");
        if (name != 0) dw_print(printer, name);
        else dw_print_number(printer, call);
        bool takes_descriptor = call == SYS_read || call == SYS_write || call == SYS_recvfrom || call == SYS_recvmsg ||
                                call == SYS_accept || call == SYS_accept4 || call == SYS_flock || call == SYS_fsync;
        if (takes_descriptor && have > 0) {
            dw_print(printer, " of descriptor ");
            dw_print_number(printer, (uint32_t)arguments[0]);
        }
        return;
    }
    strcpy(path + used, "/stat");
    count = read_file(path);
    const char *state = count > 0 ? strrchr(text, ')') : 0;
    if (state != 0 && state[1] == ' ') {
        char letter[2] = {state[2], 0};
        dw_print(printer, letter[0] == 'R' ? "runs" : "no wait is recorded; its state in the kernel is ");
        if (letter[0] != 'R') dw_print(printer, letter);
    } else {
        dw_print(printer, count == -ENOENT || count == -ESRCH ? "has ended without being seen to" : "runs, or waits for what is not recorded");
    }
}
