#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>

#include "dw_find_object.h"
#include "dw_symbols.h"
#include "dw_system.h"

static struct {
    struct dw_symbol symbols[DW_SYMBOL_ADDRESSES];
    uint16_t slots[DW_SYMBOL_ADDRESSES * 2]; // hash of the address to its number plus one
    struct dw_symbol_module modules[DW_SYMBOL_MODULES];
    char texts[DW_SYMBOL_TEXT];
    Elf64_Sym chunk[128];
    uint8_t stacks_seen[1024]; // a filter, not a set: stacks of the same bit are walked again
    uint32_t symbol_count, module_count, text_used;
    int memory; // of /proc/self/mem, negative: a negated errno value
} table;

void dw_symbols_begin(void) {
    memset(table.slots, 0, sizeof table.slots);
    memset(table.stacks_seen, 0, sizeof table.stacks_seen);
    table.symbol_count = table.module_count = table.text_used = 0;
    table.memory = (int)DW_SYSTEM4(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDONLY | O_CLOEXEC, 0);
}

void dw_symbols_end(void) {
    if (table.memory >= 0) DW_SYSTEM3(SYS_close, table.memory, 0, 0);
    table.memory = -1;
}

const char *dw_symbols_obstacle(void) {
    return table.memory >= 0 ? 0 : "/proc/self/mem cannot be opened (no /proc, no free descriptor, or not dumpable)";
}

bool dw_symbols_read(uint64_t address, void *bytes, uint32_t count) {
    struct dw_elf_source memory = {.fd = table.memory, .base = 0};
    return table.memory >= 0 && dw_elf_read(&memory, address, bytes, count);
}

void dw_symbols_want(uint64_t address) {
    if (address == 0) return;
    uint32_t slot = (uint32_t)((address * 0x9E3779B97F4A7C15u) >> 51); // 13 bits: DW_SYMBOL_ADDRESSES * 2
    _Static_assert(DW_SYMBOL_ADDRESSES * 2 == 1 << 13, "bits of a slot");
    for (; table.slots[slot] != 0; slot = (slot + 1) % (DW_SYMBOL_ADDRESSES * 2)) {
        if (table.symbols[table.slots[slot] - 1].address == address) return;
    }
    if (table.symbol_count == DW_SYMBOL_ADDRESSES) return;
    table.symbols[table.symbol_count++] =
        (struct dw_symbol){address, 0, DW_NO_SYMBOL, DW_NO_SYMBOL, DW_NO_SYMBOL};
    table.slots[slot] = (uint16_t)table.symbol_count;
}

void dw_symbols_want_stack(uint32_t stack) {
    if (stack == 0 || stack > dw_areas.stack_capacity) return;
    uint32_t byte = stack / 8 % sizeof table.stacks_seen, bit = 1u << stack % 8;
    bool is_exact = dw_areas.stack_capacity < 8 * sizeof table.stacks_seen;
    if (is_exact && (table.stacks_seen[byte] & bit)) return;
    table.stacks_seen[byte] |= (uint8_t)bit;
    const struct dw_stack_record *record = &dw_areas.stacks[stack - 1];
    uint32_t depth = DW_GET_ACQUIRE(record->depth);
    for (uint32_t i = 0; i < depth && i < DW_STACK_FRAMES; i++) dw_symbols_want(record->frames[i] - 1);
}

/// By address; a heap sort, since it needs neither memory nor recursion.
static void sift(uint32_t root, uint32_t count) {
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && table.symbols[child + 1].address > table.symbols[child].address) child++;
        if (table.symbols[root].address >= table.symbols[child].address) return;
        struct dw_symbol other = table.symbols[root];
        table.symbols[root] = table.symbols[child];
        table.symbols[child] = other;
    }
}

static void sort(void) {
    for (uint32_t i = table.symbol_count / 2; i-- > 0;) sift(i, table.symbol_count);
    for (uint32_t last = table.symbol_count; last-- > 1;) {
        struct dw_symbol other = table.symbols[0];
        table.symbols[0] = table.symbols[last];
        table.symbols[last] = other;
        sift(0, last);
    }
}

/// The number of the first address that is not below `address`.
static uint32_t first_from(uint64_t address) {
    uint32_t low = 0, high = table.symbol_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table.symbols[middle].address < address) low = middle + 1;
        else high = middle;
    }
    return low;
}

/// Room for one more text of at most `size` bytes with its zero; null once it is used up.
static char *new_text(uint32_t size) {
    return table.text_used + size <= DW_SYMBOL_TEXT ? table.texts + table.text_used : 0;
}

static uint32_t keep_text(uint32_t size) {
    uint32_t at = table.text_used;
    uint32_t length = 0;
    while (length + 1 < size && table.texts[at + length] != 0) length++;
    table.texts[at + length] = 0;
    table.text_used = at + length + 1;
    return at;
}

