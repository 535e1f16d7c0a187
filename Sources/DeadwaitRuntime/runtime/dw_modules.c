#define _GNU_SOURCE
#include "dw_modules.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "dw_find_object.h"

enum { PAGE = 4096, MODULES = 2048 };

static bool segment_at(const Elf64_Phdr *phdr, uint32_t count, uint64_t bias, uint64_t address, uint64_t *low,
                       uint64_t *high) {
    for (uint32_t i = 0; i < count; i++) {
        if (phdr[i].p_type != PT_LOAD || !(phdr[i].p_flags & PF_R)) continue;
        uint64_t start = bias + phdr[i].p_vaddr;
        if (address - start >= phdr[i].p_memsz) continue;
        *low = start;
        *high = start + phdr[i].p_memsz;
        return *high > *low;
    }
    return false;
}

bool dw_module_segment(const struct dw_module *module, uint64_t address, uint64_t *low, uint64_t *high) {
    return segment_at((const Elf64_Phdr *)module->phdr, module->phdr_count, module->bias, address, low, high);
}

/// Sets the tables' place from the address of .eh_frame_hdr.
static void set_header(struct dw_module *module, uint64_t header) {
    module->header = 0;
    if (header != 0 && dw_module_segment(module, header, &module->header_low, &module->header_high))
        module->header = header;
}

#ifdef DW_UNWIND_OWN_MODULE_TABLE // for tests of what happens with an older libc
static int (*const no_find_object)(void *address, struct dw_found_object *result) = NULL;
#define dw_find_object no_find_object
#endif

/// True if libc knows the module, with `phdr_count` 0 if it does not give the way to its program headers.
static bool find_object(uint64_t pc, struct dw_module *module) {
    struct dw_found_object found;
    if (dw_find_object == NULL || dw_find_object((void *)pc, &found) != 0) return false;
    memset(module, 0, sizeof *module);
    module->bias = found.link_map->l_addr;
    // The program headers, by the ELF header at the start of the first segment. Linkers put both into the first page.
    // (In static programs glibc 2.36 gives the bounds of the executable segment alone: no ELF header is there.)
    if (found.map_end - found.map_start < PAGE) return true;
    const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)found.map_start;
    if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) != 0 || ehdr->e_ident[EI_CLASS] != ELFCLASS64) return true;
    if (ehdr->e_phentsize != sizeof(Elf64_Phdr) || ehdr->e_phoff % _Alignof(Elf64_Phdr) != 0) return true;
    if (ehdr->e_phoff > PAGE || ehdr->e_phnum > (PAGE - ehdr->e_phoff) / sizeof(Elf64_Phdr)) return true;
    module->phdr = found.map_start + ehdr->e_phoff;
    module->phdr_count = ehdr->e_phnum;
    set_header(module, found.eh_frame_hdr);
    return true;
}

/// The executable segments of all modules, sorted by address, where libc does not say enough: two tables in turn. The one of the current `published`
/// number is at its lowest bit; the writer of the next fills the other and then publishes.
///
/// A reader notes `published`, reads, and looks whether a writer has since begun on the table it read (`begun` is more
/// than one ahead); if so it reads again. All words are atomic ones, so a torn entry is never believed.
struct entry {
    uint64_t start;
    uint64_t end;
    uint64_t header;
    uint64_t bias;
    uint64_t phdr;
    uint64_t phdr_count;
};

static struct {
    uint32_t begun;
    uint32_t published;
    uint32_t writer; // 0: none, 1: at work, 2: at work and asked to do it again
    uint32_t count[2];
    struct entry entries[2][MODULES];
} table;

static uint64_t get(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }

static void put(struct entry *entry, const struct entry *value) {
    __atomic_store_n(&entry->start, value->start, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->end, value->end, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->header, value->header, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->bias, value->bias, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->phdr, value->phdr, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->phdr_count, value->phdr_count, __ATOMIC_RELAXED);
}

