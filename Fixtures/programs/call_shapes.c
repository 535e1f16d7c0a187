/* Ways by which C code comes to call a function, each by a caller of its own: calls_X reaches target_X and never
 * other_X. Run, it takes all of them, so that a profiler sees the edges. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __clang__
#define KEEP __attribute__((noinline, used))
#else
#define KEEP __attribute__((noipa, used))
#endif

static volatile int sum;
#define TARGET(NAME, ...) KEEP void NAME(__VA_ARGS__) { sum += __LINE__; }

/* A table of methods behind a member. */
struct methods;
struct object {
    const struct methods *methods;
    int state;
};
struct methods {
    void (*close)(struct object *);
    void (*open)(struct object *, int);
    void (*unused)(struct object *);
};
KEEP void target_method(struct object *object, int how) { object->state = how; }
TARGET(method_close, struct object *object)
TARGET(other_method, struct object *object)
static const struct methods file_methods = {method_close, target_method, other_method};
KEEP void calls_method(struct object *object) { object->methods->open(object, 3); }
KEEP struct object *make_object(void) {
    struct object *object = calloc(1, sizeof *object);
    if (object) object->methods = &file_methods;
    return object;
}

/* A parameter, handed down once more. */
typedef void (*visitor)(void *);
TARGET(target_parameter, void *closure)
TARGET(other_parameter, void *closure)
KEEP void calls_parameter(visitor visit, void *closure) { visit(closure); }
KEEP void hands_parameter(visitor visit, void *closure) { calls_parameter(visit, closure); }

/* A global variable. */
typedef int (*hook)(int, int);
static hook global_hook;
KEEP int target_hook(int a, int b) { return a + b + sum; }
KEEP int other_hook(int a, int b) { return a - b + sum; }
KEEP void set_hook(hook value) { global_hook = value; }
KEEP int calls_hook(void) { return global_hook ? global_hook(1, 2) : 0; }

/* A member that is written in one function and called in another one. */
struct task {
    struct task *next;
    void (*run)(struct task *);
    void (*drop)(struct task *);
};
TARGET(target_member, struct task *task)
TARGET(other_member, struct task *task)
KEEP void fill_task(struct task *task) {
    task->run = target_member;
    task->drop = other_member;
}
KEEP void calls_member(struct task *task) { task->run(task); }

/* A union. */
union choice {
    long number;
    void (*act)(long, long);
};
TARGET(target_union, long a, long b)
KEEP void fill_union(union choice *choice) { choice->act = target_union; }
KEEP void calls_union(union choice *choice) { choice->act(1, 2); }

/* A table that is copied as a structure. */
struct copied {
    void (*first)(int, char);
    void (*second)(int, char);
    long rest[6];
};
TARGET(target_copied, int a, char b)
TARGET(other_copied, int a, char b)
static const struct copied copied_default = {other_copied, target_copied, {0}};
struct holder {
    int count;
    struct copied table;
};
KEEP void fill_copied(struct holder *holder) { holder->table = copied_default; }
KEEP void calls_copied(struct holder *holder) { holder->table.second(1, 2); }

/* An array of functions. */
typedef void (*opcode)(short);
TARGET(target_array, short a)
TARGET(target_array_too, short a)
static const opcode opcodes[] = {target_array, target_array_too, NULL};
KEEP void calls_array(unsigned index) { opcodes[index & 1](7); }

/* An array of structures. */
struct command {
    const char *name;
    int (*run)(const char *, long);
    int (*check)(const char *, long);
};
KEEP int target_command(const char *text, long size) { return text != NULL && size + sum > 0; }
KEEP int other_command(const char *text, long size) { return text == NULL && size + sum > 0; }
static struct command commands[] = {{"a", target_command, other_command}, {"b", target_command, NULL}};
KEEP int calls_command(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) return commands[i].run(name, 1);
    return 0;
}

/* Bytes that code without types copies. */
struct bytes {
    int kind;
    void (*act)(float *);
};
TARGET(target_bytes, float *value)
KEEP void copy_bytes(void *to, const void *from, size_t count) {
    char *out = to;
    const char *in = from;
    while (count-- > 0) *out++ = *in++;
}
KEEP void fill_bytes(void *buffer) {
    struct bytes bytes = {1, target_bytes};
    copy_bytes(buffer, &bytes, sizeof bytes);
}
KEEP void calls_bytes(const void *buffer) {
    struct bytes bytes;
    memcpy(&bytes, buffer, sizeof bytes);
    bytes.act(NULL);
}