/// A text of unknown length: read in pieces, since it may end just before memory that is not there.
static uint32_t text_from(const struct dw_elf_source *source, uint64_t at, uint32_t size) {
    char *text = new_text(size);
    if (text == 0) return DW_NO_SYMBOL;
    uint32_t done = 0;
    while (done < size) {
        uint32_t piece = 32 - (uint32_t)((at + done) % 32); // never over the end of a page
        if (piece > size - done) piece = size - done;
        if (!dw_elf_read(source, at + done, text + done, piece)) break;
        if (memchr(text + done, 0, piece) != 0) return keep_text(size);
        done += piece;
    }
    if (done == 0) return DW_NO_SYMBOL;
    text[done - 1] = 0;
    return keep_text(size);
}

static const struct dw_module_record *recorded_module(uint64_t address) {
    for (uint32_t i = 0; i < dw_areas.module_capacity; i++) {
        const struct dw_module_record *record = &dw_areas.modules[i];
        if (!DW_GET_ACQUIRE(record->ready)) continue;
        if (address >= record->start && address < record->end) return record;
    }
    return 0;
}

static uint32_t path_of(const struct dw_module_record *record, const struct link_map *map) {
    if (record != 0 && record->path[0] != 0) {
        char *text = new_text(DW_MODULE_PATH_BYTES);
        if (text == 0) return DW_NO_SYMBOL;
        memcpy(text, record->path, DW_MODULE_PATH_BYTES);
        return keep_text(DW_MODULE_PATH_BYTES);
    }
    struct dw_elf_source memory = {.fd = table.memory};
    uint64_t name = 0;
    char first = 0;
    if (map == 0 || !dw_elf_read(&memory, (uint64_t)(uintptr_t)&map->l_name, &name, sizeof name)) return DW_NO_SYMBOL;
    if (!dw_elf_read(&memory, name, &first, 1)) return DW_NO_SYMBOL;
    if (first != 0) return text_from(&memory, name, DW_SYMBOL_NAME);
    // The program itself has no name there.
    char *text = new_text(DW_SYMBOL_NAME);
    if (text == 0) return DW_NO_SYMBOL;
    long length = DW_SYSTEM4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", text, DW_SYMBOL_NAME - 1);
    if (length <= 0) return DW_NO_SYMBOL;
    text[length] = 0;
    return keep_text(DW_SYMBOL_NAME);
}

/// Where the ELF header of a module is mapped. In a static program _dl_find_object tells where its code is instead, and
/// the linker where the header is.
static uint64_t header_of(uint64_t start) {
#if DW_STATIC
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    uint64_t header = (uint64_t)(uintptr_t)__ehdr_start;
    return header <= start ? header : start;
#else
    return start;
#endif
}

/// The module at an address, found now if it is in none of those that were: DW_NO_SYMBOL without one.
static uint32_t module_at(uint64_t address) {
    for (uint32_t i = table.module_count; i-- > 0;) {
        if (address >= table.modules[i].start && address < table.modules[i].end) return i;
    }
    if (table.module_count == DW_SYMBOL_MODULES) return DW_NO_SYMBOL;
    struct dw_symbol_module module = {0};
    const struct dw_module_record *record = recorded_module(address);
    struct dw_found_object object;
    if (dw_find_object != 0 && dw_find_object((void *)(uintptr_t)address, &object) == 0) {
        module.mapped = 1;
        module.start = object.map_start;
        module.end = object.map_end;
        module.bias = module.start;
        module.start = header_of(module.start);
        dw_symbols_read((uint64_t)(uintptr_t)&object.link_map->l_addr, &module.bias, sizeof module.bias);
        if (record != 0 && record->start != module.start) record = 0; // something else was there before
        module.path = path_of(record, object.link_map);
    } else if (record != 0) {
        module.start = record->start;
        module.end = record->end;
        module.bias = record->bias;
        module.mapped = dw_find_object == 0;
        module.path = path_of(record, 0);
    } else {
        return DW_NO_SYMBOL;
    }
    table.modules[table.module_count] = module;
    return table.module_count++;
}

/// Gives each address of [from, to) that has no name yet the symbol that covers it; of several the one that begins last.
static void cover(const struct dw_elf_source *source, const struct dw_elf_symbols *symbols, uint64_t bias,
                  uint32_t from, uint32_t to, uint64_t deadline) {
    uint64_t lowest = table.symbols[from].address, highest = table.symbols[to - 1].address;
    for (uint64_t n = symbols->first; n < symbols->count; n += 128) {
        uint64_t count = symbols->count - n < 128 ? symbols->count - n : 128;
        if (!dw_elf_read(source, symbols->symbols + n * sizeof(Elf64_Sym), table.chunk, count * sizeof(Elf64_Sym))) return;
        if (n % 4096 < 128 && dw_now() > deadline) return;
        for (uint64_t k = 0; k < count; k++) {
            const Elf64_Sym *symbol = &table.chunk[k];
            uint32_t type = ELF64_ST_TYPE(symbol->st_info);
            if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF) continue;
            if (symbol->st_size == 0 || symbol->st_name >= symbols->names_size) continue;
            uint64_t value = symbol->st_value + bias, end = value + symbol->st_size;
            if (end < value || end <= lowest || value > highest) continue;
            for (uint32_t i = first_from(value < lowest ? lowest : value); i < to; i++) {
                struct dw_symbol *wanted = &table.symbols[i];
                if (wanted->address >= end) break;
                if (wanted->name != DW_NO_SYMBOL) continue;
                if (wanted->offset != DW_NO_SYMBOL && wanted->value >= value) continue;
                wanted->offset = symbol->st_name;
                wanted->value = value;
            }
        }
    }
}

