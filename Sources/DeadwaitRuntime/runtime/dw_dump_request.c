#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dw_dump.h"
#include "dw_system.h"

enum { PATH_BYTES = 4096 };

static struct {
    char path[PATH_BYTES]; // of DEADWAIT_DUMP, absolute; empty: standard error
    uint64_t owner;        // pid of the process that writes a dump, 0 none; a child forked meanwhile has another pid
    uint32_t refused;      // asked for while one was being written
    int signal;            // that asks for a dump, 0 none
    uint64_t stderr_device, stderr_inode; // what descriptor 2 was when the library was loaded
    bool had_stderr;
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

static bool is_same_file(const struct stat *one, uint64_t device, uint64_t inode) {
    return (uint64_t)one->st_dev == device && (uint64_t)one->st_ino == inode;
}

/// Whether descriptor 2 is standard error, and not what a program that had closed it got next: a data file, a client's
/// connection. It is if it is what it was at the start, a terminal or other character device, the same as standard
/// output, or a log: a file opened for appending only.
static bool has_standard_error(void) {
    static struct stat error, output; // of the one dump that is written
    long flags = DW_SYSTEM3(SYS_fcntl, STDERR_FILENO, F_GETFL, 0);
    if (flags < 0 || DW_SYSTEM3(SYS_fstat, STDERR_FILENO, &error, 0) < 0) return false;
    if (S_ISCHR(error.st_mode)) return true;
    if (!state.had_stderr) return false;
    if (is_same_file(&error, state.stderr_device, state.stderr_inode)) return true;
    if (DW_SYSTEM3(SYS_fstat, STDOUT_FILENO, &output, 0) == 0) {
        if (is_same_file(&error, output.st_dev, output.st_ino)) return true;
    }
    return S_ISREG(error.st_mode) && (flags & O_APPEND) && (flags & O_ACCMODE) == O_WRONLY;
}

/// The file of DEADWAIT_DUMP, or standard error without one or where it cannot be opened. Returns what is to be closed.
static int open_output(struct dw_dump_request *request) {
    request->fd = has_standard_error() ? STDERR_FILENO : -1;
    if (state.path[0] == 0) return -1;
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    long fd = DW_SYSTEM4(SYS_openat, AT_FDCWD, state.path, flags, 0600);
    if (fd < 0) {
        request->note = "the file of DEADWAIT_DUMP cannot be opened, or is a symbolic link: the dump goes here\n";
        return -1;
    }
    request->fd = (int)fd;
    return (int)fd;
}

/// A request's `fd` below 0: where DEADWAIT_DUMP says.
static int dump_once(struct dw_dump_request *request) {
    if (!dw_is_recording()) return ENOSYS;
    uint64_t pid = (uint64_t)DW_SYSTEM3(SYS_getpid, 0, 0, 0), owner = DW_GET(state.owner);
    // In a child of vfork(2), or of clone(2) without fork handlers, neither the registry nor these variables are its own.
    if (pid != dw_areas.header->pid) return ENOSYS;
    if (owner == pid ||
        !__atomic_compare_exchange_n(&state.owner, &owner, pid, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        DW_ADD(state.refused, 1);
        return EBUSY;
    }
    uint64_t before = block_signals(), pending = pending_signals();
    int opened = request->fd < 0 ? open_output(request) : -1;
    int error = request->fd < 0 ? EBADF : dw_dump_write(request, &state.refused);
    if (opened >= 0) DW_SYSTEM3(SYS_close, opened, 0, 0);
    take_back(pending);
    DW_PUT_RELEASE(state.owner, 0);
    DW_SYSTEM4(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
    return error;
}

int deadwait_dump(int fd) {
    struct dw_dump_request request = {.fd = fd};
    return fd < 0 ? EBADF : dump_once(&request);
}

/// Makes no call of libc's that sets errno, so that errno stays.
static void on_signal(int number, siginfo_t *info, void *context) {
    bool is_sent = info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE;
    struct dw_dump_request request = {
        .fd = -1, .signal = number, .sender = is_sent ? (uint32_t)info->si_pid : 0, .context = context};
    dump_once(&request);
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
    struct stat error;
    state.had_stderr = fstat(STDERR_FILENO, &error) == 0;
    if (state.had_stderr) {
        state.stderr_device = error.st_dev;
        state.stderr_inode = error.st_ino;
    }
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
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    if (sigaction(number, &action, 0) == 0) state.signal = number;
    else dw_complain("the signal of DEADWAIT_SIGNAL cannot be handled: no signal asks for a dump");
}
