/* Every way to be blocked in the kernel: descriptors, file locks, time, signals, children, System V objects. OBJECT is
 * the descriptor (or id) as a number, OWNER-TID the pid of the process that holds the lock, the other end or is awaited. */
#include "zoo.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

static int empty_pipe[2], full_pipe[2], pair[2], full_pair[2], listener, tcp[2], backlogged, connecting;
static int event, timer, epoll, notify, locked, locked_range, queue, semaphores;
static pid_t holder, child;

static void read_pipe(void) { char c; if (read(empty_pipe[0], &c, 1) < 0) abort(); }
static void write_pipe(void) { if (write(full_pipe[1], "x", 1) < 0) abort(); }
static void read_event(void) { uint64_t n; if (read(event, &n, sizeof n) < 0) abort(); }
static void read_timer(void) { uint64_t n; if (read(timer, &n, sizeof n) < 0) abort(); }
static void read_notify(void) { char b[4096]; if (read(notify, b, sizeof b) < 0) abort(); }
static void receive(void) { char c; if (recv(pair[0], &c, 1, 0) < 0) abort(); }
static void receive_tcp(void) { char c; if (recv(tcp[0], &c, 1, 0) < 0) abort(); }
static void transmit(void) { if (send(full_pair[0], "x", 1, 0) < 0) abort(); }
static void take_connection(void) { if (accept(listener, NULL, NULL) < 0) abort(); }
static void poll_two(void) {
    struct pollfd set[2] = {{empty_pipe[0], POLLIN, 0}, {pair[0], POLLIN, 0}};
    poll(set, 2, -1);
}
static void poll_timed(void) {
    struct pollfd set = {event, POLLIN, 0};
    poll(&set, 1, 100000000);
}
static void select_two(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(empty_pipe[0], &set);
    FD_SET(event, &set);
    struct timeval time = {100000, 0};
    select(FD_SETSIZE, &set, NULL, NULL, &time);
}
static void wait_epoll(void) {
    struct epoll_event got;
    epoll_wait(epoll, &got, 1, -1);
}
static void lock_file(void) { flock(locked, LOCK_EX); }
static void lock_range(void) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20};
    fcntl(locked_range, F_SETLKW, &lock);
}
static void lower(void) {
    struct sembuf down = {0, -1, 0};
    semop(semaphores, &down, 1);
}
static void take_message(void) { struct { long type; char text[8]; } m; msgrcv(queue, &m, 8, 0, 0); }
static void nap(void) {
    struct timespec time = {100000, 0};
    nanosleep(&time, NULL);
}
static void nap_until(void) {
    struct timespec time = far_away(CLOCK_MONOTONIC);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}
static void wait_signal(void) {
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigwait(&set, &got);
}
static void wait_child(void) { waitpid(child, NULL, 0); }
static void wait_any(void) {
    siginfo_t info;
    waitid(P_ALL, 0, &info, WEXITED);
}
static void sleep_pause(void) { pause(); }
static void connect_full(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = sizeof name;
    getsockname(backlogged, (struct sockaddr *)&name, &size);
    connect(connecting, (struct sockaddr *)&name, size);
}

static void fill(int descriptor) {
    static char block[4096];
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    while (write(descriptor, block, sizeof block) > 0) continue;
    while (write(descriptor, block, 1) > 0) continue;
    fcntl(descriptor, F_SETFL, 0);
}

/* A listening socket whose queue of connections is full. */
static void fill_backlog(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    backlogged = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(backlogged, (struct sockaddr *)&name, sizeof(sa_family_t)) < 0 || listen(backlogged, 0) < 0) abort();
    socklen_t size = sizeof name;
    getsockname(backlogged, (struct sockaddr *)&name, &size);
    int one = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(one, (struct sockaddr *)&name, size) < 0) abort();
    connecting = socket(AF_UNIX, SOCK_STREAM, 0);
}

static void connect_tcp(void) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof name;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    tcp[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&name, size) < 0 || listen(listener, 5) < 0) abort();
    getsockname(listener, (struct sockaddr *)&name, &size);
    if (connect(tcp[0], (struct sockaddr *)&name, size) < 0) abort();
    tcp[1] = accept(listener, NULL, NULL);
}

