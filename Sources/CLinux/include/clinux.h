/* What Swift cannot import from libc: variadic functions, functions behind _GNU_SOURCE, function-like macros.
 * Every function returns -errno where libc would return -1. */
#pragma once
#include <errno.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

/* process_vm_readv(2) is declared for _GNU_SOURCE only. */
ssize_t clinux_process_vm_readv(pid_t pid, const struct iovec *local, unsigned long local_count,
                                const struct iovec *remote, unsigned long remote_count);
/* fork(2) is marked unavailable in Swift. Only for a process that still has one thread. */
pid_t clinux_fork(void);

/* openat(2) of "TID/NAME" below an open /proc/PID/task, read-only and close-on-exec: the path is put together without
 * a heap allocation, since there are tens of thousands of them. */
int clinux_task_open(int task_directory, pid_t tid, const char *name);
/* The same with a read into `buffer` and a close: the number of bytes. */
ssize_t clinux_task_read(int task_directory, pid_t tid, const char *name, void *buffer, size_t capacity);
/* The numeric names of a directory, from its beginning: getdents64(2) is declared for _GNU_SOURCE only and its records
 * end in a flexible array. Returns how many there are, of which at most `capacity` were stored. */
ssize_t clinux_list_tasks(int task_directory, pid_t *ids, size_t capacity);

/* ptrace(2) is variadic. */
int clinux_ptrace_seize(pid_t tid);
int clinux_ptrace_interrupt(pid_t tid);
int clinux_ptrace_detach(pid_t tid, int signal);
/* PTRACE_GETREGSET with NT_PRSTATUS. -EIO when the thread is not a 64-bit one. */
int clinux_ptrace_registers(pid_t tid, struct user_regs_struct *registers);

/* What waitpid(tid, __WALL | WNOHANG) says of a traced thread: its status macros are function-like, and
 * PTRACE_EVENT_STOP is an enumerator of a header that clashes with <linux/ptrace.h>. */
enum clinux_wait_kind {
    CLINUX_WAIT_NOTHING,     /* nothing to report yet */
    CLINUX_WAIT_INTERRUPTED, /* stopped by PTRACE_INTERRUPT */
    CLINUX_WAIT_GROUP_STOP,  /* stopped by job control; `signal` is the stop signal */
    CLINUX_WAIT_SIGNAL,      /* stopped on the way to a signal, which must be given back at the detach */
    CLINUX_WAIT_EVENT,       /* stopped for another ptrace event */
    CLINUX_WAIT_EXITED,      /* gone, and reaped */
};
struct clinux_wait {
    int kind;
    int signal;
};
int clinux_wait_thread(pid_t tid, struct clinux_wait *result);

/* prctl(2) is variadic. PR_SET_TIMERSLACK of the calling thread, nanoseconds: how late a sleep may end. */
int clinux_set_timer_slack(unsigned long nanoseconds);

/* SO_RCVTIMEO or SO_SNDTIMEO of another process's socket through pidfd_getfd(2), which libc has not always: the
 * descriptor is duplicated into this process for the time of one getsockopt(2). -ENOTSOCK for other files. */
int clinux_socket_timeouts(pid_t pid, int descriptor, struct timeval *receive, struct timeval *send);
/* ioctl(2) is variadic. The terminal's width in columns, 0 when `descriptor` is no terminal. */
int clinux_terminal_columns(int descriptor);
/* pthread_setname_np(3) is declared for _GNU_SOURCE only. Names the calling thread; 15 bytes at most. */
int clinux_set_thread_name(const char *name);
/* mallopt(3) is in no module of Swift's. Keeps freed blocks of up to 32 MiB in the heap of this process. For a program
 * that makes large arrays one after the other and ends soon: their pages are else taken from the kernel anew for each,
 * one page fault a page. */
void clinux_keep_freed_memory(void);

/* prctl(2) is variadic. For a child of `parent` that reads hostile files: it dies with its parent, gains no privileges,
 * and shows `name` (15 bytes) in ps. -ESRCH when the parent has gone meanwhile. */
int clinux_bind_to_parent(pid_t parent, const char *name);

/* The magic number of the file system that a path leads to: f_type of statfs(2), whose structure Swift does not import. */
long clinux_file_system_type(const char *path);

/* taskstats (the kernel's Documentation/accounting/taskstats.rst): netlink messages are variable-length structures and
 * macros. The descriptor of a socket for it, with the number of its message family; needs CONFIG_TASKSTATS. */
int clinux_taskstats_open(uint16_t *family);
/* What it tells of a thread: sched_info.pcount and se.sum_exec_runtime, which are the third and first fields of
 * schedstat, and the name. Other kernels may leave the numbers 0: see TaskStatistics. */
struct clinux_task_statistics {
    uint64_t runs;
    uint64_t cpu_nanoseconds;
    char name[32]; /* ends with a NUL */
};
/* Asks for `count` threads by their ids in the initial pid namespace, 32 with one system call; a thread that is gone, or
 * that may not be asked for (CAP_NET_ADMIN is needed), is all zeros. */
int clinux_taskstats_read(int descriptor, uint16_t family, const pid_t *tids, size_t count,
                          struct clinux_task_statistics *result);

/* get_robust_list(2) has no wrapper in libc: the head's address in the thread's memory, 0 for none. */
int clinux_robust_list(pid_t tid, uint64_t *head);
/* The connected Unix sockets of our network namespace, by sock_diag(7), whose messages are variable-length structures
 * and macros: pairs of inode numbers, a socket and its peer. Returns how many pairs there are, of which at most
 * `capacity` were stored. */
ssize_t clinux_unix_peers(uint32_t (*pairs)[2], size_t capacity);
