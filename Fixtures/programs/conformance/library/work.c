/* A library that is loaded, asked for work, and unloaded. It leaves no thread behind. */
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_key_t key;
static sem_t semaphore;
static int destroyed;

static void destroy(void *value) {
    (void)value;
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
}

static void *work(void *argument) {
    pthread_setspecific(key, argument);
    sem_wait(&semaphore);
    return NULL;
}

__attribute__((constructor)) static void loaded(void) { pthread_key_create(&key, destroy); }
__attribute__((destructor)) static void unloaded(void) { pthread_key_delete(key); }

int conformance_work(int count) {
    pthread_t threads[16];
    sem_init(&semaphore, 0, 0);
    for (int i = 0; i < count && i < 16; i++)
        if (pthread_create(&threads[i], NULL, work, &key) != 0) return -1;
    for (int i = 0; i < count && i < 16; i++) sem_post(&semaphore);
    for (int i = 0; i < count && i < 16; i++) pthread_join(threads[i], NULL);
    return destroyed;
}
