/* A library that calls its program back in three ways: by methods, by an argument, by a variable. */
#include "call_library.h"

#include <stddef.h>

void (*library_hook)(int, int, int);
static const struct library_methods *current;

void library_set_methods(const struct library_methods *methods) { current = methods; }
int library_compare(long a) { return current && current->compare ? current->compare(&a, &a, a) : 0; }
void library_visit(library_visitor visit) { visit(1, 2); }
void library_call_hook(void) {
    if (library_hook) library_hook(1, 2, 3);
}
