/// Names of code addresses, from inside a signal handler.
///
/// dladdr(3) takes the loader's lock, and a module may be unloaded by another thread while its symbols are read. So
/// modules are taken from the registry or from _dl_find_object (async-signal-safe, glibc 2.35), and all that belongs
/// to a module is read through /proc/self/mem, where memory that is gone is an error and not a fault.
///
/// One table, in static memory: only the owner of the dump may use it. First say which addresses are wanted, then
/// resolve them all with one pass over each module's symbols, then print.
#ifndef DEADWAIT_SYMBOLS_H
#define DEADWAIT_SYMBOLS_H

#include "dw_print.h"

#pragma GCC visibility push(hidden)

enum {
    DW_SYMBOL_ADDRESSES = 4096,    // beyond these an address has its module and offset only
    DW_SYMBOL_MODULES = 256,
    DW_SYMBOL_TEXT = 256 << 10, // bytes of all names
    DW_SYMBOL_NAME = 480,  // bytes of one, longer ones are cut
    DW_NO_SYMBOL = 0xFFFFFFFF,
};

struct dw_symbol {
    uint64_t address; // looked up: of a call, one before its return address
    uint64_t value;   // where the function starts
    uint32_t offset;  // of its name among the module's names; DW_NO_SYMBOL: none found
    uint32_t name;    // in the texts; DW_NO_SYMBOL: none found yet
    uint32_t module;  // index, DW_NO_SYMBOL: in no module
};

struct dw_symbol_module {
    uint64_t start, end, bias;
    uint32_t path; // in the texts
    uint32_t mapped; // 0: unloaded since it was recorded
};

void dw_symbols_begin(void);
void dw_symbols_end(void);
void dw_symbols_want(uint64_t address);
/// A recorded stack's frames.
void dw_symbols_want_stack(uint32_t stack);
/// Looks all of them up, until dw_now() passes `deadline`.
void dw_symbols_resolve(uint64_t deadline);
/// "libengine.so+0x1234 flush_wait+0x21"; the second part only if a symbol covers it. `back` is 1 for return
/// addresses, which are looked up at the call before them, and 0 for starts of functions.
void dw_symbols_print(struct dw_printer *printer, uint64_t address, uint32_t back);
/// Why no functions can be named, null if they can.
const char *dw_symbols_obstacle(void);
/// Reads memory of this process that may not be there; false if any byte of it is not.
bool dw_symbols_read(uint64_t address, void *bytes, uint32_t count);

// dw_symbol_tables.c

/// A module's ELF image: its mapping (through /proc/self/mem) or its file.
struct dw_elf_source {
    int fd;
    uint64_t base; // of the image: 0 in a file
};
bool dw_elf_read(const struct dw_elf_source *source, uint64_t at, void *bytes, uint64_t count);
/// One table of function symbols and where its names are.
struct dw_elf_symbols {
    uint64_t symbols, first, count; // `first` and `count` are numbers of symbols
    uint64_t names, names_size;
};
/// The dynamic symbols of a mapped module, by its program headers.
bool dw_elf_dynamic_symbols(const struct dw_elf_source *memory, uint64_t end, uint64_t bias,
                            struct dw_elf_symbols *table);
/// The .symtab of a file.
bool dw_elf_file_symbols(const struct dw_elf_source *file, struct dw_elf_symbols *table);
/// True if the file's header, program headers and notes, the build id among them, are those of the mapped module.
bool dw_elf_same(const struct dw_elf_source *memory, const struct dw_elf_source *file);

#pragma GCC visibility pop

#endif