/* A pointer to the place. */
struct event {
    int id;
    void (*handler)(struct event *, double *);
};
TARGET(target_slot, struct event *event, double *value)
KEEP void set_slot(void (**slot)(struct event *, double *)) { *slot = target_slot; }
KEEP void fill_event(struct event *event) { set_slot(&event->handler); }
KEEP void calls_slot(struct event *event) { event->handler(event, NULL); }

/* A place that is remembered, to be written later. */
struct registry {
    void (**place)(unsigned char *);
};
static void (*remembered)(unsigned char *);
TARGET(target_remembered, unsigned char *text)
KEEP void remember(struct registry *registry) { registry->place = &remembered; }
KEEP void fill_remembered(struct registry *registry) { *registry->place = target_remembered; }
KEEP void calls_remembered(void) { remembered(NULL); }

/* Arguments without names. */
TARGET(target_variadic, long *a, int b)
KEEP void calls_variadic(int count, ...) {
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        void (*act)(long *, int) = va_arg(list, void (*)(long *, int));
        act(NULL, i);
    }
    va_end(list);
}
KEEP void hands_variadic(void) { calls_variadic(1, target_variadic); }

/* A structure that is passed by its value: in memory, and in registers. */
struct by_value {
    long pad[4];
    void (*act)(char **);
};
TARGET(target_value, char **text)
KEEP void calls_value(struct by_value value) { value.act(NULL); }
KEEP void hands_value(long a) {
    struct by_value value = {{a, a, a, a}, target_value};
    calls_value(value);
}
struct small_value {
    void *context;
    void (*act)(void *, char **);
};
TARGET(target_small, void *context, char **text)
KEEP void calls_small(struct small_value value) { value.act(value.context, NULL); }
KEEP void hands_small(void *context) {
    struct small_value value = {context, target_small};
    calls_small(value);
}

/* A function of libc calls it at once. */
KEEP int target_qsort(const void *a, const void *b) {
    sum++;
    return *(const int *)a - *(const int *)b;
}
KEEP void calls_qsort(int *values, size_t count) { qsort(values, count, sizeof *values, target_qsort); }

/* By name. */
__attribute__((visibility("default"))) TARGET(target_dlsym, signed char *text)
KEEP void calls_dlsym(void) {
    void (*act)(signed char *) = (void (*)(signed char *))dlsym(RTLD_DEFAULT, "target_dlsym");
    if (act) act(NULL);
}

/* A tail call through a pointer. */
struct tail {
    int (*act)(struct tail *, int, int);
};
KEEP int target_tail(struct tail *tail, int a, int b) { return tail != NULL ? a + sum : b; }
KEEP void fill_tail(struct tail *tail) { tail->act = target_tail; }
KEEP int calls_tail(struct tail *tail) { return tail->act(tail, 1, 2); }

/* What a function returns. */
typedef void (*strategy)(int *, int *);
TARGET(target_returned, int *a, int *b)
TARGET(target_returned_too, int *a, int *b)
KEEP strategy choose(int which) { return which ? target_returned : target_returned_too; }
KEEP void calls_returned(int which) { choose(which)(NULL, NULL); }

/* A pointer to a member of something larger. */
struct link {
    struct link *next;
};
struct waiter {
    int kind;
    struct link link;
    void (*wake)(struct waiter *, unsigned);
};
TARGET(target_container, struct waiter *waiter, unsigned how)
KEEP void fill_waiter(struct waiter *waiter) { waiter->wake = target_container; }
KEEP void calls_container(struct link *link) {
    struct waiter *waiter = (struct waiter *)((char *)link - offsetof(struct waiter, link));
    waiter->wake(waiter, 1);
}

/* Through a pointer without a type. */
struct session {
    void *implementation;
};
struct implementation {
    long id;
    void (*flush)(struct session *, long);
};
TARGET(target_untyped, struct session *session, long size)
KEEP void fill_session(struct session *session, struct implementation *implementation) {
    implementation->flush = target_untyped;
    session->implementation = implementation;
}
KEEP void calls_untyped(struct session *session) {
    ((struct implementation *)session->implementation)->flush(session, 4);
}

/* Marks in the low bits. */
static uintptr_t tagged;
TARGET(target_tagged, char a, char b, char c)
KEEP void fill_tagged(uintptr_t mark) { tagged = (uintptr_t)target_tagged | mark; }
KEEP void calls_tagged(void) { ((void (*)(char, char, char))(tagged & ~(uintptr_t)1))(1, 2, 3); }

/* A variable of the thread. */
static __thread void (*of_thread)(short *, short *);
TARGET(target_thread_local, short *a, short *b)
KEEP void fill_thread_local(void) { of_thread = target_thread_local; }
KEEP void calls_thread_local(void) { of_thread(NULL, NULL); }

