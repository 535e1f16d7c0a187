#define _GNU_SOURCE
#include "session.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int guarded_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { SIGNALS = sizeof guarded_signals / sizeof *guarded_signals, DEPTH = 16 };

/* What the handler works on. */
static volatile sig_atomic_t is_guarded;
static volatile pid_t group; /* 0 before it is started */
static char folder[512];

static void pause_for(long nanoseconds) {
    struct timespec span = {0, nanoseconds};
    nanosleep(&span, NULL);
}

/* ---- Start ---- */

static int redirect(const char *path, int flags, int descriptor) {
    int file = open(path, flags, 0600);
    if (file < 0) return -1;
    if (file != descriptor && (dup2(file, descriptor) < 0 || close(file) != 0)) return -1;
    return 0;
}

/* What we have open is none of the program's business; the pipes of the start are among it. */
static void close_rest_on_exec(void) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 1 << 2 /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */) == 0) return;
#endif
    for (int descriptor = STDERR_FILENO + 1; descriptor < 1024; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/* In the child. Returns only when something fails. */
static void become(const struct clinux_session *session, pid_t parent, int gate) {
    if (setsid() < 0) return;
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return;
    if (!session->outlives_us) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return;
        /* Who died before that sends nothing. */
        if (getppid() != parent) _exit(1);
    }
    struct rlimit cores;
    if (getrlimit(RLIMIT_CORE, &cores) == 0) {
        cores.rlim_cur = cores.rlim_max;
        setrlimit(RLIMIT_CORE, &cores);
    }
    if (chdir(session->folder) != 0) return;
    if (redirect("/dev/null", O_RDONLY, STDIN_FILENO) != 0) return;
    if (redirect(session->output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, STDOUT_FILENO) != 0) return;
    if (redirect(session->errors, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, STDERR_FILENO) != 0) return;
    close_rest_on_exec();
    char byte;
    ssize_t count;
    do count = read(gate, &byte, 1);
    while (count < 0 && errno == EINTR);
    if (count != 1) _exit(1);
    execve(session->program, session->arguments, session->environment);
}

pid_t clinux_session_start(const struct clinux_session *session) {
    /* Through one the child waits to be followed, through the other it says why it could not become the program; the
     * other's writing end is closed by a successful execve. */
    int gate[2], failure[2];
    if (pipe2(gate, O_CLOEXEC) != 0) return -errno;
    if (pipe2(failure, O_CLOEXEC) != 0) {
        int error = errno;
        close(gate[0]), close(gate[1]);
        return -error;
    }
    pid_t parent = getpid();
    pid_t child = fork();
    int error = child < 0 ? errno : 0;
    if (child > 0) group = child;
    if (child == 0) {
        close(gate[1]);
        become(session, parent, gate[0]);
        error = errno;
        while (write(failure[1], &error, sizeof error) < 0 && errno == EINTR) continue;
        _exit(127);
    }
    close(gate[0]), close(failure[1]);
    if (child > 0) {
        const long options = PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
        if (session->is_traced && ptrace(PTRACE_SEIZE, child, 0, (void *)options) != 0) error = errno;
        if (error == 0 && write(gate[1], "", 1) != 1) error = errno;
        int told = 0;
        ssize_t count = 0;
        if (error == 0) {
            do count = read(failure[0], &told, sizeof told);
            while (count < 0 && errno == EINTR);
        }
        if (count == (ssize_t)sizeof told) error = told;
        if (error != 0) {
            kill(child, SIGKILL);
            while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) continue;
            group = 0;
        }
    }
    close(gate[1]), close(failure[0]);
    return error ? -error : child;
}

/* ---- End: all of it is async-signal-safe ---- */

static void remove_entries(int directory, int depth);

static void remove_entry(int directory, const char *name, int depth) {
    if (unlinkat(directory, name, 0) == 0 || depth == 0) return;
    int inner = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0) return;
    remove_entries(inner, depth - 1);
    close(inner);
    unlinkat(directory, name, AT_REMOVEDIR);
}

