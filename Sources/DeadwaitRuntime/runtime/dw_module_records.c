// The modules in which recorded addresses lie, so that a registry can be symbolized when its process has gone, or has
// unloaded them.
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "dw_find_object.h"
#include "dw_modules.h"
#include "dw_runtime.h"

// The loader has no name for the program itself.
static char program[DW_MODULE_PATH_BYTES];

void dw_module_records_prepare(void) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    size_t cut = (size_t)length >= sizeof program ? (size_t)length - (sizeof program - 1) : 0;
    memcpy(program, path + cut, (size_t)length - cut + 1);
}

/// Copies a path, its end if it is too long.
static void put_path(struct dw_module_record *record, const char *path) {
    size_t length = strnlen(path, 4096);
    size_t cut = length >= sizeof record->path ? length - (sizeof record->path - 1) : 0;
    memcpy(record->path, path + cut, length - cut);
    record->path[length - cut] = 0;
}

/// The NT_GNU_BUILD_ID note of a loaded module (System V gABI, "Note Section"), if it has no more than 20 bytes.
static void put_build_id(struct dw_module_record *record, const struct dw_module *module) {
    const Elf64_Phdr *headers = (const Elf64_Phdr *)(uintptr_t)module->phdr;
    for (uint32_t i = 0; i < module->phdr_count; i++) {
        uint64_t low, high, at = module->bias + headers[i].p_vaddr, size = headers[i].p_memsz;
        if (headers[i].p_type != PT_NOTE || !dw_module_segment(module, at, &low, &high)) continue;
        if (size > high - at) size = high - at;
        uint64_t mask = headers[i].p_align == 8 ? 7 : 3;
        while (size >= sizeof(Elf64_Nhdr)) {
            const Elf64_Nhdr *note = (const Elf64_Nhdr *)(uintptr_t)at;
            uint64_t name = sizeof *note, value = (name + note->n_namesz + mask) & ~mask;
            uint64_t end = (value + note->n_descsz + mask) & ~mask;
            if (value + note->n_descsz > size) break;
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && note->n_descsz <= DW_BUILD_ID_BYTES
                && memcmp((const char *)note + name, "GNU", 4) == 0) {
                memcpy(record->build_id, (const char *)note + value, note->n_descsz);
                record->build_id_size = note->n_descsz;
                return;
            }
            if (end >= size) break;
            at += end;
            size -= end;
        }
    }
}

/// The bounds of a module by its program headers, where libc does not tell them.
static void set_bounds(struct dw_found_object *found, const struct dw_module *module) {
    const Elf64_Phdr *headers = (const Elf64_Phdr *)(uintptr_t)module->phdr;
    found->map_start = UINT64_MAX;
    for (uint32_t i = 0; i < module->phdr_count; i++) {
        if (headers[i].p_type != PT_LOAD) continue;
        uint64_t start = (module->bias + headers[i].p_vaddr) & ~(uint64_t)4095;
        uint64_t end = module->bias + headers[i].p_vaddr + headers[i].p_memsz;
        if (start < found->map_start) found->map_start = start;
        if (end > found->map_end) found->map_end = end;
    }
}

void dw_module_note(uint64_t pc) {
    uint32_t index = 0;
    for (; index < dw_areas.module_capacity; index++) {
        const struct dw_module_record *record = &dw_areas.modules[index];
        uint64_t start = DW_GET(record->start);
        if (start == 0) break;
        if (start <= pc && DW_GET_ACQUIRE(record->ready) && pc < record->end) return;
    }
    struct dw_module module;
    struct dw_found_object found;
    memset(&found, 0, sizeof found);
    if (!dw_module_find(pc, &module)) return;
    if (dw_find_object == 0 || dw_find_object((void *)(uintptr_t)pc, &found) != 0) set_bounds(&found, &module);
    if (found.map_start >= found.map_end || pc < found.map_start || pc >= found.map_end) return;
    for (index = 0; index < dw_areas.module_capacity; index++) {
        struct dw_module_record *record = &dw_areas.modules[index];
        uint64_t start = 0;
        if (!__atomic_compare_exchange_n(&record->start, &start, found.map_start, false, __ATOMIC_RELAXED,
                                         __ATOMIC_RELAXED)) {
            if (start == found.map_start) return;
            continue;
        }
        record->end = found.map_end;
        record->bias = module.bias;
        put_build_id(record, &module);
        const char *name = found.link_map != 0 ? found.link_map->l_name : "";
        put_path(record, name != 0 && *name != 0 ? name : found.link_map != 0 ? program : "");
        DW_PUT_RELEASE(record->ready, 1);
        return;
    }
    dw_count(DW_COUNT_MODULES_DROPPED);
}