/* Jumps to labels. */
TARGET(target_goto, int a)
KEEP void calls_goto(const unsigned char *program) {
    static const void *const labels[] = {&&stop, &&act};
    goto *labels[*program & 1];
act:
    target_goto(1);
    program++;
    goto *labels[*program & 1];
stop:
    return;
}

/* Recursion through a pointer. */
struct node {
    struct node *children;
    void (*walk)(struct node *, int);
};
KEEP void calls_recursion(struct node *node, int depth) {
    sum += depth;
    if (node->children && depth < 2) node->children->walk(node->children, depth + 1);
}

/* Back from longjmp. */
static jmp_buf jump;
TARGET(target_longjmp, int a)
KEEP void jumps(void) { longjmp(jump, 1); }
KEEP void calls_longjmp(void) {
    if (setjmp(jump) == 0)
        jumps();
    else
        target_longjmp(2);
}

/* A pool whose threads run a routine that is kept in a structure. */
struct pool {
    pthread_t thread;
    void *(*routine)(void *);
    void (*job)(struct pool *);
};
TARGET(target_job, struct pool *pool)
KEEP void *target_routine(void *argument) {
    struct pool *pool = argument;
    pool->job(pool);
    return NULL;
}
KEEP void calls_create(struct pool *pool) { pthread_create(&pool->thread, NULL, pool->routine, pool); }
KEEP void fill_pool(struct pool *pool) {
    pool->routine = target_routine;
    pool->job = target_job;
}

/* What runs later. */
TARGET(target_signal, int number)
TARGET(target_sigaction, int number)
TARGET(target_key, void *value)
TARGET(target_atexit, void)
TARGET(target_timer, union sigval value)
KEEP void registers_signal(void) { signal(SIGUSR1, target_signal); }
KEEP void registers_sigaction(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = target_sigaction;
    sigaction(SIGUSR2, &action, NULL);
}
KEEP void registers_key(pthread_key_t *key) { pthread_key_create(key, target_key); }
KEEP void registers_atexit(void) { atexit(target_atexit); }
KEEP void registers_timer(timer_t *timer) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = target_timer;
    timer_create(CLOCK_MONOTONIC, &event, timer);
}
static pthread_once_t once = PTHREAD_ONCE_INIT;
TARGET(target_once, void)
KEEP void calls_once(void) { pthread_once(&once, target_once); }

int main(void) {
    struct object *object = make_object();
    if (!object) return 1;
    calls_method(object);
    object->methods->close(object);
    object->methods->unused(object);
    hands_parameter(target_parameter, NULL);
    set_hook(target_hook);
    sum += calls_hook() + other_hook(1, 2);
    struct task task;
    fill_task(&task);
    calls_member(&task);
    task.drop(&task);
    union choice choice;
    fill_union(&choice);
    calls_union(&choice);
    struct holder holder;
    fill_copied(&holder);
    calls_copied(&holder);
    holder.table.first(1, 2);
    calls_array(0);
    calls_array(1);
    sum += calls_command("b");
    char buffer[sizeof(struct bytes)];
    fill_bytes(buffer);
    calls_bytes(buffer);
    struct event event;
    fill_event(&event);
    calls_slot(&event);
    struct registry registry;
    remember(&registry);
    fill_remembered(&registry);
    calls_remembered();
    hands_variadic();
    hands_value(1);
    hands_small(NULL);
    int values[] = {3, 1, 2};
    calls_qsort(values, 3);
    calls_dlsym();
    struct tail tail;
    fill_tail(&tail);
    sum += calls_tail(&tail);
    calls_returned(0);
    calls_returned(1);
    struct waiter waiter;
    fill_waiter(&waiter);
    calls_container(&waiter.link);
    struct implementation implementation;
    struct session session;
    fill_session(&session, &implementation);
    calls_untyped(&session);
    fill_tagged(1);
    calls_tagged();
    fill_thread_local();
    calls_thread_local();
    static const unsigned char program[] = {1, 0};
    calls_goto(program);
    struct node leaf = {NULL, calls_recursion};
    struct node root = {&leaf, calls_recursion};
    calls_recursion(&root, 0);
    calls_longjmp();
    struct pool pool;
    fill_pool(&pool);
    calls_create(&pool);
    pthread_join(pool.thread, NULL);
    registers_signal();
    raise(SIGUSR1);
    registers_sigaction();
    raise(SIGUSR2);
    pthread_key_t key;
    registers_key(&key);
    registers_atexit();
    timer_t timer;
    registers_timer(&timer);
    calls_once();
    if (sum < 0) {
        other_parameter(NULL);
        set_hook(other_hook);
    }
    free(object);
    return 0;
}
