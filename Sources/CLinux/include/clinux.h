/* What Swift cannot import from libc: variadic functions, functions behind _GNU_SOURCE, function-like macros.
 * Every function returns -errno where libc would return -1. */
#pragma once
#include <errno.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* process_vm_readv(2) is declared for _GNU_SOURCE only. */
ssize_t clinux_process_vm_readv(pid_t pid, const struct iovec *local, unsigned long local_count,
                                const struct iovec *remote, unsigned long remote_count);
/* fork(2) is marked unavailable in Swift. Only for a process that still has one thread. */
pid_t clinux_fork(void);