static bool search(uint32_t which, uint64_t pc, struct entry *found) {
    uint32_t low = 0, high = __atomic_load_n(&table.count[which], __ATOMIC_RELAXED);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct entry *entry = &table.entries[which][middle];
        if (pc < get(&entry->start)) {
            high = middle;
        } else if (pc >= get(&entry->end)) {
            low = middle + 1;
        } else {
            found->header = get(&entry->header);
            found->bias = get(&entry->bias);
            found->phdr = get(&entry->phdr);
            found->phdr_count = get(&entry->phdr_count);
            return true;
        }
    }
    return false;
}

bool dw_module_find(uint64_t pc, struct dw_module *module) {
    bool is_known = find_object(pc, module);
    if (is_known && module->phdr_count != 0) return true;
    // A writer takes long enough (it walks the loader's list) that a third attempt is hardly ever needed.
    for (int attempt = 0; attempt < 4; attempt++) {
        uint32_t published = __atomic_load_n(&table.published, __ATOMIC_ACQUIRE);
        struct entry found = {0};
        bool is_there = search(published & 1, pc, &found);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&table.begun, __ATOMIC_RELAXED) - published > 1) continue;
        if (!is_there) return is_known;
        memset(module, 0, sizeof *module);
        module->bias = found.bias;
        module->phdr = found.phdr;
        module->phdr_count = (uint32_t)found.phdr_count;
        set_header(module, found.header);
        return true;
    }
    return is_known;
}

/// Whether libc alone does not say enough, judged by this very code.
static bool needs_table(void) {
    struct dw_module module;
    return !find_object((uint64_t)dw_modules_refresh, &module) || module.header == 0;
}

static void insert(uint32_t which, const struct entry *entry) {
    uint32_t count = table.count[which];
    if (count == MODULES) return;
    struct entry *entries = table.entries[which];
    uint32_t place = count;
    for (; place > 0 && entries[place - 1].start > entry->start; place--) put(&entries[place], &entries[place - 1]);
    put(&entries[place], entry);
    __atomic_store_n(&table.count[which], count + 1, __ATOMIC_RELAXED);
}

static int add_module(struct dl_phdr_info *info, size_t size, void *which) {
    (void)size;
    struct entry entry = {.bias = info->dlpi_addr, .phdr = (uint64_t)info->dlpi_phdr, .phdr_count = info->dlpi_phnum};
    for (uint32_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME) entry.header = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    for (uint32_t i = 0; i < info->dlpi_phnum; i++) {
        const Elf64_Phdr *phdr = &info->dlpi_phdr[i];
        if (phdr->p_type != PT_LOAD || !(phdr->p_flags & PF_X)) continue;
        entry.start = info->dlpi_addr + phdr->p_vaddr;
        entry.end = entry.start + phdr->p_memsz;
        insert(*(const uint32_t *)which, &entry);
    }
    return 0;
}

void dw_modules_refresh(void) {
    if (!needs_table()) return;
    uint32_t idle = 0;
    if (!__atomic_compare_exchange_n(&table.writer, &idle, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        // Another thread is at it: it does it once more. If it has just ended, the change was seen by it or by nobody
        // who needs it before the next refresh.
        uint32_t busy = 1;
        if (__atomic_compare_exchange_n(&table.writer, &busy, 2, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return;
        if (busy == 2) return;
        idle = 0;
        if (!__atomic_compare_exchange_n(&table.writer, &idle, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return;
    }
    for (;;) {
        uint32_t next = table.published + 1;
        uint32_t which = next & 1;
        __atomic_store_n(&table.begun, next, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        __atomic_store_n(&table.count[which], 0, __ATOMIC_RELAXED);
        dl_iterate_phdr(add_module, &which);
        __atomic_store_n(&table.published, next, __ATOMIC_RELEASE);
        uint32_t done = 1;
        if (__atomic_compare_exchange_n(&table.writer, &done, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return;
        __atomic_store_n(&table.writer, 1, __ATOMIC_RELEASE);
    }
}
