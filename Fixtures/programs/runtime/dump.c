/* dump DISPOSITION MODE [NUMBER]: what a thread dump may meet. DISPOSITION of SIGQUIT at the start: "default", "ignored"
 * or "kept"; the first two are set and the program is executed again, as by a shell. MODE:
 *   wait      two named threads wait on a condition, one with a timeout; main reads from a pipe that nobody writes to
 *   handler   the program handles SIGQUIT itself and says so on standard output
 *   storm N   threads are created and end at full rate until N dumps were asked for by the program itself
 *   malloc N  N signals to threads that do nothing but malloc and free
 *   modules N N signals to a program that loads and unloads a library all the while (argument 4: its path)
 *   many N    N threads in one wait
 *   deadlock  two threads, each waits for a mutex that the other holds
 *   call      calls deadwait_dump() as a program may, and prints what it returns
 *   own       signals to itself: errno, a cancellation that is pending, a small alternate stack
 * Prints "ready", then "done RESULT" where there is one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static volatile int over;
static long waiting;

static void ready(void) {
    puts("ready");
    fflush(stdout);
}

__attribute__((noinline)) static void wait_for_work(int is_timed) {
    pthread_mutex_lock(&lock);
    waiting++;
    while (!over) {
        struct timespec deadline;
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += 3600;
        if (is_timed) pthread_cond_timedwait(&never, &lock, &deadline);
        else pthread_cond_wait(&never, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static void *flusher(void *argument) {
    if (argument == 0) pthread_setname_np(pthread_self(), "flusher");
    wait_for_work(0);
    return argument;
}

static void *timer(void *argument) {
    pthread_setname_np(pthread_self(), "ti\033[31mmer");
    wait_for_work(1);
    return argument;
}

static void wait_until(long count) {
    for (long seen = 0; seen < count; usleep(1000)) {
        pthread_mutex_lock(&lock);
        seen = waiting;
        pthread_mutex_unlock(&lock);
    }
}

static void start(void *(*routine)(void *), void *argument) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    int error = pthread_create(&thread, &attributes, routine, argument);
    if (error != 0) {
        printf("pthread_create: %s\n", strerror(error));
        exit(1);
    }
    pthread_detach(thread);
}

static void on_quit(int number) {
    static const char TEXT[] = "own handler\n";
    if (number == SIGQUIT) (void)!write(STDOUT_FILENO, TEXT, sizeof TEXT - 1);
}

static void *short_life(void *argument) { return (void *)((long)argument + 1); }

static void *creator(void *result) {
    long made = 0, wrong = 0;
    while (!over) {
        pthread_t threads[8];
        for (long i = 0; i < 8; i++) {
            if (pthread_create(&threads[i], 0, short_life, (void *)i) != 0) exit(1);
        }
        for (long i = 0; i < 8; i++) {
            void *value;
            if (pthread_join(threads[i], &value) != 0 || (long)value != i + 1) wrong++;
            made++;
        }
    }
    *(long *)result = wrong;
    return made > 0 ? result : 0;
}

static int storm(long dumps) {
    pthread_t threads[2];
    long wrong[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, creator, &wrong[i]);
    ready();
    for (long i = 0; i < dumps; i++) {
        kill(getpid(), SIGQUIT);
        if (i % 16 == 0) usleep(500);
    }
    over = 1;
    for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
    printf("done %ld\n", wrong[0] + wrong[1]);
    return 0;
}

static void *allocator(void *argument) {
    long sum = 0;
    while (!over) {
        char *blocks[64];
        for (int i = 0; i < 64; i++) {
            blocks[i] = malloc((size_t)(i * 97 % 5000) + 1);
            blocks[i][0] = 1;
        }
        for (int i = 0; i < 64; i++) {
            sum += blocks[i][0];
            free(blocks[i]);
        }
    }
    return sum > 0 ? argument : 0;
}

static int allocate(long signals, char **arguments) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, allocator, arguments);
    ready();
    for (long i = 0; i < signals; i++) {
        pthread_kill(threads[i % 2], SIGQUIT);
        usleep(100);
    }
    over = 1;
    long wrong = 0;
    for (int i = 0; i < 2; i++) {
        void *value = 0;
        if (pthread_join(threads[i], &value) != 0 || value == 0) wrong++;
    }
    printf("done %ld\n", wrong);
    return 0;
}

static void short_wait(void) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_nsec = (deadline.tv_nsec + 200000) % 1000000000;
    pthread_mutex_lock(&lock);
    pthread_cond_timedwait(&never, &lock, &deadline);
    pthread_mutex_unlock(&lock);
}

static void *loader(void *path) {
    while (!over) {
        void *library = dlopen(path, RTLD_NOW);
        if (library == 0) {
            puts(dlerror());
            exit(1);
        }
        void (*call)(void (*)(void)) = (void (*)(void (*)(void)))dlsym(library, "call_through");
        if (call == 0) exit(1);
        call(short_wait);
        dlclose(library);
    }
    return path;
}

static int load(long signals, char *path) {
    pthread_t thread;
    pthread_create(&thread, 0, loader, path);
    ready();
    for (long i = 0; i < signals; i++) {
        kill(getpid(), SIGQUIT);
        usleep(200);
    }
    over = 1;
    pthread_join(thread, 0);
    puts("done 0");
    return 0;
}

static void *take_both(void *first_as_number) {
    pthread_mutex_t *first = first_as_number, *second = first == &lock ? &other : &lock;
    pthread_setname_np(pthread_self(), first == &lock ? "left" : "right");
    pthread_mutex_lock(first);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(second);
    return 0;
}

static int call(void) {
    int (*dump)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "deadwait_dump");
    int ends[2], copy = open("/proc/self/exe", O_RDONLY);
    if (dump == 0 || pipe(ends) != 0) return 1;
    // A pipe takes 64 KiB: nobody has to read.
    printf("done none %d, no descriptor %d, for reading %d %d, pipe %d\n", dump(-1), dump(999), dump(ends[0]), dump(copy),
           dump(ends[1]));
    char text[65536];
    ssize_t size = read(ends[0], text, sizeof text - 1);
    text[size > 0 ? size : 0] = 0;
    fputs(text, stdout);
    return 0;
}

static void *cancelled(void *argument) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0);
    // Pending from here on: the first cancellation point acts on it. None may be in the handler.
    raise(SIGQUIT);
    *(int *)argument = 1;
    pthread_testcancel();
    return 0;
}

static void *on_small_stack(void *argument) {
    size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + 2048;
    stack_t stack = {.ss_sp = malloc(size + 4096), .ss_size = size};
    char *below = stack.ss_sp;
    memset(below, 0x5a, 2048);
    stack.ss_sp = below + 2048;
    sigaltstack(&stack, 0);
    raise(SIGQUIT);
    int kept = 1;
    for (int i = 0; i < 2048; i++) kept &= below[i] == 0x5a;
    *(int *)argument = kept;
    return 0;
}

static int own(void) {
    errno = 77;
    raise(SIGQUIT);
    int kept = errno, went_on = 0, fits = 0;
    pthread_t thread;
    void *end = 0;
    pthread_create(&thread, 0, cancelled, &went_on);
    pthread_join(thread, &end);
    pthread_create(&thread, 0, on_small_stack, &fits);
    pthread_join(thread, 0);
    printf("done errno %d, went on %d, cancelled %d, fits %d\n", kept, went_on, end == PTHREAD_CANCELED, fits);
    return 0;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (strcmp(arguments[1], "kept") != 0) {
        signal(SIGQUIT, strcmp(arguments[1], "ignored") == 0 ? SIG_IGN : SIG_DFL);
        arguments[1] = "kept";
        execv("/proc/self/exe", arguments);
        return 1;
    }
    const char *mode = arguments[2];
    long number = count > 3 ? atol(arguments[3]) : 0;
    if (strcmp(mode, "storm") == 0) return storm(number);
    if (strcmp(mode, "malloc") == 0) return allocate(number, arguments);
    if (strcmp(mode, "modules") == 0) return load(number, arguments[4]);
    if (strcmp(mode, "call") == 0 || strcmp(mode, "own") == 0) {
        ready();
        return mode[0] == 'c' ? call() : own();
    }
    if (strcmp(mode, "many") == 0) {
        for (long i = 0; i < number; i++) start(flusher, arguments);
        wait_until(number);
    } else if (strcmp(mode, "deadlock") == 0) {
        pthread_barrier_init(&both, 0, 2);
        start(take_both, &lock);
        start(take_both, &other);
        usleep(100000);
    } else {
        if (strcmp(mode, "handler") == 0) signal(SIGQUIT, on_quit);
        start(flusher, 0);
        start(timer, 0);
        wait_until(2);
    }
    int ends[2];
    char byte;
    if (pipe(ends) != 0) return 1;
    ready();
    // Goes on after a handler with SA_RESTART; "interrupted" must never be printed.
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {
        puts("interrupted");
        fflush(stdout);
    }
    return 0;
}
