/* Creation, end and join of threads: results, attributes, stacks, thread-specific data. */
#include "scenario.h"
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void *give_back(void *argument) { return argument; }

SCENARIO(thread_results) {
    pthread_t thread;
    void *value = NULL;
    for (long i = 0; i < 2000; i++) {
        equal(pthread_create(&thread, NULL, give_back, (void *)i), 0);
        equal(pthread_join(thread, &value), 0);
        equal((long)value, i);
    }
    equal(pthread_create(&thread, NULL, give_back, PTHREAD_CANCELED), 0);
    equal(pthread_join(thread, &value), 0);
    expect(value == PTHREAD_CANCELED);
    equal(pthread_create(&thread, NULL, give_back, NULL), 0);
    equal(pthread_join(thread, NULL), 0);
    note("join oneself: %s", error_name(pthread_join(pthread_self(), NULL)));
}

/* True unless it does not come back. */
__attribute__((noinline)) static bool leave(int depth, void *value) {
    if (depth == 0 && value != NULL) pthread_exit(value);
    bool left = depth == 0 || leave(depth - 1, value);
    __asm__ volatile("" : "+r"(left));
    return left;
}

static void say(void *text) { note("clean-up: %s", (const char *)text); }

static void *leaves_deep(void *argument) {
    pthread_cleanup_push(say, "outer");
    pthread_cleanup_push(say, "inner");
    expect(!leave(20, argument));
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

SCENARIO(thread_exit_from_nested_calls) {
    struct runner runner;
    start(&runner, leaves_deep, (void *)42);
    note("%ld", (long)finish(&runner));
}

static void *outlives_main(void *argument) {
    void *value = NULL;
    equal(pthread_join(*(pthread_t *)argument, &value), 0);
    note("main thread ended with %ld", (long)value);
    note("end thread_outlives_main");
    exit(0);
}

SCENARIO(thread_outlives_main) {
    static pthread_t self;
    pthread_t thread;
    self = pthread_self();
    equal(pthread_create(&thread, NULL, outlives_main, &self), 0);
    pthread_exit((void *)7);
}

static void *last_one(void *argument) {
    pause_for(10);
    note("last thread");
    return argument;
}

static void main_leaves_last(void *argument) {
    pthread_t thread;
    (void)argument;
    equal(pthread_create(&thread, NULL, last_one, NULL), 0);
    pthread_detach(thread);
    pthread_exit(NULL);
}

/* The process ends with status 0 when its last thread ends. */
SCENARIO(thread_last_ends_process) { in_child("process", main_leaves_last, NULL); }

static sem_t done;
static atomic_int runs;

static void *detached(void *argument) {
    (void)argument;
    atomic_fetch_add(&runs, 1);
    sem_post(&done);
    return NULL;
}

static void *detaches_itself(void *argument) {
    equal(pthread_detach(pthread_self()), 0);
    return detached(argument);
}

SCENARIO(thread_detached) {
    pthread_attr_t attributes;
    pthread_t thread;
    sem_init(&done, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 300; i++) {
        equal(pthread_create(&thread, &attributes, detached, NULL), 0);
        equal(pthread_create(&thread, NULL, detached, NULL), 0);
        equal(pthread_detach(thread), 0);
        equal(pthread_create(&thread, NULL, detaches_itself, NULL), 0);
        for (int j = 0; j < 3; j++) equal(sem_wait(&done), 0);
    }
    note("%d ran", atomic_load(&runs));
}

static void *waits(void *semaphore) {
    while (sem_wait(semaphore) != 0) {}
    return (void *)3;
}

SCENARIO(thread_joins) {
    struct runner runner;
    sem_t semaphore;
    void *value = NULL;
    struct timespec realtime = from_now(CLOCK_REALTIME, 10), monotonic = from_now(CLOCK_MONOTONIC, 10);
    sem_init(&semaphore, 0, 0);
    start(&runner, waits, &semaphore);
    note("try: %s", error_name(pthread_tryjoin_np(runner.thread, &value)));
    note("timed: %s", error_name(pthread_timedjoin_np(runner.thread, &value, &realtime)));
    note("clock: %s", error_name(pthread_clockjoin_np(runner.thread, &value, CLOCK_MONOTONIC, &monotonic)));
    note("unknown clock: %s",
         error_name(pthread_clockjoin_np(runner.thread, &value, CLOCK_PROCESS_CPUTIME_ID, &monotonic)));
    sem_post(&semaphore);
    equal(pthread_timedjoin_np(runner.thread, &value, NULL), 0);
    note("joined: %ld", (long)value);
    start(&runner, waits, &semaphore);
    equal(pthread_detach(runner.thread), 0);
    note("join detached: %s", error_name(pthread_join(runner.thread, NULL)));
    note("detach again: %s", error_name(pthread_detach(runner.thread)));
    sem_post(&semaphore);
}

static void *stack_facts(void *argument) {
    pthread_attr_t attributes;
    void *low;
    size_t size, guard;
    char here;
    equal(pthread_getattr_np(pthread_self(), &attributes), 0);
    equal(pthread_attr_getstack(&attributes, &low, &size), 0);
    equal(pthread_attr_getguardsize(&attributes, &guard), 0);
    expect(&here > (char *)low && &here < (char *)low + size);
    note("size %zu, guard %zu", size, guard);
    pthread_attr_destroy(&attributes);
    return argument;
}

SCENARIO(thread_stack_sizes) {
    const size_t sizes[] = {(size_t)PTHREAD_STACK_MIN, (size_t)PTHREAD_STACK_MIN + 4096, 65536, 1 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        equal(pthread_attr_setstacksize(&attributes, sizes[i]), 0);
        equal(pthread_create(&thread, &attributes, stack_facts, NULL), 0);
        equal(pthread_join(thread, NULL), 0);
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    note("too small: %s", error_name(pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN - 1)));
}

struct tight {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    sem_t semaphore;
    pthread_barrier_t barrier;
    pthread_rwlock_t lock;
    bool flag;
};

/* All kinds of waits on the smallest stack there may be. */
static void *waits_on_tight_stack(void *argument) {
    struct tight *tight = argument;
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    pthread_mutex_lock(&tight->mutex);
    while (!tight->flag) pthread_cond_wait(&tight->condition, &tight->mutex);
    pthread_cond_timedwait(&tight->condition, &tight->mutex, &end);
    pthread_mutex_unlock(&tight->mutex);
    sem_timedwait(&tight->semaphore, &end);
    pthread_rwlock_rdlock(&tight->lock);
    pthread_rwlock_unlock(&tight->lock);
    pthread_barrier_wait(&tight->barrier);
    return NULL;
}

SCENARIO(thread_waits_on_least_stack) {
    enum { COUNT = 8 };
    struct tight tight = {.flag = false};
    pthread_t threads[COUNT];
    pthread_attr_t attributes;
    pthread_mutex_init(&tight.mutex, NULL);
    pthread_cond_init(&tight.condition, NULL);
    pthread_rwlock_init(&tight.lock, NULL);
    sem_init(&tight.semaphore, 0, 0);
    pthread_barrier_init(&tight.barrier, NULL, COUNT + 1);
    pthread_attr_init(&attributes);
    equal(pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN), 0);
    for (int i = 0; i < COUNT; i++)
        equal(pthread_create(&threads[i], &attributes, waits_on_tight_stack, &tight), 0);
    pause_for(20);
    pthread_mutex_lock(&tight.mutex);
    tight.flag = true;
    pthread_cond_broadcast(&tight.condition);
    pthread_mutex_unlock(&tight.mutex);
    pthread_barrier_wait(&tight.barrier);
    for (int i = 0; i < COUNT; i++) equal(pthread_join(threads[i], NULL), 0);
}