/// Turns offsets of names into texts, for the addresses that `cover` has just found one for.
static void fetch_names(const struct dw_elf_source *source, const struct dw_elf_symbols *symbols, uint32_t from,
                        uint32_t to) {
    uint32_t offset = DW_NO_SYMBOL, text = DW_NO_SYMBOL;
    for (uint32_t i = from; i < to; i++) {
        struct dw_symbol *wanted = &table.symbols[i];
        if (wanted->name != DW_NO_SYMBOL || wanted->offset == DW_NO_SYMBOL) continue;
        if (wanted->offset != offset) {
            offset = wanted->offset;
            text = text_from(source, symbols->names + offset, DW_SYMBOL_NAME);
        }
        wanted->name = text;
    }
}

static void resolve_in(uint32_t index, uint32_t from, uint32_t to, uint64_t deadline) {
    const struct dw_symbol_module *module = &table.modules[index];
    struct dw_elf_source memory = {.fd = table.memory, .base = module->start};
    struct dw_elf_symbols symbols;
    if (table.memory < 0 || !module->mapped) return;
    if (dw_elf_dynamic_symbols(&memory, module->end, module->bias, &symbols)) {
        cover(&memory, &symbols, module->bias, from, to, deadline);
        fetch_names(&memory, &symbols, from, to);
    }
    uint32_t left = from;
    while (left < to && table.symbols[left].name != DW_NO_SYMBOL) left++;
    if (left == to || module->path == DW_NO_SYMBOL || table.texts[module->path] != '/' || dw_now() > deadline) return;
    // Static functions stand in the file only. O_NONBLOCK: whatever has that name now, opening it must not wait.
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    long fd = DW_SYSTEM4(SYS_openat, AT_FDCWD, table.texts + module->path, flags, 0);
    if (fd < 0) return;
    struct dw_elf_source file = {.fd = (int)fd};
    if (dw_elf_same(&memory, &file) && dw_elf_file_symbols(&file, &symbols)) {
        cover(&file, &symbols, module->bias, left, to, deadline);
        fetch_names(&file, &symbols, left, to);
    }
    DW_SYSTEM3(SYS_close, fd, 0, 0);
}

void dw_symbols_resolve(uint64_t deadline) {
    sort();
    for (uint32_t from = 0, to; from < table.symbol_count; from = to) {
        uint32_t module = module_at(table.symbols[from].address);
        for (to = from + 1; module != DW_NO_SYMBOL && to < table.symbol_count; to++) {
            if (table.symbols[to].address >= table.modules[module].end) break;
        }
        for (uint32_t i = from; i < to; i++) table.symbols[i].module = module;
        if (module != DW_NO_SYMBOL && dw_now() <= deadline) resolve_in(module, from, to, deadline);
    }
}

static const char *last_component(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != 0 && slash[1] != 0 ? slash + 1 : path;
}

void dw_symbols_print(struct dw_printer *printer, uint64_t address, uint32_t back) {
    uint64_t wanted = address - back;
    uint32_t i = first_from(wanted);
    const struct dw_symbol *symbol = i < table.symbol_count && table.symbols[i].address == wanted ? &table.symbols[i] : 0;
    uint32_t module = symbol != 0 ? symbol->module : module_at(wanted);
    if (module == DW_NO_SYMBOL) {
        dw_print_address(printer, address);
        dw_print(printer, " (in no module)");
        return;
    }
    const struct dw_symbol_module *image = &table.modules[module];
    const char *path = image->path == DW_NO_SYMBOL ? "?" : table.texts + image->path;
    dw_print_bare(printer, last_component(path), DW_SYMBOL_NAME);
    dw_print(printer, "+");
    dw_print_address(printer, address - image->bias);
    if (!image->mapped) dw_print(printer, " (unloaded)");
    if (symbol == 0 || symbol->name == DW_NO_SYMBOL) return;
    dw_print(printer, " ");
    dw_print_bare(printer, table.texts + symbol->name, DW_SYMBOL_NAME);
    if (address == symbol->value) return;
    dw_print(printer, "+");
    dw_print_address(printer, address - symbol->value);
}
