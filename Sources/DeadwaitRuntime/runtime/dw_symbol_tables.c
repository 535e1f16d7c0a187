/// Where a module's function symbols are: System V ABI, chapters 4 and 5; DT_GNU_HASH as glibc 2.36 reads it
/// (elf/dl-lookup.c, elf/dl-setup_hash.c). Every number is the module's own word, and reads beyond it fail.
#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "dw_symbols.h"
#include "dw_system.h"

enum { MAXIMUM_HEADERS = 64, MAXIMUM_DYNAMIC = 512, MAXIMUM_SECTIONS = 4096, MAXIMUM_SYMBOLS = 1 << 22 };

bool dw_elf_read(const struct dw_elf_source *source, uint64_t at, void *bytes, uint64_t count) {
    uint64_t position;
    if (__builtin_add_overflow(source->base, at, &position) || position > INT64_MAX) return false;
    long result = DW_SYSTEM4(SYS_pread64, source->fd, bytes, count, position);
    return result >= 0 && (uint64_t)result == count;
}

static bool read_header(const struct dw_elf_source *source, Elf64_Ehdr *header) {
    return dw_elf_read(source, 0, header, sizeof *header) && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_phentsize == sizeof(Elf64_Phdr);
}

/// How many symbols DT_GNU_HASH covers: the highest number that a bucket starts with, and on to the end of its chain,
/// which is the first entry with bit 0 set.
static uint64_t symbols_of_hash(const struct dw_elf_source *memory, uint64_t hash, uint64_t *first) {
    uint32_t head[4]; // buckets, first symbol, words of the Bloom filter, its shift
    if (!dw_elf_read(memory, hash, head, sizeof head) || head[0] > MAXIMUM_SYMBOLS || head[2] > MAXIMUM_SYMBOLS) {
        return 0;
    }
    uint64_t buckets = hash + sizeof head + 8 * (uint64_t)head[2], chains = buckets + 4 * (uint64_t)head[0];
    uint32_t chunk[64], last = 0;
    for (uint32_t i = 0; i < head[0]; i += 64) {
        uint32_t count = head[0] - i < 64 ? head[0] - i : 64;
        if (!dw_elf_read(memory, buckets + 4 * (uint64_t)i, chunk, 4 * count)) return 0;
        for (uint32_t k = 0; k < count; k++) {
            if (chunk[k] > last) last = chunk[k];
        }
    }
    *first = head[1];
    if (last < head[1]) return 0;
    for (; last < MAXIMUM_SYMBOLS; last++) {
        uint32_t entry;
        if (!dw_elf_read(memory, chains + 4 * (uint64_t)(last - head[1]), &entry, sizeof entry)) return 0;
        if (entry & 1) return (uint64_t)last + 1;
    }
    return 0;
}

/// Some loaders relocate the addresses of the dynamic section in place (glibc does, elf/get-dynamic-info.h), the
/// kernel's vDSO and others do not: an address that lies in the module is absolute.
static uint64_t offset_of(uint64_t address, uint64_t start, uint64_t end, uint64_t bias) {
    return address >= start && address < end ? address - start : address + bias - start;
}