SCENARIO(thread_on_own_stack) {
    size_t size = 256 << 10;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(stack != MAP_FAILED);
    for (int i = 0; i < 50; i++) {
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        equal(pthread_attr_setstack(&attributes, stack, size), 0);
        equal(pthread_create(&thread, &attributes, i == 0 ? stack_facts : give_back, NULL), 0);
        equal(pthread_join(thread, NULL), 0);
    }
    equal(munmap(stack, size), 0);
}

SCENARIO(thread_creation_fails) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    equal(pthread_attr_setstacksize(&attributes, (size_t)1 << 46), 0);
    for (int i = 0; i < 20; i++) {
        int error = pthread_create(&thread, &attributes, give_back, NULL);
        if (i == 0) note("enormous stack: %s", error_name(error));
        expect(error != 0);
    }
    equal(pthread_create(&thread, NULL, give_back, NULL), 0);
    equal(pthread_join(thread, NULL), 0);
}

static void limited(void *argument) {
    struct rlimit limit = {0, 0};
    pthread_t thread;
    (void)argument;
    equal(setrlimit(RLIMIT_NPROC, &limit), 0);
    equal(setresgid(65534, 65534, 65534), 0);
    equal(setresuid(65534, 65534, 65534), 0);
    note("no more processes: %s", error_name(pthread_create(&thread, NULL, give_back, NULL)));
}

