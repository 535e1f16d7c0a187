/* A program run in a session and a folder of its own, neither of which outlives us, and one that is followed until a
 * signal would end it. fork(2) and what belongs between it and execve(2) cannot be written in Swift, nor what runs in a
 * signal handler. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

struct clinux_session {
    const char *program;
    char *const *arguments;   /* the name first, NULL last */
    char *const *environment; /* "NAME=value", NULL last */
    const char *folder;       /* where it is started; an absolute path */
    const char *output;       /* files for its standard output and error, which are made */
    const char *errors;
    int outlives_us;          /* stays when we die without having ended it */
    int is_traced;            /* PTRACE_SEIZE with all threads that it makes, before its first instruction */
};
/* Starts it as the leader of a new session, so that its id is that of its group, too; standard input is /dev/null, no
 * signal is blocked or ignored, and cores may be as large as the hard limit allows. Only for a process that has one
 * thread. Returns its id, or -errno of the step that failed, execve included. */
pid_t clinux_session_start(const struct clinux_session *session);
/* From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT to us first kill the session's group if one was started, wait for its
 * leader and remove the folder with all that is in it, and then end us as they would have. To be called before the
 * start. The path is copied; -ENAMETOOLONG from 512 bytes on. */
int clinux_session_guard(const char *folder);
/* Does the same now: kills, waits, removes; and gives the signals back their default. */
void clinux_session_end(void);
/* Gives up what is guarded: it stays. */
void clinux_session_keep(void);

/* What became of a child: 0 while it runs, else 1, with its exit status or the signal that ended it (the other is -1).
 * It is waited for only once. -errno when there is no such child. */
int clinux_session_ended(pid_t child, int *status, int *signal);

/* What a followed program did. */
enum clinux_trace_kind {
    CLINUX_TRACE_NOTHING, /* nothing to report yet */
    CLINUX_TRACE_SIGNAL,  /* `thread` is stopped on the way to `signal` */
    CLINUX_TRACE_OTHER,   /* something else happened, and it goes on */
    CLINUX_TRACE_EXITED,  /* the leader is gone: `status`, or `signal` where that ended it */
};
struct clinux_trace_event {
    int kind;
    pid_t thread;
    int status;
    int signal;
    int code;         /* siginfo_t's si_code, as the next two; for CLINUX_TRACE_SIGNAL */
    uint64_t address; /* si_addr, where the signal has one, else 0 */
    pid_t sender;     /* si_pid of a signal that a process sent, else 0 */
};
/* The next thing that the session's program or a thread of it did; without waiting. -errno when there are none. */
int clinux_trace_next(pid_t leader, struct clinux_trace_event *event);
/* Lets a thread that is stopped on the way to a signal go on with it; 0 for none. */
int clinux_trace_continue(pid_t thread, int signal);
/* Lets all of `threads` go, each in its stop or not, with the whole program stopped as by SIGSTOP: `first` has to be in a
 * signal's stop, and does not get that signal. Waits at most two seconds for it. */
int clinux_trace_freeze(pid_t first, const pid_t *threads, size_t count);
