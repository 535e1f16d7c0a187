#define _GNU_SOURCE
#include "clinux.h"
#include <unistd.h>

ssize_t clinux_process_vm_readv(pid_t pid, const struct iovec *local, unsigned long local_count,
                                const struct iovec *remote, unsigned long remote_count) {
    ssize_t count = process_vm_readv(pid, local, local_count, remote, remote_count, 0);
    return count < 0 ? -errno : count;
}

pid_t clinux_fork(void) {
    pid_t pid = fork();
    return pid < 0 ? -errno : pid;
}
