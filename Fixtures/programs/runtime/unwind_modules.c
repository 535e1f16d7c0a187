/* Stacks through libraries that come and go, and through code that belongs to none. */
#define _GNU_SOURCE
#include "unwind.h"
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

typedef void (*caller)(void (*)(void));

static void leaf(void)
{
    same_stack(0);
    __asm__ volatile("" ::: "memory");
}

struct range {
    uint64_t inside, start, end;
};

static int find_range(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct range *range = argument;
    uint64_t start = UINT64_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        uint64_t low = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        start = low < start ? low : start;
        end = low + info->dlpi_phdr[i].p_memsz > end ? low + info->dlpi_phdr[i].p_memsz : end;
    }
    if (range->inside < start || range->inside >= end)
        return 0;
    range->start = start;
    range->end = end;
    return 1;
}

static void *load(const char *path, caller *call, struct range *range)
{
    void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    expect(library != NULL, "dlopen");
    if (library == NULL)
        return NULL;
    dw_unwind_refresh();
    *call = (caller)dlsym(library, "library_call");
    range->inside = (uint64_t)*call;
    dl_iterate_phdr(find_range, range);
    return library;
}

static void unload(void *library, const struct range *range)
{
    dlclose(library);
    dw_unwind_refresh();
    if (range != NULL)
        dw_unwind_forget(range->start, range->end);
}

void libraries(const char *first, const char *second)
{
    unsigned reused = 0;
    uint64_t last = 0;
    for (int i = 0; i < 60; i++) {
        caller call;
        struct range range;
        void *library = load(i % 2 ? first : second, &call, &range);
        if (library == NULL)
            return;
        reused += range.start == last;
        last = range.start;
        call(leaf);
        /* Bound at its first call: the resolver of the indirect function runs under the loader's. */
        caller lazily = (caller)dlsym(library, "library_call_lazily");
        lazily(leaf);
        lazily(leaf);
        unload(library, &range);
    }
    expect(reused > 20, "addresses are used again");
}

static int is_wrong;
static void compare_with_libgcc(void)
{
    uint64_t frames[64];
    void *peers[64];
    uint32_t flags, count = dw_backtrace(own_stack(), frames, 64, 0, &flags);
    int all = backtrace(peers, 64);
    is_wrong = (uint32_t)all != count || memcmp(frames + 1, peers + 1, (count - 1) * sizeof frames[0]) != 0;
}

/* With a rule that outlived its library the stack is wrong, but ends; forgetting cures it. The two libraries have the
   same code but for the sizes of frames. */
void stale_rules(const char *first, const char *second)
{
    caller call;
    struct range range, again;
    void *library = load(first, &call, &range);
    if (library == NULL)
        return;
    call(leaf);
    unload(library, NULL);
    library = load(second, &call, &again);
    if (library == NULL)
        return;
    expect(again.start == range.start, "the address is used again");
    call(compare_with_libgcc);
    expect(is_wrong, "the rule is kept until it is forgotten");
    dw_unwind_forget(range.start, range.end);
    call(compare_with_libgcc);
    expect(!is_wrong, "the rule is read again");
    unload(library, &again);
}

static void *hammer(void *unused)
{
    for (int i = 0; i < 3000; i++)
        call_tree(pick(40), leaf);
    return unused;
}

void many_threads(const char *library)
{
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, hammer, NULL);
    for (int i = 0; i < 300; i++) {
        caller call;
        struct range range;
        void *handle = load(library, &call, &range);
        if (handle == NULL)
            break;
        call(leaf);
        unload(handle, i % 3 ? &range : NULL);
        if (i % 3 == 0)
            dw_unwind_forget(0, UINT64_MAX);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
}

static uint32_t seen_flags, seen_depth;
static uint64_t seen[64];
static void look(void) { seen_depth = dw_backtrace(own_stack(), seen, 64, 0, &seen_flags); }

static __attribute__((noinline)) void call_made_code(void (*code)(void (*)(void)))
{
    code(look);
    __asm__ volatile("" ::: "memory");
}

/* Code that was made at run time has no tables: with a frame pointer the stack goes on, without one it ends there. */
void runtime_code(void)
{
    static const uint8_t framed[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3}; /* push rbp; mov; call *rdi; ... */
    static const uint8_t bare[] = {0x55, 0x31, 0xed, 0xff, 0xd7, 0x5d, 0xc3};         /* push rbp; xor ebp, ebp; ... */
    uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED)
        return expect(0, "mmap");
    memcpy(code, framed, sizeof framed);
    memcpy(code + 64, bare, sizeof bare);
    call_made_code((void (*)(void (*)(void)))code);
    uint32_t whole = dw_backtrace(own_stack(), (uint64_t[64]){0}, 64, 0, &(uint32_t){0});
    expect(seen_flags == DW_STACK_FRAME_POINTER && seen[1] == (uint64_t)code + 6, "code with a frame pointer");
    expect(seen_depth == whole + 3, "the stack goes on behind it");
    call_made_code((void (*)(void (*)(void)))(code + 64));
    expect(seen_flags == DW_STACK_UNKNOWN_MODULE && seen_depth == 2, "code without one");
    munmap(code, 4096);
}
