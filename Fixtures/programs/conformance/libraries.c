/* Libraries that are loaded, make threads, register handlers, and are unloaded; a second C library beside the first. */
#include "scenario.h"
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static void *load(const char *name) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) fprintf(stderr, "%s\n", dlerror());
    expect(library != NULL);
    return library;
}

/* The library that stands beside this program, by its name and ".so": library/work.c. */
static void load_and_unload(void) {
    char path[512];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    expect(length > 0);
    if (length < 0) return;
    strcpy(path + length, ".so");
    void *library = load(path);
    if (library == NULL) return;
    int (*work)(int) = (int (*)(int))dlsym(library, "conformance_work");
    expect(work != NULL);
    if (work != NULL) note("worked: %d", work(5));
    equal(dlclose(library), 0);
    note("gone: %d", dlopen(path, RTLD_NOW | RTLD_NOLOAD) == NULL);
}

/* Its threads, waits and thread-specific destructors are over when it goes; its addresses mean nothing afterwards. */
SCENARIO(library_comes_and_goes) {
    for (int i = 0; i < 10; i++) load_and_unload();
}

static void *loads(void *argument) {
    load_and_unload();
    return argument;
}

SCENARIO(library_loaded_by_a_thread) {
    struct runner runner;
    for (int i = 0; i < 3; i++) {
        start(&runner, loads, NULL);
        finish(&runner);
    }
}

static atomic_bool stop;

static void *waits_meanwhile(void *argument) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    while (!atomic_load(&stop)) {
        struct timespec end = from_now(CLOCK_REALTIME, 1);
        sem_timedwait(&semaphore, &end);
        pthread_t thread;
        if (pthread_create(&thread, NULL, (void *(*)(void *))(void *)pthread_self, NULL) == 0)
            pthread_join(thread, NULL);
    }
    return argument;
}

/* Call stacks are taken while modules come and go. */
SCENARIO(library_comes_and_goes_under_waits) {
    struct runner runners[2];
    for (int i = 0; i < 2; i++) start(&runners[i], waits_meanwhile, NULL);
    for (int i = 0; i < 100; i++) {
        void *library = load("libm.so.6"), *other = load("libresolv.so.2");
        if (library != NULL) dlclose(library);
        if (other != NULL) dlclose(other);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) finish(&runners[i]);
}

/* A namespace of its own has a C library of its own, without the preloaded library. */
SCENARIO(library_in_a_namespace_of_its_own) {
    void *library = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
    expect(library != NULL);
    if (library == NULL) return;
    int (*post)(sem_t *) = (int (*)(sem_t *))dlsym(library, "sem_post");
    int (*wait)(sem_t *) = (int (*)(sem_t *))dlsym(library, "sem_wait");
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    equal(post(&semaphore), 0);
    equal(wait(&semaphore), 0);
    equal(post(&semaphore), 0);
    equal(sem_wait(&semaphore), 0);
    equal(dlclose(library), 0);
}

/* What a program finds by name is what it calls directly. */
SCENARIO(library_functions_by_name) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    int (*timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
        (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlsym(RTLD_DEFAULT,
                                                                                     "pthread_cond_timedwait");
    int (*signal)(pthread_cond_t *) = (int (*)(pthread_cond_t *))dlsym(RTLD_DEFAULT, "pthread_cond_signal");
    pthread_mutex_lock(&mutex);
    equal(timedwait(&condition, &mutex, &end), ETIMEDOUT);
    equal(signal(&condition), 0);
    pthread_mutex_unlock(&mutex);
    int (*versioned)(pthread_cond_t *) = (int (*)(pthread_cond_t *))dlvsym(RTLD_DEFAULT, "pthread_cond_signal",
                                                                          "GLIBC_2.3.2");
    expect(versioned != NULL);
    if (versioned != NULL) equal(versioned(&condition), 0);
    note("old: %d", dlvsym(RTLD_DEFAULT, "pthread_cond_signal", "GLIBC_2.2.5") != NULL);
}