bool dw_elf_dynamic_symbols(const struct dw_elf_source *memory, uint64_t end, uint64_t bias,
                            struct dw_elf_symbols *table) {
    Elf64_Ehdr header;
    if (!read_header(memory, &header)) return false;
    uint64_t dynamic = 0, entries = 0;
    for (uint32_t i = 0; i < header.e_phnum && i < MAXIMUM_HEADERS; i++) {
        Elf64_Phdr segment;
        if (!dw_elf_read(memory, header.e_phoff + i * sizeof segment, &segment, sizeof segment)) return false;
        if (segment.p_type == PT_DYNAMIC) {
            dynamic = segment.p_vaddr + bias - memory->base;
            entries = segment.p_memsz / sizeof(Elf64_Dyn);
        }
    }
    uint64_t hash = 0, old_hash = 0, symbols = 0, names = 0, names_size = 0;
    for (uint64_t i = 0; i < entries && i < MAXIMUM_DYNAMIC; i++) {
        Elf64_Dyn entry;
        if (!dw_elf_read(memory, dynamic + i * sizeof entry, &entry, sizeof entry)) return false;
        if (entry.d_tag == DT_NULL) break;
        uint64_t at = offset_of(entry.d_un.d_ptr, memory->base, end, bias);
        if (entry.d_tag == DT_SYMTAB) symbols = at;
        if (entry.d_tag == DT_STRTAB) names = at;
        if (entry.d_tag == DT_STRSZ) names_size = entry.d_un.d_val;
        if (entry.d_tag == DT_GNU_HASH) hash = at;
        if (entry.d_tag == DT_HASH) old_hash = at;
    }
    if (symbols == 0 || names == 0) return false;
    *table = (struct dw_elf_symbols){.symbols = symbols, .names = names, .names_size = names_size};
    if (hash != 0) {
        table->count = symbols_of_hash(memory, hash, &table->first);
    } else if (old_hash != 0) {
        uint32_t head[2]; // buckets, chain entries: one for each symbol
        if (dw_elf_read(memory, old_hash, head, sizeof head)) table->count = head[1];
    }
    return table->count > table->first && table->count <= MAXIMUM_SYMBOLS;
}

bool dw_elf_file_symbols(const struct dw_elf_source *file, struct dw_elf_symbols *table) {
    Elf64_Ehdr header;
    if (!read_header(file, &header) || header.e_shentsize != sizeof(Elf64_Shdr)) return false;
    for (uint32_t i = 0; i < header.e_shnum && i < MAXIMUM_SECTIONS; i++) {
        Elf64_Shdr section, names;
        if (!dw_elf_read(file, header.e_shoff + i * sizeof section, &section, sizeof section)) return false;
        if (section.sh_type != SHT_SYMTAB || section.sh_entsize != sizeof(Elf64_Sym)) continue;
        if (section.sh_link >= header.e_shnum) return false;
        if (!dw_elf_read(file, header.e_shoff + section.sh_link * sizeof names, &names, sizeof names)) return false;
        *table = (struct dw_elf_symbols){.symbols = section.sh_offset, .count = section.sh_size / sizeof(Elf64_Sym),
                                         .names = names.sh_offset, .names_size = names.sh_size};
        return table->count > 0 && table->count <= MAXIMUM_SYMBOLS;
    }
    return false;
}

bool dw_elf_same(const struct dw_elf_source *memory, const struct dw_elf_source *file) {
    Elf64_Ehdr header, other;
    if (!read_header(memory, &header) || !read_header(file, &other)) return false;
    if (header.e_phnum != other.e_phnum || header.e_phoff != other.e_phoff) return false;
    uint64_t first = UINT64_MAX; // address that the file gives to the start of its mapping
    for (uint32_t i = 0; i < header.e_phnum && i < MAXIMUM_HEADERS; i++) {
        Elf64_Phdr one, two;
        if (!dw_elf_read(memory, header.e_phoff + i * sizeof one, &one, sizeof one)) return false;
        if (!dw_elf_read(file, header.e_phoff + i * sizeof two, &two, sizeof two)) return false;
        if (memcmp(&one, &two, sizeof one) != 0) return false;
        if (one.p_type == PT_LOAD && first == UINT64_MAX) first = one.p_vaddr - one.p_vaddr % 4096;
    }
    for (uint32_t i = 0; i < header.e_phnum && i < MAXIMUM_HEADERS; i++) {
        Elf64_Phdr one;
        if (!dw_elf_read(memory, header.e_phoff + i * sizeof one, &one, sizeof one)) return false;
        if (one.p_type != PT_NOTE) continue;
        for (uint64_t at = 0; at < one.p_filesz && at < 4096; at += 64) {
            char left[64], right[64];
            uint64_t count = one.p_filesz - at < 64 ? one.p_filesz - at : 64;
            if (!dw_elf_read(memory, one.p_vaddr - first + at, left, count)) return false;
            if (!dw_elf_read(file, one.p_offset + at, right, count)) return false;
            if (memcmp(left, right, count) != 0) return false;
        }
    }
    return true;
}