/* The kernel's refusal is met after everything is ready for the thread. Compared only where the user may change. */
SCENARIO(thread_creation_refused_by_kernel) {
    if (geteuid() == 0) in_child("limited", limited, NULL);
}

static pthread_key_t keys[3];
static sem_t key_semaphore;

static void *posts(void *semaphore) {
    sem_post(semaphore);
    return NULL;
}

/* Makes a thread, waits for it, and asks for another round. */
static void destroy_first(void *value) {
    pthread_t thread;
    note("destructor round %ld", (long)value);
    equal(pthread_create(&thread, NULL, posts, &key_semaphore), 0);
    equal(sem_wait(&key_semaphore), 0);
    equal(pthread_join(thread, NULL), 0);
    if ((long)value < 3) pthread_setspecific(keys[0], (void *)((long)value + 1));
}

static atomic_int last_rounds;

/* Waits and signals in every round that there is. */
static void destroy_for_ever(void *value) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec end = from_now(CLOCK_REALTIME, 1);
    pthread_mutex_lock(&mutex);
    equal(pthread_cond_timedwait(&condition, &mutex, &end), ETIMEDOUT);
    equal(pthread_cond_signal(&condition), 0);
    pthread_mutex_unlock(&mutex);
    atomic_fetch_add(&last_rounds, 1);
    pthread_setspecific(keys[1], value);
}

static void *sets_keys(void *argument) {
    pthread_setspecific(keys[0], (void *)1);
    pthread_setspecific(keys[1], (void *)1);
    return argument;
}

SCENARIO(thread_specific_destructors) {
    struct runner runner;
    sem_init(&key_semaphore, 0, 0);
    equal(pthread_key_create(&keys[0], destroy_first), 0);
    equal(pthread_key_create(&keys[1], destroy_for_ever), 0);
    start(&runner, sets_keys, NULL);
    finish(&runner);
    note("rounds: %d", atomic_load(&last_rounds));
}

/* As many keys as POSIX grants (_POSIX_THREAD_KEYS_MAX), and a thousand. */
SCENARIO(thread_specific_keys) {
    static pthread_key_t many[1000];
    for (int i = 0; i < 1000; i++) equal(pthread_key_create(&many[i], NULL), 0);
    for (long i = 0; i < 1000; i++) equal(pthread_setspecific(many[i], (void *)i), 0);
    for (long i = 0; i < 1000; i++) equal((long)pthread_getspecific(many[i]), i);
    for (int i = 0; i < 1000; i++) equal(pthread_key_delete(many[i]), 0);
}

SCENARIO(thread_names) {
    struct runner runner;
    sem_t semaphore;
    char name[16] = "";
    sem_init(&semaphore, 0, 0);
    start(&runner, waits, &semaphore);
    note("set: %s", error_name(pthread_setname_np(runner.thread, "worker-1")));
    equal(pthread_getname_np(runner.thread, name, sizeof name), 0);
    note("name %s", name);
    note("too long: %s", error_name(pthread_setname_np(runner.thread, "a name of 16 by.")));
    equal(pthread_getname_np(runner.thread, name, sizeof name), 0);
    note("name %s", name);
    note("too little room: %s", error_name(pthread_getname_np(runner.thread, name, 15)));
    sem_post(&semaphore);
    finish(&runner);
}

/* A thread that no thread library has made. */
static int raw_thread(void *argument) {
    atomic_store((atomic_int *)argument, 1);
    syscall(SYS_exit, 0);
    return 0;
}

SCENARIO(thread_made_by_clone) {
    static char stack[65536] __attribute__((aligned(16)));
    static atomic_int ran;
    int made = clone(raw_thread, stack + sizeof stack,
                     CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, &ran);
    expect(made > 0);
    while (atomic_load(&ran) == 0) pause_for(1);
    note("ran");
}

SCENARIO(thread_scheduling_and_affinity) {
    pthread_attr_t attributes;
    pthread_t thread;
    struct sched_param parameters = {.sched_priority = 0};
    cpu_set_t none;
    pthread_attr_init(&attributes);
    equal(pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED), 0);
    equal(pthread_attr_setschedpolicy(&attributes, SCHED_BATCH), EINVAL);
    equal(pthread_attr_setschedpolicy(&attributes, SCHED_OTHER), 0);
    equal(pthread_attr_setschedparam(&attributes, &parameters), 0);
    equal(pthread_create(&thread, &attributes, give_back, NULL), 0);
    equal(pthread_join(thread, NULL), 0);
    CPU_ZERO(&none);
    equal(pthread_attr_setaffinity_np(&attributes, sizeof none, &none), 0);
    note("no processor: %s", error_name(pthread_create(&thread, &attributes, give_back, NULL)));
}
