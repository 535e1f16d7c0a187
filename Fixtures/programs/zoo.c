/* Every blocking primitive of libc that lives in memory: pthread, C11 threads, POSIX semaphores, stdio locks. */
#include "zoo.h"
#include <semaphore.h>
#include <threads.h>

static pthread_mutex_t m_default = PTHREAD_MUTEX_INITIALIZER, m_timed = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m_orphan = PTHREAD_MUTEX_INITIALIZER, m_relock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m_normal, m_recursive, m_errorcheck, m_adaptive, m_robust, m_shared, m_pi, m_pi_robust;
static pthread_mutex_t m_protect, m_robust_shared;
static pthread_mutex_t m_cond = PTHREAD_MUTEX_INITIALIZER, m_cond_timed = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m_history = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c_plain = PTHREAD_COND_INITIALIZER, c_timed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t c_destroyed = PTHREAD_COND_INITIALIZER, c_relock = PTHREAD_COND_INITIALIZER;
static pthread_cond_t c_history = PTHREAD_COND_INITIALIZER, c_timeouts = PTHREAD_COND_INITIALIZER;
static pthread_cond_t c_monotonic, c_shared;
static pthread_rwlock_t rw_written = PTHREAD_RWLOCK_INITIALIZER, rw_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t rw_preferring;
static sem_t s_plain, s_shared;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT, once_other = PTHREAD_ONCE_INIT;
static once_flag c11_once = ONCE_FLAG_INIT;
static mtx_t c11_mutex;
static cnd_t c11_cond;
static mtx_t c11_cond_mutex;
static FILE *stream;
static pthread_t joined;
static atomic_int holder_tid, joined_tid, orphan_tid;

static void lock_default(void) { pthread_mutex_lock(&m_default); }
static void lock_normal(void) { pthread_mutex_lock(&m_normal); }
static void lock_recursive(void) { pthread_mutex_lock(&m_recursive); }
static void lock_errorcheck(void) { pthread_mutex_lock(&m_errorcheck); }
static void lock_adaptive(void) { pthread_mutex_lock(&m_adaptive); }
static void lock_robust(void) { pthread_mutex_lock(&m_robust); }
static void lock_shared(void) { pthread_mutex_lock(&m_shared); }
static void lock_robust_shared(void) { pthread_mutex_lock(&m_robust_shared); }
static void lock_pi(void) { pthread_mutex_lock(&m_pi); }
static void lock_pi_robust(void) { pthread_mutex_lock(&m_pi_robust); }
static void lock_protect(void) { pthread_mutex_lock(&m_protect); }
static void lock_orphan(void) { pthread_mutex_lock(&m_orphan); }
static void lock_c11(void) { mtx_lock(&c11_mutex); }
static void lock_timed(void) {
    struct timespec end = far_away(CLOCK_REALTIME);
    pthread_mutex_timedlock(&m_timed, &end);
}
static void lock_clock(void) {
    struct timespec end = far_away(CLOCK_MONOTONIC);
    pthread_mutex_clocklock(&m_timed, CLOCK_MONOTONIC, &end);
}
static void wait_plain(void) {
    pthread_mutex_lock(&m_cond);
    pthread_cond_wait(&c_plain, &m_cond);
}
static void wait_timed(void) {
    struct timespec end = far_away(CLOCK_REALTIME);
    pthread_mutex_lock(&m_cond_timed);
    pthread_cond_timedwait(&c_timed, &m_cond_timed, &end);
}
static void wait_monotonic(void) {
    struct timespec end = far_away(CLOCK_MONOTONIC);
    pthread_mutex_lock(&m_cond_timed);
    pthread_cond_timedwait(&c_monotonic, &m_cond_timed, &end);
}
static void wait_clock(void) {
    struct timespec end = far_away(CLOCK_MONOTONIC);
    pthread_mutex_lock(&m_cond_timed);
    pthread_cond_clockwait(&c_timed, &m_cond_timed, CLOCK_MONOTONIC, &end);
}
static void wait_shared(void) {
    pthread_mutex_lock(&m_cond_timed);
    pthread_cond_wait(&c_shared, &m_cond_timed);
}
static void wait_c11(void) {
    mtx_lock(&c11_cond_mutex);
    cnd_wait(&c11_cond, &c11_cond_mutex);
}
static void wait_destroyed(void) {
    pthread_mutex_lock(&m_cond_timed);
    pthread_cond_wait(&c_destroyed, &m_cond_timed);
}
static void destroy(void) { pthread_cond_destroy(&c_destroyed); }
/* Three waits that time out, then one without end. */
static void wait_after_timeouts(void) {
    pthread_mutex_lock(&m_history);
    for (int i = 0; i < 3; i++) {
        struct timespec end;
        clock_gettime(CLOCK_REALTIME, &end);
        pthread_cond_timedwait(&c_timeouts, &m_history, &end);
    }
    pthread_cond_wait(&c_timeouts, &m_history);
}
static atomic_int history_waits;
/* One wait that main ends by a signal, then one without end. */
static void wait_after_signal(void) {
    pthread_mutex_lock(&m_history);
    for (;;) {
        history_waits++;
        pthread_cond_wait(&c_history, &m_history);
    }
}
static atomic_int relocking, relock_taken;
static void relock(void) {
    pthread_mutex_lock(&m_relock);
    relocking = 1;
    pthread_cond_wait(&c_relock, &m_relock);
}
static void read_written(void) { pthread_rwlock_rdlock(&rw_written); }
static void write_written(void) { pthread_rwlock_wrlock(&rw_written); }
static void write_read(void) { pthread_rwlock_wrlock(&rw_read); }
static void write_preferring(void) { pthread_rwlock_wrlock(&rw_preferring); }
static void read_preferring(void) { pthread_rwlock_rdlock(&rw_preferring); }
static void read_timed(void) {
    struct timespec end = far_away(CLOCK_REALTIME);
    pthread_rwlock_timedrdlock(&rw_written, &end);
}
static void take(void) { sem_wait(&s_plain); }
static void take_shared(void) { sem_wait(&s_shared); }
static void take_timed(void) {
    struct timespec end = far_away(CLOCK_REALTIME);
    sem_timedwait(&s_plain, &end);
}
static void meet(void) { pthread_barrier_wait(&barrier); }
static void join(void) { pthread_join(joined, NULL); }
static void join_timed(void) {
    struct timespec end = far_away(CLOCK_REALTIME);
    pthread_timedjoin_np(joined, NULL, &end);
}
static void initialize(void) { pthread_once(&once, rest); }
static void initialize_other(void) { pthread_once(&once_other, rest); }
static void initialize_c11(void) { call_once(&c11_once, rest); }
static void lock_stream(void) { flockfile(stream); }
static void write_stream(void) { fputs("x", stream); }

