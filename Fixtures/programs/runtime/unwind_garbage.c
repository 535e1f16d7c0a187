/* unwind_garbage WALKS TABLES: unwinds stacks of random contents, and reads unwind tables with random bytes in them.
   Built with the address and undefined-behaviour sanitizers, which end it at the first read outside of either. */
#define _GNU_SOURCE
#include "dw_cfi.h"
#include "dw_unwind.h"
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 600, CAPACITY = 64, RANGES = 64 };

static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t pick(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static struct {
    uint64_t start, size;
} code[RANGES];
static unsigned ranges;
static uint64_t signal_return;

static void handler(int number)
{
    (void)number;
    signal_return = (uint64_t)__builtin_return_address(0);
}

static int add_code(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    for (int i = 0; i < info->dlpi_phnum && ranges < RANGES; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            code[ranges].start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            code[ranges++].size = info->dlpi_phdr[i].p_memsz;
        }
    return 0;
}

static uint64_t random_pc(void)
{
    unsigned which = (unsigned)pick(ranges);
    return code[which].start + pick(code[which].size);
}

/* Few code addresses, so that rules are found in the cache as well. */
static uint64_t some_pc(void)
{
    static uint64_t known[512];
    unsigned which = (unsigned)pick(512);
    if (known[which] == 0 || pick(50) == 0)
        known[which] = random_pc();
    return known[which];
}

static uint64_t random_word(const uint64_t *stack)
{
    switch (pick(8)) {
    case 0: return state;
    case 1: return pick(4096);
    case 2: return signal_return;
    case 3:
    case 4: return (uint64_t)(stack + pick(WORDS + 4)) - 16 + (pick(10) == 0);
    default: return some_pc();
    }
}

static unsigned long walk_garbage(long walks)
{
    unsigned long frames_seen = 0, ends[256] = {0};
    for (long walk = 0; walk < walks; walk++) {
        /* A new block now and then, of just this size: a read beyond either end is one outside the block. */
        static uint64_t *stack;
        if (walk % 1000 == 0) {
            free(stack);
            stack = malloc(WORDS * sizeof *stack);
            for (int i = 0; i < WORDS; i++)
                stack[i] = random_word(stack);
        }
        for (int i = 0; i < 8; i++)
            stack[pick(WORDS)] = random_word(stack);
        uint64_t frames[CAPACITY];
        uint32_t flags;
        struct dw_stack_bounds bounds = {(uint64_t)stack, (uint64_t)(stack + WORDS)};
        struct dw_registers registers;
        memset(&registers, 0, sizeof registers);
        registers.sp = (uint64_t)(stack + pick(WORDS)) + (pick(20) == 0 ? pick(8) : 0);
        registers.fp = random_word(stack);
        registers.bx = random_word(stack);
        registers.r10 = random_word(stack);
        registers.pc = pick(10) == 0 ? random_word(stack) : some_pc();
        uint32_t count = dw_backtrace_from(&registers, &bounds, frames, CAPACITY, &flags);
        if (count > CAPACITY || flags > 127)
            abort();
        frames_seen += count;
        ends[flags & 127]++;
    }
    for (unsigned flags = 0; flags < 128; flags++)
        if (ends[flags] > 0)
            printf("flags %#x: %lu\n", flags, ends[flags]);
    return frames_seen;
}

/* A copy of the segment with libc's unwind tables, as a module of its own. */
static int copy_tables(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    if (info->dlpi_name == NULL || strstr(info->dlpi_name, "/libc.so") == NULL)
        return 0;
    struct dw_module original = {.phdr = (uint64_t)info->dlpi_phdr, .phdr_count = info->dlpi_phnum};
    original.bias = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
            original.header = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    uint64_t low, high;
    if (original.header == 0 || !dw_module_segment(&original, original.header, &low, &high))
        return 1;
    static Elf64_Phdr phdr = {.p_type = PT_LOAD, .p_flags = PF_R};
    phdr.p_memsz = high - low;
    char *copy = malloc(phdr.p_memsz);
    memcpy(copy, (const void *)low, phdr.p_memsz);
    *(struct dw_module *)argument = (struct dw_module){
        .header = (uint64_t)copy + (original.header - low), .header_low = (uint64_t)copy,
        .header_high = (uint64_t)copy + phdr.p_memsz, .bias = (uint64_t)copy, .phdr = (uint64_t)&phdr, .phdr_count = 1};
    return 1;
}

static int read_tables(long tables)
{
    struct dw_module module = {0};
    unsigned long results[3] = {0}, packed = 0;
    dl_iterate_phdr(copy_tables, &module);
    if (module.header == 0)
        return 1;
    uint8_t *bytes = (uint8_t *)module.header_low;
    uint64_t from = module.header - module.header_low, size = module.header_high - module.header;
    for (long table = 0; table < tables; table++) {
        uint64_t at[12];
        uint8_t old[12];
        unsigned changes = (unsigned)pick(13);
        for (unsigned i = 0; i < changes; i++) {
            at[i] = pick(16) == 0 ? from + pick(16) : from + pick(size);
            old[i] = bytes[at[i]];
            bytes[at[i]] = (uint8_t)pick(256);
        }
        /* The functions that the table tells of are as far from the copy as libc's own are from the original. */
        for (int i = 0; i < 20; i++) {
            struct dw_cfi_row row;
            int32_t start;
            memcpy(&start, bytes + from + 12 + 8 * pick(size / 32), sizeof start);
            uint64_t pc = module.header + (uint64_t)(int64_t)start + pick(64);
            enum dw_cfi_result result = dw_cfi_find(&module, pc, &row);
            results[result]++;
            packed += result == DW_CFI_FOUND && !dw_rule_is_special(dw_rule_pack(&row, pc));
        }
        for (unsigned i = changes; i-- > 0;)
            bytes[at[i]] = old[i];
    }
    printf("tables: %lu found, %lu followed, %lu none, %lu refused\n", results[0], packed, results[1], results[2]);
    return results[0] == 0 || packed == 0 || results[1] == 0 || results[2] == 0;
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    dl_iterate_phdr(add_code, NULL);
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    dw_unwind_refresh();
    unsigned long frames = walk_garbage(atol(arguments[1]));
    printf("%lu frames\n", frames);
    if (read_tables(atol(arguments[2])))
        return 1;
    puts("done");
}
