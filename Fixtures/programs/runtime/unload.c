/* unload FIRST SECOND: posts semaphores under a library (a build of unwind_library.c) that is then unloaded, and under
   another at the same address, with the runtime library preloaded. Prints `done` if the call stack that the registry
   has of each post is what backtrace() says there. */
#define _GNU_SOURCE
#include "registry_abi.h"
#include <dlfcn.h>
#include <execinfo.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t semaphores[2];
static int which, depth;
static void *frames[64];

static void post(void)
{
    depth = backtrace(frames, 64);
    sem_post(&semaphores[which]);
    __asm__ volatile("" ::: "memory");
}

static const void *area(const struct dw_registry_header *header, uint32_t kind, uint32_t *count)
{
    for (int i = 0; i < DW_AREA_KINDS; i++)
        if (header->areas[i].kind == kind) {
            *count = header->areas[i].capacity;
            return (const char *)header + header->areas[i].offset;
        }
    *count = 0;
    return NULL;
}

/* Whether the stack of the only post of the semaphore is the one in `frames`. */
static int is_right(const struct dw_registry_header *header)
{
    uint32_t object_count, stack_count;
    const struct dw_object_record *objects = area(header, DW_AREA_OBJECTS, &object_count);
    const struct dw_stack_record *stacks = area(header, DW_AREA_STACKS, &stack_count);
    for (uint32_t i = 0; i < object_count; i++) {
        uint32_t number = objects[i].sites[0].stack;
        if (objects[i].address != (uint64_t)&semaphores[which] || number == 0 || number > stack_count)
            continue;
        const struct dw_stack_record *stack = &stacks[number - 1];
        if (stack->depth < 3 || stack->depth > (uint32_t)depth)
            return 0;
        for (uint32_t frame = 1; frame < stack->depth; frame++)
            if (stack->frames[frame] != (uint64_t)frames[frame])
                return 0;
        return 1;
    }
    return 0;
}

int main(int count, char **arguments)
{
    const struct dw_registry_beacon *beacon = dlsym(RTLD_DEFAULT, DW_REGISTRY_BEACON_SYMBOL);
    void *place[2] = {NULL, NULL};
    if (count < 3 || beacon == NULL || beacon->address == 0) {
        puts("no registry");
        return 2;
    }
    int right = 1;
    for (which = 0; which < 2; which++) {
        sem_init(&semaphores[which], 0, 0);
        void *library = dlopen(arguments[1 + which], RTLD_NOW);
        if (library == NULL)
            return 2;
        place[which] = dlsym(library, "library_call");
        ((void (*)(void (*)(void)))place[which])(post);
        if (!is_right((const struct dw_registry_header *)beacon->address)) {
            printf("the stack under library %d is another\n", which + 1);
            right = 0;
        }
        dlclose(library);
    }
    if (place[0] != place[1])
        right = !puts("the libraries are at different addresses");
    puts(right ? "done" : "failed");
    return !right;
}