static void *hold(void *unused) {
    (void)unused;
    pthread_setname_np(pthread_self(), "holder");
    pthread_mutex_t *held[] = {&m_default, &m_timed, &m_normal, &m_recursive, &m_recursive, &m_errorcheck, &m_adaptive,
                               &m_robust, &m_shared, &m_pi, &m_pi_robust, &m_protect, &m_robust_shared};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) pthread_mutex_lock(held[i]);
    mtx_lock(&c11_mutex);
    pthread_rwlock_wrlock(&rw_written);
    pthread_rwlock_rdlock(&rw_read);
    pthread_rwlock_rdlock(&rw_preferring);
    flockfile(stream);
    holder_tid = own_tid();
    /* A signalled waiter cannot have its mutex back. */
    while (!relocking) usleep(1000);
    pthread_mutex_lock(&m_relock);
    pthread_cond_signal(&c_relock);
    relock_taken = 1;
    rest();
    return NULL;
}
static void *be_joined(void *unused) {
    (void)unused;
    pthread_setname_np(pthread_self(), "joined");
    joined_tid = own_tid();
    rest();
    return NULL;
}
static void *leave_locked(void *unused) {
    (void)unused;
    pthread_mutex_lock(&m_orphan);
    orphan_tid = own_tid();
    return NULL;
}

static void make(pthread_mutex_t *mutex, int type, int protocol, int robust, int shared) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (type >= 0) pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    if (protocol == PTHREAD_PRIO_PROTECT) pthread_mutexattr_setprioceiling(&attributes, 10);
    pthread_mutexattr_setrobust(&attributes, robust);
    pthread_mutexattr_setpshared(&attributes, shared);
    if (pthread_mutex_init(mutex, &attributes) != 0) abort();
}

