#pragma once
#include <libunwind.h>

/* Exported by libunwind-x86_64 for tools with their own accessors (perf uses it), but declared only in libunwind's
 * private headers (libunwind 1.6, include/dwarf.h). Fills `info` from the sorted table of an .eh_frame_hdr, read through
 * the address space's access_mem when `table->format` is UNW_INFO_FORMAT_REMOTE_TABLE. Returns 0 or -UNW_E... */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t space, unw_word_t ip, unw_dyn_info_t *table,
                                              unw_proc_info_t *info, int need_unwind_info, void *argument);