/* A child that outlives its parent by a moment must not hold what the parent inherited from those who started it. */
static void forget_descriptors(int kept) {
    for (int descriptor = 3; descriptor < 1024; descriptor++) {
        if (descriptor != kept) close(descriptor);
    }
}

/* Has the child get a signal when the thread that made it is gone, even if signals were blocked for this program. */
static void die_with_parent(int number) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, number);
}

static void clean_up(int number) {
    (void)number;
    msgctl(queue, IPC_RMID, NULL);
    semctl(semaphores, 0, IPC_RMID);
    _exit(0);
}

/* Another process that holds the file locks, and removes the System V objects when the zoo is killed. */
static void lock_elsewhere(const char *path, const char *range_path) {
    int told[2];
    if (pipe(told) < 0) abort();
    holder = fork();
    if (holder == 0) {
        forget_descriptors(told[1]);
        signal(SIGTERM, clean_up);
        die_with_parent(SIGTERM);
        int one = open(path, O_RDWR), two = open(range_path, O_RDWR);
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 15};
        if (flock(one, LOCK_EX) < 0 || fcntl(two, F_SETLK, &lock) < 0) _exit(1);
        if (write(told[1], "x", 1) < 0) _exit(1);
        rest();
    }
    char c;
    if (read(told[0], &c, 1) != 1) abort();
    close(told[0]);
    close(told[1]);
}

int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    char path[] = "/tmp/zoo-XXXXXX", range_path[] = "/tmp/zoo-XXXXXX";
    locked = mkstemp(path);
    locked_range = mkstemp(range_path);
    queue = msgget(IPC_PRIVATE, 0600);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    lock_elsewhere(path, range_path);
    unlink(path);
    unlink(range_path);
    child = fork();
    if (child == 0) {
        forget_descriptors(-1);
        die_with_parent(SIGKILL);
        rest();
    }
    if (pipe(empty_pipe) < 0 || pipe(full_pipe) < 0) abort();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, full_pair) < 0) abort();
    fill(full_pipe[1]);
    fill(full_pair[0]);
    fill_backlog();
    connect_tcp();
    event = eventfd(0, 0);
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec far = {.it_value = {100000, 0}};
    timerfd_settime(timer, 0, &far, NULL);
    notify = inotify_init();
    inotify_add_watch(notify, "/", IN_DELETE_SELF);
    epoll = epoll_create1(0);
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = event};
    epoll_ctl(epoll, EPOLL_CTL_ADD, event, &interest);
    interest.data.fd = tcp[0];
    epoll_ctl(epoll, EPOLL_CTL_ADD, tcp[0], &interest);

#define ID(number) ((void *)(intptr_t)(number))
    put("read-pipe", read_pipe, ID(empty_pipe[0]), 0);
    put("write-pipe", write_pipe, ID(full_pipe[1]), 0);
    put("read-event", read_event, ID(event), 0);
    put("read-timer", read_timer, ID(timer), 0);
    put("inotify", read_notify, ID(notify), 0);
    put("recv-unix", receive, ID(pair[0]), 0);
    put("recv-tcp", receive_tcp, ID(tcp[0]), 0);
    put("send", transmit, ID(full_pair[0]), 0);
    put("accept", take_connection, ID(listener), 0);
    put("connect", connect_full, ID(connecting), 0);
    put("poll", poll_two, ID(empty_pipe[0]), 0);
    put("poll-timed", poll_timed, ID(event), 0);
    put("select", select_two, ID(empty_pipe[0]), 0);
    put("epoll", wait_epoll, ID(epoll), 0);
    put("flock", lock_file, ID(locked), holder);
    put("fcntl", lock_range, ID(locked_range), holder);
    put("semop", lower, ID(semaphores), 0);
    put("msgrcv", take_message, ID(queue), 0);
    put("nanosleep", nap, NULL, 0);
    put("sleep-until", nap_until, NULL, 0);
    put("sigwait", wait_signal, NULL, 0);
    put("waitpid", wait_child, NULL, child);
    put("waitid", wait_any, NULL, 0);
    put("pause", sleep_pause, NULL, 0);
    puts("ready");
    fflush(stdout);
    rest();
}
