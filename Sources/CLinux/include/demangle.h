/* Demanglers of other languages' runtimes, which ship no header that Swift can import. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Itanium C++ ABI, section 3.4 (libstdc++): the result is malloc'ed, NULL when the name is not mangled. */
char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *status);
/* libswiftCore's exported demangler (swift/stdlib/public/runtime/Demangle.cpp): the result is malloc'ed when the
 * buffer is NULL, NULL when the name is not mangled. */
char *swift_demangle(const char *mangled, size_t length, char *buffer, size_t *buffer_size, uint32_t flags);
