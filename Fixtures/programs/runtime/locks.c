/* locks MODE: what is recorded of locks, and what must stay as it is without the library.
 *   semantics  the results of all kinds of mutexes in many states, one a line: the same with and without a library
 *   hold       threads that hold and wait; then "ready", and a dump shows them
 *   orders     orders that are inverted and some that only look so
 *   end        threads that end with locks held, and some that only seem to
 *   fork       a child that is forked while others hold locks; it asks for a dump of itself
 * All but semantics print "ready" when done and wait to be killed. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER,
                       third = PTHREAD_MUTEX_INITIALIZER, fourth = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;

static void in_thread(void *(*routine)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, 0, routine, argument) != 0) exit(1);
    pthread_join(thread, 0);
}

static void beside(void *(*routine)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, 0, routine, argument) != 0) exit(1);
    pthread_detach(thread);
    usleep(50000);
}

static void make(pthread_mutex_t *mutex, int type, int robust, int protocol) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setrobust(&attributes, robust);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    int result = pthread_mutex_init(mutex, &attributes);
    if (result != 0) printf("init %d\n", result);
}

static void *lock_and_leave(void *mutex) {
    pthread_mutex_lock(mutex);
    return 0;
}

static void *try_from_elsewhere(void *mutex) {
    int result = pthread_mutex_trylock(mutex);
    printf("elsewhere: try %d", result);
    if (result == 0) printf(", unlock %d", pthread_mutex_unlock(mutex));
    else printf(", unlock of what is not mine %d", result == EBUSY ? pthread_mutex_unlock(mutex) : 0);
    puts("");
    return 0;
}

static void semantics_of(const char *name, int type, int robust, int protocol) {
    pthread_mutex_t mutex;
    struct timespec past = {0, 0};
    make(&mutex, type, robust, protocol);
    printf("%s: lock %d", name, pthread_mutex_lock(&mutex));
    printf(", try %d", pthread_mutex_trylock(&mutex));
    if (type != PTHREAD_MUTEX_NORMAL) printf(", again %d", pthread_mutex_lock(&mutex));
    if (protocol == PTHREAD_PRIO_NONE || type != PTHREAD_MUTEX_NORMAL) {
        printf(", timed %d", pthread_mutex_timedlock(&mutex, &past));
    }
    puts("");
    if (type != PTHREAD_MUTEX_NORMAL) in_thread(try_from_elsewhere, &mutex);
    for (int i = 0; i < 5; i++) {
        int result = i == 0 || type != PTHREAD_MUTEX_NORMAL ? pthread_mutex_unlock(&mutex) : 0;
        printf("unlock %d ", result);
    }
    puts("");
    if (robust == PTHREAD_MUTEX_ROBUST) {
        in_thread(lock_and_leave, &mutex);
        printf("left locked: %d", pthread_mutex_lock(&mutex));
        printf(", consistent %d", pthread_mutex_consistent(&mutex));
        printf(", unlock %d", pthread_mutex_unlock(&mutex));
        printf(", lock %d", pthread_mutex_lock(&mutex));
        printf(", unlock %d", pthread_mutex_unlock(&mutex));
        in_thread(lock_and_leave, &mutex);
        printf(", left again: try %d", pthread_mutex_trylock(&mutex));
        printf(", unlock %d", pthread_mutex_unlock(&mutex));
        for (int i = 0; i < 2; i++) printf(", not recoverable %d", pthread_mutex_lock(&mutex));
        printf(", timed %d\n", pthread_mutex_timedlock(&mutex, &past));
    }
    printf("destroy %d\n", pthread_mutex_destroy(&mutex));
}

static int semantics(void) {
    static const struct {
        const char *name;
        int value;
    } types[] = {{"normal", PTHREAD_MUTEX_NORMAL},
                 {"recursive", PTHREAD_MUTEX_RECURSIVE},
                 {"error-checking", PTHREAD_MUTEX_ERRORCHECK}},
      robusts[] = {{"", PTHREAD_MUTEX_STALLED}, {" robust", PTHREAD_MUTEX_ROBUST}},
      protocols[] = {{"", PTHREAD_PRIO_NONE}, {" inheriting", PTHREAD_PRIO_INHERIT}};
    for (int t = 0; t < 3; t++) {
        for (int r = 0; r < 2; r++) {
            for (int p = 0; p < 2; p++) {
                char name[64];
                snprintf(name, sizeof name, "%s%s%s", types[t].name, robusts[r].name, protocols[p].name);
                semantics_of(name, types[t].value, robusts[r].value, protocols[p].value);
            }
        }
    }
    mtx_t mutex;
    struct timespec past = {0, 0};
    printf("mtx: init %d", mtx_init(&mutex, mtx_timed | mtx_recursive));
    printf(", lock %d, try %d", mtx_lock(&mutex), mtx_trylock(&mutex));
    printf(", timed %d", mtx_timedlock(&mutex, &past));
    for (int i = 0; i < 4; i++) printf(", unlock %d", mtx_unlock(&mutex));
    mtx_destroy(&mutex);
    printf("\nspin: lock %d", pthread_spin_lock(&spin));
    printf(", try %d", pthread_spin_trylock(&spin));
    printf(", unlock %d, try %d", pthread_spin_unlock(&spin), pthread_spin_trylock(&spin));
    printf(", unlock %d\n", pthread_spin_unlock(&spin));
    printf("rwlock: rd %d", pthread_rwlock_rdlock(&rwlock));
    printf(", try rd %d", pthread_rwlock_tryrdlock(&rwlock));
    printf(", try wr %d", pthread_rwlock_trywrlock(&rwlock));
    for (int i = 0; i < 2; i++) printf(", unlock %d", pthread_rwlock_unlock(&rwlock));
    printf(", wr %d", pthread_rwlock_wrlock(&rwlock));
    printf(", wr again %d", pthread_rwlock_wrlock(&rwlock));
    printf(", rd %d", pthread_rwlock_rdlock(&rwlock));
    printf(", unlock %d\n", pthread_rwlock_unlock(&rwlock));
    return 0;
}

__attribute__((noinline)) static void *hold_several(void *unused) {
    static pthread_mutex_t recursive;
    make(&recursive, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
    pthread_setname_np(pthread_self(), "holder");
    pthread_mutex_lock(&first);
    pthread_rwlock_rdlock(&rwlock);
    pthread_spin_lock(&spin);
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    // Taken and given back in another order: not held any more.
    pthread_mutex_lock(&second);
    pthread_mutex_lock(&third);
    pthread_mutex_unlock(&second);
    pthread_mutex_unlock(&third);
    for (;;) pause();
    return unused;
}

__attribute__((noinline)) static void *wait_for_first(void *unused) {
    pthread_setname_np(pthread_self(), "waiter");
    pthread_mutex_lock(&second);
    pthread_mutex_lock(&first);
    return unused;
}

__attribute__((noinline)) static void *wait_on_condition(void *unused) {
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    pthread_setname_np(pthread_self(), "conditional");
    pthread_mutex_lock(&third);
    while (unused == 0) pthread_cond_wait(&never, &third);
    pthread_mutex_unlock(&third);
    return unused;
}

static pthread_mutex_t deep[20];
__attribute__((noinline)) static void *hold_many(void *unused) {
    pthread_setname_np(pthread_self(), "deep");
    for (int i = 0; i < 20; i++) pthread_mutex_lock(&deep[i]);
    for (int i = 19; i >= 18; i--) pthread_mutex_unlock(&deep[i]);
    for (;;) pause();
    return unused;
}

static void *pair(void *mutexes_as_array) {
    pthread_mutex_t **mutexes = mutexes_as_array;
    pthread_mutex_lock(mutexes[0]);
    pthread_mutex_lock(mutexes[1]);
    pthread_mutex_unlock(mutexes[1]);
    pthread_mutex_unlock(mutexes[0]);
    return 0;
}

static void *try_pair(void *mutexes_as_array) {
    pthread_mutex_t **mutexes = mutexes_as_array;
    pthread_mutex_lock(mutexes[0]);
    if (pthread_mutex_trylock(mutexes[1]) == 0) pthread_mutex_unlock(mutexes[1]);
    pthread_mutex_unlock(mutexes[0]);
    return 0;
}

static void orders(void) {
    in_thread(pair, (pthread_mutex_t *[]){&first, &second});
    in_thread(pair, (pthread_mutex_t *[]){&second, &first}); // the one inversion
    in_thread(pair, (pthread_mutex_t *[]){&first, &third});
    in_thread(pair, (pthread_mutex_t *[]){&second, &third});
    in_thread(try_pair, (pthread_mutex_t *[]){&third, &first}); // a try waits for nobody
    // The same addresses, other mutexes.
    pthread_mutex_t *mutexes = malloc(2 * sizeof *mutexes);
    for (int i = 0; i < 2; i++) pthread_mutex_init(&mutexes[i], 0);
    in_thread(pair, (pthread_mutex_t *[]){&mutexes[0], &mutexes[1]});
    for (int i = 0; i < 2; i++) pthread_mutex_destroy(&mutexes[i]);
    for (int i = 0; i < 2; i++) pthread_mutex_init(&mutexes[i], 0);
    in_thread(pair, (pthread_mutex_t *[]){&mutexes[1], &mutexes[0]});
    printf("addresses %p %p\n", (void *)&first, (void *)&second);
}

static void *unlock_it(void *mutex) {
    pthread_mutex_unlock(mutex);
    return 0;
}

__attribute__((noinline)) static void *lock_for_another(void *mutex) {
    pthread_mutex_lock(mutex);
    in_thread(unlock_it, mutex);
    return 0;
}

__attribute__((noinline)) static void *lock_and_unmap(void *unused) {
    pthread_mutex_t *mutex = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_lock(mutex);
    munmap(mutex, 4096);
    return unused;
}

__attribute__((noinline)) static void *lock_and_destroy(void *unused) {
    pthread_rwlock_t local = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_rdlock(&local);
    pthread_rwlock_destroy(&local);
    return unused;
}

static void end(void) {
    in_thread(lock_and_leave, &first);
    in_thread(lock_for_another, &second);
    in_thread(lock_and_unmap, 0);
    in_thread(lock_and_destroy, 0);
    printf("addresses %p\n", (void *)&first);
}

static void fork_while_locked(void) {
    pthread_mutex_lock(&fourth);
    beside(hold_several, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        raise(SIGQUIT);
        // What the child holds it can also release.
        _exit(pthread_mutex_unlock(&fourth) == 0 && pthread_mutex_trylock(&fourth) == 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    printf("child %d, addresses %p %p\n", status, (void *)&first, (void *)&fourth);
}

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    if (strcmp(mode, "semantics") == 0) return semantics();
    if (strcmp(mode, "hold") == 0) {
        beside(hold_several, 0);
        beside(wait_for_first, 0);
        beside(wait_on_condition, 0);
        beside(hold_many, 0);
    }
    if (strcmp(mode, "orders") == 0) orders();
    if (strcmp(mode, "end") == 0) end();
    if (strcmp(mode, "fork") == 0) fork_while_locked();
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
