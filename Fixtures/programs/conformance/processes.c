/* fork, vfork, posix_spawn and exec of programs with threads; rights that change; system calls that are forbidden. */
#include "scenario.h"
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static bool flag;

static void *wait_flag(void *argument) {
    pthread_mutex_lock(&mutex);
    while (!flag) pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void raise_flag(void) {
    pthread_mutex_lock(&mutex);
    flag = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
}

/* Threads, waits of each kind, and a fork of its own: as good as in a program that has just begun. */
static void threads_work(void) {
    // In a child whose waiters are gone the condition is of no use: a new one in its place.
    pthread_cond_t fresh = PTHREAD_COND_INITIALIZER;
    memcpy(&condition, &fresh, sizeof condition);
    struct runner runners[3];
    sem_t local;
    pthread_barrier_t barrier;
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    flag = false;
    for (int i = 0; i < 3; i++) start(&runners[i], wait_flag, NULL);
    for (int i = 0; i < 3; i++) until_asleep(&runners[i]);
    raise_flag();
    for (int i = 0; i < 3; i++) finish(&runners[i]);
    equal(sem_init(&local, 0, 0), 0);
    equal(sem_timedwait(&local, &end), -1);
    equal(pthread_barrier_init(&barrier, NULL, 1), 0);
    equal(pthread_barrier_wait(&barrier), PTHREAD_BARRIER_SERIAL_THREAD);
    note("threads work");
}

static void with_threads(void *argument) {
    (void)argument;
    threads_work();
}

static void forks_again(void *argument) {
    threads_work();
    if (argument != NULL) in_child("grandchild", forks_again, NULL);
}

SCENARIO(fork_alone) {
    in_child("child", forks_again, &semaphore);
    threads_work();
}

/* The forking thread becomes the child's only one; the others wait for what will not come. */
SCENARIO(fork_among_threads) {
    struct runner runners[4];
    for (int i = 0; i < 4; i++) start(&runners[i], wait_flag, NULL);
    for (int i = 0; i < 4; i++) until_asleep(&runners[i]);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        forks_again(&semaphore);
        _exit(0);
    }
    note_end("child", child);
    raise_flag();
    for (int i = 0; i < 4; i++) finish(&runners[i]);
}

static void *forks_from_thread(void *argument) {
    (void)argument;
    in_child("child of thread", forks_again, &semaphore);
    return NULL;
}

SCENARIO(fork_from_a_thread) {
    struct runner waiter, forker;
    start(&waiter, wait_flag, NULL);
    until_asleep(&waiter);
    start(&forker, forks_from_thread, NULL);
    finish(&forker);
    raise_flag();
    finish(&waiter);
}

static pthread_mutex_t engine = PTHREAD_MUTEX_INITIALIZER;

static void prepare(void) {
    pthread_mutex_lock(&engine);
    note("prepare");
}
static void parent(void) {
    pthread_mutex_unlock(&engine);
    note("parent");
}
static void child(void) {
    // The engine's way: the lock is made anew, and its threads are started again.
    pthread_mutex_init(&engine, NULL);
    struct runner runner;
    start(&runner, wait_flag, NULL);
    until_asleep(&runner);
    raise_flag();
    finish(&runner);
    note("child has a thread");
}

SCENARIO(fork_handlers) {
    equal(pthread_atfork(prepare, parent, child), 0);
    pid_t pid = fork();
    if (pid == 0) {
        flag = false;
        threads_work();
        _exit(pthread_mutex_trylock(&engine));
    }
    pause_for(20);
    note_end("child", pid);
}

static void *keeps_on(void *stop) {
    while (!atomic_load((atomic_bool *)stop)) {
        struct timespec end = from_now(CLOCK_REALTIME, 1);
        pthread_mutex_lock(&mutex);
        pthread_cond_timedwait(&condition, &mutex, &end);
        pthread_mutex_unlock(&mutex);
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_flag, NULL) == 0) pthread_join(thread, NULL);
    }
    return NULL;
}

/* While other threads wait, signal and make threads at every moment. */
SCENARIO(fork_at_any_moment) {
    static atomic_bool stop;
    struct runner runners[2];
    flag = true;
    for (int i = 0; i < 2; i++) start(&runners[i], keeps_on, &stop);
    for (int i = 0; i < 60; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            struct runner runner;
            alarm(20);
            sem_init(&semaphore, 0, 1);
            start(&runner, (void *(*)(void *))(void *)sem_wait, &semaphore);
            finish(&runner);
            _exit(17);
        }
        int status = 0;
        equal(waitpid(pid, &status, 0), pid);
        equal(status, 17 << 8);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) finish(&runners[i]);
    note("60 children");
}

static void *forks_many(void *argument) {
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit(0);
        waitpid(pid, NULL, 0);
    }
    return argument;
}

SCENARIO(fork_from_many_threads) {
    struct runner runners[4];
    for (int i = 0; i < 4; i++) start(&runners[i], forks_many, NULL);
    for (int i = 0; i < 4; i++) finish(&runners[i]);
    note("80 children");
}

/* glibc's own fork without handlers, and the bare system call. */
SCENARIO(fork_without_handlers) {
    pid_t pid = _Fork();
    if (pid == 0) {
        equal(sem_init(&semaphore, 0, 1), 0);
        equal(sem_wait(&semaphore), 0);
        _exit(5);
    }
    note_end("_Fork", pid);
    pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        equal(sem_post(&semaphore), 0);
        syscall(SYS_exit_group, 6);
    }
    note_end("clone", pid);
}

__attribute__((noinline)) static pid_t vfork_shell(void) {
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 9", (char *)NULL);
        _exit(127);
    }
    return pid;
}