static void remove_entries(int directory, int depth) {
    char buffer[2048] __attribute__((aligned(8)));
    ssize_t count;
    while ((count = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        for (ssize_t offset = 0; offset < count;) {
            const struct dirent64 *entry = (const void *)(buffer + offset);
            offset += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            remove_entry(directory, entry->d_name, depth);
        }
    }
}

static void end_group(void) {
    pid_t leader = group;
    if (!is_guarded) return;
    is_guarded = 0;
    if (leader != 0) {
        kill(-leader, SIGKILL);
        kill(leader, SIGKILL);
        while (waitpid(leader, NULL, __WALL) < 0 && errno == EINTR) continue;
    }
    /* What the leader has started may still be ending, and writing meanwhile. */
    for (int attempt = 0; attempt < 100; attempt++) {
        remove_entry(AT_FDCWD, folder, DEPTH);
        if (access(folder, F_OK) != 0) return;
        pause_for(10000000);
    }
}

static void ended_by_signal(int number) {
    end_group();
    signal(number, SIG_DFL);
    raise(number);
}

int clinux_session_guard(const char *path) {
    if (strlen(path) >= sizeof folder) return -ENAMETOOLONG;
    strcpy(folder, path);
    group = 0;
    is_guarded = 1;
    struct sigaction action = {.sa_handler = ended_by_signal};
    /* One of them at a time. */
    for (int index = 0; index < SIGNALS; index++) sigaddset(&action.sa_mask, guarded_signals[index]);
    for (int index = 0; index < SIGNALS; index++) {
        struct sigaction before;
        /* One that is ignored stays so: nohup(1). */
        if (sigaction(guarded_signals[index], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(guarded_signals[index], &action, NULL);
    }
    return 0;
}

void clinux_session_keep(void) {
    is_guarded = 0;
    for (int index = 0; index < SIGNALS; index++) {
        struct sigaction action;
        if (sigaction(guarded_signals[index], NULL, &action) == 0 && action.sa_handler == ended_by_signal)
            signal(guarded_signals[index], SIG_DFL);
    }
}

void clinux_session_end(void) {
    end_group();
    clinux_session_keep();
}

int clinux_session_ended(pid_t child, int *status, int *number) {
    int word;
    pid_t changed = waitpid(child, &word, WNOHANG);
    if (changed < 0) return -errno;
    if (changed == 0) return 0;
    *status = WIFEXITED(word) ? WEXITSTATUS(word) : -1;
    *number = WIFSIGNALED(word) ? WTERMSIG(word) : -1;
    return 1;
}

/* ---- Following ---- */

int clinux_trace_next(pid_t leader, struct clinux_trace_event *event) {
    int word;
    memset(event, 0, sizeof *event);
    pid_t thread = waitpid(-1, &word, __WALL | WNOHANG);
    if (thread < 0) return -errno;
    if (thread == 0) return 0;
    event->thread = thread;
    event->kind = CLINUX_TRACE_OTHER;
    if (!WIFSTOPPED(word)) {
        if (thread != leader) return 0;
        event->kind = CLINUX_TRACE_EXITED;
        event->status = WIFEXITED(word) ? WEXITSTATUS(word) : -1;
        event->signal = WIFSIGNALED(word) ? WTERMSIG(word) : -1;
        return 0;
    }
    if (word >> 16 != 0) {
        /* A new thread, the thread that made it, or a stop for job control, in which it has to be left (ptrace(2)). */
        int stopped = word >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(word) != SIGTRAP;
        return ptrace(stopped ? PTRACE_LISTEN : PTRACE_CONT, thread, 0, 0) ? -errno : 0;
    }
    siginfo_t details;
    if (ptrace(PTRACE_GETSIGINFO, thread, 0, &details) != 0) return errno == ESRCH ? 0 : -errno;
    event->kind = CLINUX_TRACE_SIGNAL;
    event->signal = WSTOPSIG(word);
    event->code = details.si_code;
    if (details.si_code > 0)
        event->address = (uintptr_t)details.si_addr;
    else
        event->sender = details.si_pid;
    return 0;
}

int clinux_trace_continue(pid_t thread, int number) {
    return ptrace(PTRACE_CONT, thread, 0, (void *)(intptr_t)number) && errno != ESRCH ? -errno : 0;
}

int clinux_trace_freeze(pid_t first, const pid_t *threads, size_t count) {
    /* One thread that goes on with SIGSTOP stops them all, also those that are let go from a stop of ours. */
    for (size_t index = 0; index < count; index++)
        if (threads[index] != first) ptrace(PTRACE_INTERRUPT, threads[index], 0, 0);
    if (ptrace(PTRACE_DETACH, first, 0, (void *)(intptr_t)SIGSTOP) != 0) return -errno;
    for (size_t index = 0; index < count; index++) {
        pid_t thread = threads[index];
        if (thread == first) continue;
        int word;
        for (int attempt = 0; attempt < 2000; attempt++) {
            pid_t changed = waitpid(thread, &word, __WALL | WNOHANG);
            if (changed != 0) break;
            pause_for(1000000);
        }
        ptrace(PTRACE_DETACH, thread, 0, 0);
    }
    return 0;
}
