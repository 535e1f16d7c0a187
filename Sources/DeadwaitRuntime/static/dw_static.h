/// Included before every file of the runtime that is linked into a static program (with -include, -D_GNU_SOURCE=).
///
/// A static program has no loader to put hooks in libc's place: the linker does it. Its option --wrap=NAME turns each
/// reference to NAME, the C library's own included, into one to __wrap_NAME, and __real_NAME into one to NAME (ld(1)).
/// So the hooks get the names with __wrap_ here, and dw_real_static.c finds libc's functions by those with __real_.
/// Built with clang, whose pragma gathers the runtime's code in a section of its own: call stacks leave it out.
#ifndef DEADWAIT_STATIC_H
#define DEADWAIT_STATIC_H

#define DW_STATIC 1
// _dl_find_object knows no more of a static program than where its code is: the unwinder reads the program headers.
#define DW_UNWIND_OWN_MODULE_TABLE 1

#include "dw_real.h"

#pragma clang section text = "dw_text"

#define DW_STATIC_PRAGMA(text) _Pragma(#text)
#define DW_STATIC_NAME(name, version, result, parameters) DW_STATIC_PRAGMA(redefine_extname name __wrap_##name)
DW_REAL_FUNCTIONS(DW_STATIC_NAME)

#endif
