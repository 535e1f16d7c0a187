/* Runs one scenario: `conformance NAME`; `conformance` alone writes the names. */
#include "scenario.h"
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern const struct scenario __start_scenarios[], __stop_scenarios[];

static atomic_int failures;

void note(const char *format, ...) {
    char line[512];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line - 1, format, list);
    va_end(list);
    if (length < 0) return;
    if (length > (int)sizeof line - 2) length = (int)sizeof line - 2;
    line[length++] = '\n';
    for (int done = 0; done < length;) {
        // Not write(2), which is a cancellation point.
        ssize_t count = syscall(SYS_write, STDOUT_FILENO, line + done, (size_t)(length - done));
        if (count < 0 && errno != EINTR) return;
        if (count > 0) done += (int)count;
    }
}

void broken(const char *file, int line, const char *what, long long left, long long right) {
    atomic_store(&failures, 1);
    note("BROKEN %s:%d: %s (%lld, %lld)", file, line, what, left, right);
}

static void *runner_body(void *argument) {
    struct runner *runner = argument;
    void *(*body)(void *) = runner->body;
    void *body_argument = runner->argument;
    atomic_store(&runner->tid, (int)syscall(SYS_gettid));
    return body(body_argument);
}

int start_with(struct runner *runner, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    atomic_store(&runner->tid, 0);
    runner->body = body;
    runner->argument = argument;
    int error = pthread_create(&runner->thread, attributes, runner_body, runner);
    if (error == 0)
        while (atomic_load(&runner->tid) == 0) pause_for(1);
    return error;
}

void start(struct runner *runner, void *(*body)(void *), void *argument) {
    equal(start_with(runner, NULL, body, argument), 0);
}

void *finish(struct runner *runner) {
    void *value = NULL;
    equal(pthread_join(runner->thread, &value), 0);
    return value;
}

static char thread_state(pid_t tid) {
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return '?';
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0) return '?';
    text[size] = '\0';
    const char *end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' ? end[2] : '?';
}

void until_tid_sleeps(pid_t tid) {
    for (int calm = 0; calm < 4;) {
        pause_for(1);
        char state = thread_state(tid);
        if (state == '?') return;
        calm = state == 'S' ? calm + 1 : 0;
    }
}

void until_asleep(struct runner *runner) { until_tid_sleeps(atomic_load(&runner->tid)); }

const char *error_name(int error) {
    const char *name = strerrorname_np(error);
    return name != NULL ? name : "?";
}

struct timespec from_now(clockid_t clock, long milliseconds) {
    struct timespec time;
    clock_gettime(clock, &time);
    long long nanoseconds = time.tv_nsec + (milliseconds % 1000) * 1000000LL;
    time.tv_sec += milliseconds / 1000;
    if (nanoseconds >= 1000000000) nanoseconds -= 1000000000, time.tv_sec++;
    if (nanoseconds < 0) nanoseconds += 1000000000, time.tv_sec--;
    time.tv_nsec = (long)nanoseconds;
    return time;
}

/* By clock_nanosleep's number, so that no cancellation point is met here. */
void pause_for(long milliseconds) {
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    while (syscall(SYS_nanosleep, &time, &time) != 0 && errno == EINTR) {}
}

void note_end(const char *what, pid_t child) {
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        note("%s: lost (%s)", what, error_name(errno));
    } else if (WIFSIGNALED(status)) {
        note("%s: killed by %s", what, sigabbrev_np(WTERMSIG(status)));
    } else {
        note("%s: exited %d", what, WEXITSTATUS(status));
    }
}

void in_child(const char *what, void (*body)(void *), void *argument) {
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        body(argument);
        _exit(atomic_load(&failures));
    }
    note_end(what, child);
}

void *shared_memory(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) abort();
    return memory;
}

int main(int count, char **arguments) {
    if (count < 2) {
        for (const struct scenario *one = __start_scenarios; one < __stop_scenarios; one++) puts(one->name);
        return 0;
    }
    for (const struct scenario *one = __start_scenarios; one < __stop_scenarios; one++) {
        if (strcmp(one->name, arguments[1]) != 0) continue;
        alarm(20);
        one->run();
        note("end %s", one->name);
        return atomic_load(&failures);
    }
    fprintf(stderr, "no scenario %s\n", arguments[1]);
    return 64;
}
