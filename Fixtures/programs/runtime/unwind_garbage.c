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

enum { WORDS = 600, CAPACITY = 64, RANGES = 64, HEAD = 16 };

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
    switch (pick(20)) {
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

static struct dw_module libc;
static int find_libc(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (info->dlpi_name == NULL || strstr(info->dlpi_name, "/libc.so") == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X))
            return dw_module_find(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, &libc) && libc.header != 0;
    return 0;
}

static uint32_t word_at(uint64_t address)
{
    uint32_t word;
    memcpy(&word, (const void *)address, sizeof word);
    return word;
}

static void put_word(uint8_t *place, uint64_t word)
{
    uint32_t low = (uint32_t)word;
    memcpy(place, &low, sizeof low);
}

/* One function of libc's tables as a module of its own, in a block of just its size: a table of one entry (LSB Core 5.0,
   10.6), its CIE, its FDE. Random bytes in it are changed, and it is cut anywhere. Functions begin at `block`. */
static int read_tables(long tables)
{
    unsigned long results[3] = {0}, packed = 0;
    dl_iterate_phdr(find_libc, NULL);
    if (libc.header == 0)
        return 1;
    uint32_t functions = word_at(libc.header + 8);
    for (long table = 0; table < tables; table++) {
        uint64_t fde = libc.header + (uint64_t)(int64_t)(int32_t)word_at(libc.header + 12 + 8 * pick(functions) + 4);
        uint64_t cie = fde + 4 - word_at(fde + 4), function_size = word_at(fde + 12);
        uint64_t fde_size = word_at(fde) + 4, cie_size = word_at(cie) + 4, all = HEAD + cie_size + fde_size;
        uint64_t size = pick(4) == 0 ? 1 + pick(all) : all;
        uint8_t *whole = malloc(all), *block = malloc(size), *copied = whole + HEAD + cie_size;
        static const uint8_t head[4] = {1, 0xff, 0x03, 0x3b};
        memcpy(whole, head, 4);
        put_word(whole + 4, 1);
        put_word(whole + 8, 0);
        put_word(whole + 12, HEAD + cie_size);
        memcpy(whole + HEAD, (const void *)cie, cie_size);
        memcpy(copied, (const void *)fde, fde_size);
        put_word(copied + 4, cie_size + 4);
        put_word(copied + 8, (uint64_t)0 - (HEAD + cie_size + 8));
        for (unsigned changes = (unsigned)pick(4); changes > 0; changes--) {
            if (pick(4) == 0) { /* a run of equal ones, often of DW_CFA_remember_state */
                uint64_t from = pick(all), most = all - from;
                memset(whole + from, pick(2) ? 0x0a : (int)pick(256), most < 16 ? most : pick(16));
            } else {
                whole[pick(3) == 0 ? pick(HEAD) : pick(all)] = (uint8_t)pick(256);
            }
        }
        memcpy(block, whole, size);
        Elf64_Phdr phdr = {.p_type = PT_LOAD, .p_flags = PF_R, .p_memsz = size};
        struct dw_module module = {
            .header = (uint64_t)block, .header_low = (uint64_t)block, .header_high = (uint64_t)block + size,
            .bias = (uint64_t)block, .phdr = (uint64_t)&phdr, .phdr_count = 1};
        for (int i = 0; i < 4; i++) {
            struct dw_cfi_row row;
            uint64_t pc = module.header + pick(function_size + 2);
            enum dw_cfi_result result = dw_cfi_find(&module, pc, &row);
            results[result]++;
            packed += result == DW_CFI_FOUND && !dw_rule_is_special(dw_rule_pack(&row, pc));
        }
        free(whole);
        free(block);
    }
    printf("tables: %lu found, %lu followed, %lu none, %lu refused\n", results[0], packed, results[1], results[2]);
    return packed < (unsigned long)tables / 10 || results[1] == 0 || results[2] == 0;
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    dl_iterate_phdr(add_code, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    dw_unwind_refresh();
    unsigned long frames = walk_garbage(atol(arguments[1]));
    printf("%lu frames\n", frames);
    if (read_tables(atol(arguments[2])))
        return 1;
    puts("done");
}
