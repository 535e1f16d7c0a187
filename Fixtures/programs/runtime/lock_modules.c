/* lock_modules LIBRARY LIBRARY LIBRARY (builds of lock_library.c): takes locks through the first in an order, leaves one
   locked through the second at a thread's end, waits with one held through the third, with libdeadwait-locks.so
   preloaded. Prints after each the modules that the registry has. */
#define _GNU_SOURCE
#include "registry_abi.h"
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t mutexes[4];
static void (*lock[3])(pthread_mutex_t *mutex);

static void *leave_locked(void *unused)
{
    lock[1](&mutexes[2]);
    return unused;
}

static void show(const char *when)
{
    const struct dw_registry_beacon *beacon = dlsym(RTLD_DEFAULT, DW_REGISTRY_BEACON_SYMBOL);
    printf("%s:", when);
    if (beacon == NULL || beacon->address == 0) {
        puts(" no registry");
        return;
    }
    const struct dw_registry_header *header = (const struct dw_registry_header *)beacon->address;
    for (int i = 0; i < DW_AREA_KINDS; i++) {
        const char *area = (const char *)header + header->areas[i].offset;
        const struct dw_module_record *modules = (const struct dw_module_record *)area;
        if (header->areas[i].kind != DW_AREA_MODULES)
            continue;
        for (uint32_t k = 0; k < header->areas[i].capacity && modules[k].start != 0; k++)
            printf(" %s", modules[k].path);
    }
    puts("");
}

int main(int count, char **arguments)
{
    for (int i = 0; i < 3; i++) {
        void *library = i + 1 < count ? dlopen(arguments[i + 1], RTLD_NOW) : NULL;
        void *found = library ? dlsym(library, "library_lock") : NULL;
        if (found == NULL)
            return 2;
        memcpy(&lock[i], &found, sizeof found);
    }
    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&mutexes[i], NULL);
    show("start");
    lock[0](&mutexes[0]);
    lock[0](&mutexes[1]);
    pthread_mutex_unlock(&mutexes[1]);
    pthread_mutex_unlock(&mutexes[0]);
    show("order");
    pthread_t thread;
    pthread_create(&thread, NULL, leave_locked, NULL);
    pthread_join(thread, NULL);
    show("abandoned");
    sem_t never;
    struct timespec past = {0, 1};
    sem_init(&never, 0, 0);
    lock[2](&mutexes[3]);
    sem_timedwait(&never, &past);
    show("held");
    return 0;
}
