/* interruptible: one thread a blocking call; a line for each time that a call returns, with its name and errno.
 *
 * Of signal(7)'s list of calls that a stop ends with EINTR, with the kernel's own additions; and others that go on. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const struct timespec hour = {.tv_sec = 3600};
static int idle_pipe[2];
static sem_t semaphore;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int stream(int option) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) fail("socketpair");
    struct timeval timeout = {.tv_sec = 3600};
    if (option && setsockopt(pair[0], SOL_SOCKET, option, &timeout, sizeof timeout)) fail("setsockopt");
    return pair[0];
}

static int listener(int option) {
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr address = {.sa_family = AF_UNIX};
    if (bind(server, &address, sizeof(sa_family_t)) || listen(server, 1)) fail("listen");
    struct timeval timeout = {.tv_sec = 3600};
    if (option && setsockopt(server, SOL_SOCKET, option, &timeout, sizeof timeout)) fail("setsockopt");
    return server;
}

static int semaphore_set(void) {
    int set = semget(IPC_PRIVATE, 1, 0600);
    if (set < 0) fail("semget");
    return set;
}

static int set1, set2;

/* The sets would outlive us, also when we are killed: a child that ends with us removes them. */
static void remove_sets_at_end(void) {
    int alive[2];
    if (pipe(alive)) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child > 0) {
        close(alive[0]);
        return;
    }
    for (int i = 0; i < 3; i++) close(i);
    close(alive[1]);
    char byte;
    while (read(alive[0], &byte, 1) < 0 && errno == EINTR) {}
    semctl(set1, 0, IPC_RMID);
    semctl(set2, 0, IPC_RMID);
    _exit(0);
}

static int wait_select(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(idle_pipe[0], &set);
    return select(idle_pipe[0] + 1, &set, NULL, NULL, NULL);
}

/* A thread that calls forever, with `setup` made once. The name is the thread's, too. */
#define CALLER(name, setup, call)                                                     \
    static void *name##_thread(void *argument) {                                      \
        (void)argument;                                                               \
        pthread_setname_np(pthread_self(), #name);                                    \
        setup;                                                                        \
        for (;;) {                                                                    \
            long result = (long)(call);                                               \
            printf("%s %s\n", #name, result < 0 ? strerrorname_np(errno) : "returned"); \
            fflush(stdout);                                                           \
        }                                                                             \
        return NULL;                                                                  \
    }

static char block[1 << 16];

/* Ended by a stop. */
CALLER(epoll_wait, int poller = epoll_create1(0); struct epoll_event event, epoll_wait(poller, &event, 1, -1))
CALLER(epoll_timed, int poller = epoll_create1(0); struct epoll_event event, epoll_wait(poller, &event, 1, 3600000))
CALLER(epoll_pwait, int poller = epoll_create1(0); struct epoll_event event; sigset_t none; sigemptyset(&none),
       epoll_pwait(poller, &event, 1, -1, &none))
CALLER(epoll_pwait2, int poller = epoll_create1(0); struct epoll_event event,
       syscall(SYS_epoll_pwait2, poller, &event, 1, &hour, NULL, 8))
CALLER(semop, struct sembuf take = {.sem_op = -1}, semop(set1, &take, 1))
CALLER(semtimedop, struct sembuf take = {.sem_op = -1}, semtimedop(set2, &take, 1, &hour))
CALLER(sigtimedwait, sigset_t set; sigemptyset(&set); sigaddset(&set, SIGUSR1), sigtimedwait(&set, NULL, &hour))
CALLER(sigwaitinfo, sigset_t set; sigemptyset(&set); sigaddset(&set, SIGUSR2), sigwaitinfo(&set, NULL))
CALLER(recv_timed, int peer = stream(SO_RCVTIMEO); char byte, recv(peer, &byte, 1, 0))
CALLER(read_timed, int peer = stream(SO_RCVTIMEO); char byte, read(peer, &byte, 1))
CALLER(accept_timed, int server = listener(SO_RCVTIMEO), accept(server, NULL, NULL))
CALLER(send_timed, int peer = stream(SO_SNDTIMEO); while (send(peer, block, sizeof block, MSG_DONTWAIT) > 0) {},
       send(peer, block, sizeof block, 0))
CALLER(io_getevents, aio_context_t context = 0; syscall(SYS_io_setup, 1, &context); struct io_event event,
       syscall(SYS_io_getevents, context, 1, 1, &event, NULL))

/* Not disturbed. */
CALLER(poll, struct pollfd idle = {.fd = idle_pipe[0]}; idle.events = POLLIN, poll(&idle, 1, 3600000))
CALLER(select, , wait_select())
CALLER(read, char byte, read(idle_pipe[0], &byte, 1))
CALLER(nanosleep, , nanosleep(&hour, NULL))
CALLER(sem_wait, , sem_wait(&semaphore))
CALLER(pause, , pause())
CALLER(accept, int server = listener(0), accept(server, NULL, NULL))
CALLER(recv, int peer = stream(0); char byte, recv(peer, &byte, 1, 0))

int main(void) {
    void *(*const threads[])(void *) = {
        epoll_wait_thread, epoll_timed_thread, epoll_pwait_thread,  epoll_pwait2_thread, semop_thread,
        semtimedop_thread, sigtimedwait_thread, sigwaitinfo_thread, recv_timed_thread,   read_timed_thread,
        accept_timed_thread, send_timed_thread, io_getevents_thread, poll_thread,        select_thread,
        read_thread,       nanosleep_thread,   sem_wait_thread,     pause_thread,        accept_thread,
        recv_thread,
    };
    sigset_t waited;
    sigemptyset(&waited);
    sigaddset(&waited, SIGUSR1);
    sigaddset(&waited, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &waited, NULL);
    if (pipe(idle_pipe) || sem_init(&semaphore, 0, 0)) fail("setup");
    set1 = semaphore_set();
    set2 = semaphore_set();
    remove_sets_at_end();
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, threads[i], NULL)) fail("pthread_create");
    }
    usleep(200000);
    printf("ready %d\n", getpid());
    fflush(stdout);
    for (;;) sleep(3600);
}
