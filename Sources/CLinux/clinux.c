#define _GNU_SOURCE
#include "clinux.h"
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <malloc.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
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

int clinux_task_open(int task_directory, pid_t tid, const char *name) {
    char path[64];
    int length = snprintf(path, sizeof path, "%d/%s", tid, name);
    if (length < 0 || (size_t)length >= sizeof path) return -ENAMETOOLONG;
    int descriptor = openat(task_directory, path, O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

ssize_t clinux_task_read(int task_directory, pid_t tid, const char *name, void *buffer, size_t capacity) {
    int descriptor = clinux_task_open(task_directory, tid, name);
    if (descriptor < 0) return descriptor;
    ssize_t count = read(descriptor, buffer, capacity);
    if (count < 0) count = -errno;
    close(descriptor);
    return count;
}

ssize_t clinux_list_tasks(int task_directory, pid_t *ids, size_t capacity) {
    char buffer[1 << 15] __attribute__((aligned(8)));
    size_t found = 0;
    if (lseek(task_directory, 0, SEEK_SET) < 0) return -errno;
    for (;;) {
        ssize_t count = syscall(SYS_getdents64, task_directory, buffer, sizeof buffer);
        if (count < 0) return -errno;
        if (count == 0) return (ssize_t)found;
        for (ssize_t offset = 0; offset < count;) {
            const struct dirent64 *entry = (const void *)(buffer + offset);
            offset += entry->d_reclen;
            if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
            if (found < capacity) ids[found] = (pid_t)strtol(entry->d_name, NULL, 10);
            found++;
        }
    }
}

int clinux_ptrace_seize(pid_t tid) { return ptrace(PTRACE_SEIZE, tid, 0, 0) ? -errno : 0; }

int clinux_ptrace_interrupt(pid_t tid) { return ptrace(PTRACE_INTERRUPT, tid, 0, 0) ? -errno : 0; }

int clinux_ptrace_detach(pid_t tid, int signal) {
    return ptrace(PTRACE_DETACH, tid, 0, (void *)(intptr_t)signal) ? -errno : 0;
}

int clinux_ptrace_registers(pid_t tid, struct user_regs_struct *registers) {
    struct iovec vector = {registers, sizeof *registers};
    if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &vector)) return -errno;
    return vector.iov_len == sizeof *registers ? 0 : -EIO;
}

int clinux_wait_thread(pid_t tid, struct clinux_wait *result) {
    int status;
    result->kind = CLINUX_WAIT_NOTHING;
    result->signal = 0;
    pid_t changed = waitpid(tid, &status, __WALL | WNOHANG);
    if (changed < 0) return -errno;
    if (changed == 0) return 0;
    if (!WIFSTOPPED(status)) {
        result->kind = CLINUX_WAIT_EXITED;
        return 0;
    }
    int event = status >> 16;
    result->signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_STOP)
        result->kind = WSTOPSIG(status) == SIGTRAP ? CLINUX_WAIT_INTERRUPTED : CLINUX_WAIT_GROUP_STOP;
    else
        result->kind = event == 0 ? CLINUX_WAIT_SIGNAL : CLINUX_WAIT_EVENT;
    return 0;
}

int clinux_set_timer_slack(unsigned long nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0) ? -errno : 0;
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

int clinux_socket_timeouts(pid_t pid, int descriptor, struct timeval *receive, struct timeval *send) {
    int result = 0;
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process < 0) return -errno;
    int copy = (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);
    if (copy < 0) {
        result = -errno;
    } else {
        socklen_t length = sizeof *receive;
        if (getsockopt(copy, SOL_SOCKET, SO_RCVTIMEO, receive, &length)) result = -errno;
        length = sizeof *send;
        if (result == 0 && getsockopt(copy, SOL_SOCKET, SO_SNDTIMEO, send, &length)) result = -errno;
        close(copy);
    }
    close(process);
    return result;
}

int clinux_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int clinux_set_thread_name(const char *name) {
    return -pthread_setname_np(pthread_self(), name);
}

void clinux_keep_freed_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

int clinux_bind_to_parent(pid_t parent, const char *name) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_NAME, name, 0, 0, 0))
        return -errno;
    /* The death signal is for deaths from now on. */
    return getppid() == parent ? 0 : -ESRCH;
}

long clinux_file_system_type(const char *path) {
    struct statfs status;
    return statfs(path, &status) < 0 ? -errno : (long)status.f_type;
}

int clinux_robust_list(pid_t tid, uint64_t *head) {
    void *found = NULL;
    size_t length = 0;
    if (syscall(SYS_get_robust_list, tid, &found, &length)) return -errno;
    *head = (uint64_t)(uintptr_t)found;
    return 0;
}

ssize_t clinux_unix_peers(uint32_t (*pairs)[2], size_t capacity) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (descriptor < 0) return -errno;
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } question = {
        .header = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = AF_UNIX, .udiag_states = -1, .udiag_show = UDIAG_SHOW_PEER},
    };
    ssize_t found = 0;
    if (send(descriptor, &question, sizeof question, 0) < 0) found = -errno;
    char answer[1 << 15] __attribute__((aligned(8)));
    for (int done = found < 0; !done;) {
        ssize_t count = recv(descriptor, answer, sizeof answer, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            if (count < 0) found = -errno;
            break;
        }
        for (struct nlmsghdr *message = (void *)answer; NLMSG_OK(message, (size_t)count);
             message = NLMSG_NEXT(message, count)) {
            if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
                done = 1;
                break;
            }
            if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY) continue;
            struct unix_diag_msg *one = NLMSG_DATA(message);
            int rest = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *one));
            for (struct rtattr *part = (struct rtattr *)(one + 1); RTA_OK(part, rest); part = RTA_NEXT(part, rest)) {
                if (part->rta_type != UNIX_DIAG_PEER || RTA_PAYLOAD(part) < sizeof(uint32_t)) continue;
                if ((size_t)found < capacity) {
                    pairs[found][0] = one->udiag_ino;
                    memcpy(&pairs[found][1], RTA_DATA(part), sizeof(uint32_t));
                }
                found++;
            }
        }
    }
    close(descriptor);
    return found;
}