SCENARIO(vfork_and_exec) {
    for (int i = 0; i < 5; i++) note_end("vfork", vfork_shell());
    threads_work();
}

extern char **environ;

static void *spawns(void *argument) {
    char *words[] = {"sh", "-c", "exit 4", NULL};
    pid_t pid = -1;
    (void)argument;
    equal(posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ), 0);
    note_end("posix_spawn", pid);
    equal(posix_spawnp(&pid, "no-such-program", NULL, NULL, words, environ), ENOENT);
    note("system: %d", WEXITSTATUS(system("exit 3")));
    FILE *pipe = popen("echo from a pipe", "r");
    char line[64] = "";
    if (pipe == NULL || fgets(line, sizeof line, pipe) == NULL) note("no line");
    note("%s%d", line, pclose(pipe));
    return NULL;
}

SCENARIO(spawn) {
    struct runner runner;
    spawns(NULL);
    start(&runner, spawns, NULL);
    finish(&runner);
    threads_work();
}

static void *executes(void *argument) {
    (void)argument;
    execl("/bin/sh", "sh", "-c", "echo executed; exit 8", (char *)NULL);
    return NULL;
}

static void exec_from_thread(void *argument) {
    struct runner waiter, runner;
    (void)argument;
    start(&waiter, wait_flag, NULL);
    until_asleep(&waiter);
    start(&runner, executes, NULL);
    finish(&runner);
}

/* All other threads, the main one too, end with the exec of one. */
SCENARIO(exec_from_a_thread) { in_child("exec", exec_from_thread, NULL); }

/* The same program anew, with the library loaded anew. */
SCENARIO(exec_oneself) {
    pid_t pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "conformance", "fork_alone", (char *)NULL);
        _exit(127);
    }
    note_end("self", pid);
}

static void *says_user(void *argument) {
    sem_wait(argument);
    note("uid %d, gid %d", (int)getuid(), (int)getgid());
    return NULL;
}

static void drop_rights(void *argument) {
    struct runner runner;
    (void)argument;
    sem_init(&semaphore, 0, 0);
    start(&runner, says_user, &semaphore);
    until_asleep(&runner);
    equal(setgroups(0, NULL), 0);
    equal(setgid(65534), 0);
    equal(setuid(65534), 0); // glibc tells every thread by a signal of its own, in the midst of their waits.
    sem_post(&semaphore);
    finish(&runner);
    note("uid %d, gid %d", (int)getuid(), (int)getgid());
    threads_work();
    in_child("child", with_threads, NULL);
}

/* What only root can do; for others there is nothing to compare. */
SCENARIO(setuid_and_setgid) {
    if (geteuid() == 0) in_child("rights dropped", drop_rights, NULL);
}

static void forbid(const int *numbers, size_t count) {
    struct sock_filter filter[40] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    size_t used = 1;
    for (size_t i = 0; i < count; i++) {
        filter[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
        filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {.len = (unsigned short)used, .filter = filter};
    equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
}

/* Only what a thread library needs to wait and wake. */
static void filtered(void *argument) {
    static const int allowed[] = {SYS_write, SYS_futex, SYS_exit, SYS_exit_group, SYS_rt_sigprocmask,
                                  SYS_rt_sigreturn, SYS_madvise};
    struct runner runners[3];
    (void)argument;
    sem_init(&semaphore, 0, 0);
    for (int i = 0; i < 3; i++) start(&runners[i], wait_flag, NULL);
    forbid(allowed, sizeof allowed / sizeof *allowed);
    struct timespec end = {1, 0};
    pthread_mutex_lock(&mutex);
    equal(pthread_cond_timedwait(&condition, &mutex, &end), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    equal(sem_timedwait(&semaphore, &end), -1);
    sem_post(&semaphore);
    equal(sem_wait(&semaphore), 0);
    raise_flag();
    note("waits go on");
    _exit(0);
}

SCENARIO(seccomp_filter) { in_child("filtered", filtered, NULL); }

/* Thread creation needs more; what it needs is what the C library needs. */
static void filtered_threads(void *argument) {
    static const int allowed[] = {SYS_write,      SYS_futex,     SYS_exit,         SYS_exit_group, SYS_rt_sigprocmask,
                                  SYS_mmap,       SYS_munmap,    SYS_mprotect,     SYS_clone,      SYS_clone3,
                                  SYS_rseq,       SYS_madvise,   SYS_set_robust_list, SYS_nanosleep, SYS_gettid};
    pthread_t thread;
    (void)argument;
    forbid(allowed, sizeof allowed / sizeof *allowed);
    flag = true;
    equal(pthread_create(&thread, NULL, wait_flag, NULL), 0);
    equal(pthread_join(thread, NULL), 0);
    note("threads come and go");
    _exit(0);
}

SCENARIO(seccomp_filter_with_threads) { in_child("filtered", filtered_threads, NULL); }

static void strict(void *argument) {
    (void)argument;
    sem_init(&semaphore, 0, 1);
    equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0), 0);
    sem_wait(&semaphore);
    sem_post(&semaphore);
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&condition);
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    note("signals without waiters");
    syscall(SYS_exit, 0);
}

/* read, write, exit and sigreturn only: all else kills. */
SCENARIO(seccomp_strict) { in_child("strict", strict, NULL); }

SCENARIO(daemon) {
    int ends[2];
    char word[8] = "";
    expect(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (daemon(1, 1) != 0) _exit(1);
        alarm(20);
        flag = true;
        struct runner runner;
        start(&runner, wait_flag, NULL);
        finish(&runner);
        if (write(ends[1], "works", 5) != 5) _exit(1);
        _exit(0);
    }
    close(ends[1]);
    note_end("before daemon", pid);
    expect(read(ends[0], word, sizeof word - 1) == 5);
    note("daemon %s", word);
}
