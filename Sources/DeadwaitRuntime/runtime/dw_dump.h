/// The thread dump that a process writes about itself. The parts of one dump share a printer and the time to end by.
///
/// What the signal cannot leave undisturbed: the thread that it comes to, usually the first, writes for as long as the
/// dump takes, and the calls that no SA_RESTART restarts end there with EINTR: sleeps, poll, select, epoll_wait,
/// sigwait's family, sockets with a timeout, System V messages and semaphores, io_getevents (signal(7)). Calls made
/// while writing: openat, read, pread64, readlinkat, fstat, fcntl, ppoll, write, sendto, close, getpid, gettid,
/// rt_sigprocmask, rt_sigpending, rt_sigtimedwait. A seccomp filter that kills for one of them kills here too: such a
/// program sets DEADWAIT_SIGNAL=none. Files of modules are opened and closed, which drops record locks (fcntl(2)) that
/// the program might hold on its own executable or libraries.
#ifndef DEADWAIT_DUMP_H
#define DEADWAIT_DUMP_H

#include "dw_print.h"

/// Writes a thread dump to `fd`, which must be open for writing and is left as it is.
///
/// Returns 0, or an errno value: EBUSY while another dump is being written, EBADF and others of write(2), EAGAIN if the
/// reader was too slow, ETIME if it took too long, ENOSYS while there is no registry. Takes 4 s at most, 1 s of it
/// waiting for the reader. Blocks signals of the calling thread meanwhile. Async-signal-safe, keeps errno, takes no
/// lock, allocates nothing, is no cancellation point.
DW_EXPORT int deadwait_dump(int fd);

#pragma GCC visibility push(hidden)

/// Who wants a dump, and where.
struct dw_dump_request {
    int fd;
    int signal;          // 0: the program itself
    uint32_t sender;     // pid of who sent the signal, 0 unknown
    const void *context; // ucontext_t of the handler, null without one
    const char *note;    // a line to add, or null
};

struct dw_dump {
    struct dw_printer printer;
    uint64_t now;      // when it began
    uint64_t deadline; // dw_now() after which the rest is left out
    uint32_t tid;      // who writes it
    uint32_t shown;    // live threads that the dump shows
    uint32_t unread;   // records that kept changing while they were read
    uint32_t without_record; // threads shown without a recorded wait
    uint32_t own_depth;      // frames of the thread that writes it: where the signal came, or who asked for it
    uint32_t own_back;       // 1: the first is a return address, as the others; 0: an instruction's
    uint32_t own_flags;      // dw_stack_flag
    uint64_t own_frames[DW_STACK_FRAMES];
};

/// All of a dump. One at a time, with signals blocked. `refused` counts requests while it is written, and is reset.
int dw_dump_write(const struct dw_dump_request *request, uint32_t *refused);

// dw_dump_parts.c

/// Copies a record by its sequence; false if it kept changing. The record begins with its sequence.
bool dw_dump_copy(const void *record, void *copy, uint32_t size);
bool dw_dump_is_live(const struct dw_thread_record *record);
uint32_t dw_dump_threads_used(void);
/// A stack's frames, a line each, or where it was printed before.
void dw_dump_stack(struct dw_dump *dump, uint32_t stack, const char *indent, uint32_t tid);
void dw_dump_forget_stacks(void);
/// The frames of the thread that writes the dump.
void dw_dump_own_stack(struct dw_dump *dump);
/// "tid 17 "flusher"" as far as it is known.
void dw_dump_who(struct dw_dump *dump, uint32_t tid);
const char *dw_dump_kind(uint32_t kind);
/// The text of a number in quotes; false and nothing if there is none.
bool dw_dump_text(struct dw_dump *dump, uint32_t number);

// dw_dump_threads.c

void dw_dump_want_threads(void);
void dw_dump_threads(struct dw_dump *dump);

// dw_dump_kernel.c

/// What the kernel says of a thread without a recorded wait.
void dw_dump_kernel_state(struct dw_dump *dump, uint32_t tid);
/// How many threads the kernel counts, 0 if it does not say.
uint64_t dw_dump_kernel_threads(void);

// dw_dump_objects.c

void dw_dump_want_objects(void);
void dw_dump_objects(struct dw_dump *dump);

// dw_dump_facts.c: what is not about one thread or one object

/// Live threads of a role, by its number.
uint32_t dw_dump_live_of_role(uint32_t role);
void dw_dump_want_facts(void);
void dw_dump_facts(struct dw_dump *dump);
void dw_dump_limits(struct dw_dump *dump);

#pragma GCC visibility pop

#endif