int main(void) {
    make(&m_normal, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    make(&m_recursive, PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    make(&m_errorcheck, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    make(&m_adaptive, PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    make(&m_robust, -1, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
    make(&m_shared, -1, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_SHARED);
    make(&m_robust_shared, -1, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
    make(&m_pi, -1, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    make(&m_pi_robust, -1, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
    make(&m_protect, -1, PTHREAD_PRIO_PROTECT, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
    pthread_cond_init(&c_monotonic, &condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&c_shared, &condition);
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&rw_preferring, &attributes);
    sem_init(&s_plain, 0, 0);
    sem_init(&s_shared, 1, 0);
    pthread_barrier_init(&barrier, NULL, 3);
    mtx_init(&c11_mutex, mtx_plain);
    mtx_init(&c11_cond_mutex, mtx_plain);
    cnd_init(&c11_cond);
    stream = fopen("/dev/null", "w");

    pthread_t thread;
    pthread_create(&thread, NULL, hold, NULL);
    pthread_create(&joined, NULL, be_joined, NULL);
    while (holder_tid == 0 || joined_tid == 0) usleep(1000);
    pthread_t orphan;
    pthread_create(&orphan, NULL, leave_locked, NULL);
    pthread_join(orphan, NULL);
    int holder = holder_tid, dead = orphan_tid;
    printf("holder %d (nil) 0\n", holder);

    put("mutex", lock_default, &m_default, holder);
    put("mutex-normal", lock_normal, &m_normal, holder);
    put("mutex-recursive", lock_recursive, &m_recursive, holder);
    put("mutex-errchk", lock_errorcheck, &m_errorcheck, holder);
    put("mutex-adaptive", lock_adaptive, &m_adaptive, holder);
    put("mutex-robust", lock_robust, &m_robust, holder);
    put("mutex-pshared", lock_shared, &m_shared, holder);
    put("mutex-robshared", lock_robust_shared, &m_robust_shared, holder);
    put("mutex-pi", lock_pi, &m_pi, holder);
    put("mutex-pirobust", lock_pi_robust, &m_pi_robust, holder);
    put("mutex-timed", lock_timed, &m_timed, holder);
    put("mutex-clock", lock_clock, &m_timed, holder);
    put("mutex-orphan", lock_orphan, &m_orphan, dead);
    put("mtx", lock_c11, &c11_mutex, holder);
    /* Taking a lock with a ceiling needs the right to real-time scheduling. */
    if (pthread_mutex_trylock(&m_protect) == EBUSY) put("mutex-protect", lock_protect, &m_protect, holder);
    put("cond", wait_plain, &c_plain, 0);
    put("cond-timed", wait_timed, &c_timed, 0);
    put("cond-monotonic", wait_monotonic, &c_monotonic, 0);
    put("cond-clock", wait_clock, &c_timed, 0);
    put("cond-pshared", wait_shared, &c_shared, 0);
    put("cnd", wait_c11, &c11_cond, 0);
    put("cond-destroyed", wait_destroyed, &c_destroyed, 0);
    put("cond-destroy", destroy, &c_destroyed, 0);
    put("cond-timeouts", wait_after_timeouts, &c_timeouts, 0);
    int signalled = put("cond-signalled", wait_after_signal, &c_history, 0);
    while (history_waits < 2) {
        pthread_cond_signal(&c_history);
        usleep(1000);
    }
    await_sleep(signalled);
    int relocked = put("cond-relock", relock, &m_relock, holder);
    while (!relock_taken) usleep(1000);
    await_sleep(relocked);
    put("rwlock-rd-wr", read_written, &rw_written, holder);
    put("rwlock-rd-timed", read_timed, &rw_written, holder);
    put("rwlock-wr-wr", write_written, &rw_written, holder);
    put("rwlock-wr-rd", write_read, &rw_read, 0);
    put("rwlock-wr2-rd", write_read, &rw_read, 0);
    put("rwlock-wr-pref", write_preferring, &rw_preferring, 0);
    put("rwlock-rd-pref", read_preferring, &rw_preferring, 0);
    put("sem", take, &s_plain, 0);
    put("sem-timed", take_timed, &s_plain, 0);
    put("sem-pshared", take_shared, &s_shared, 0);
    put("barrier", meet, &barrier, 0);
    put("barrier-second", meet, &barrier, 0);
    put("join", join, (void *)joined, joined_tid);
    put("join-timed", join_timed, (void *)joined, joined_tid);
    put("once-runs", initialize, &once, 0);
    put("once-waits", initialize, &once, 0);
    put("once2-runs", initialize_other, &once_other, 0);
    put("once2-waits", initialize_other, &once_other, 0);
    put("call-once-runs", initialize_c11, &c11_once, 0);
    put("call-once-waits", initialize_c11, &c11_once, 0);
    put("flockfile", lock_stream, stream, holder);
    put("fputs", write_stream, stream, holder);
    puts("ready");
    fflush(stdout);
    rest();
}
