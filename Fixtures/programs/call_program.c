/* A program whose functions a library calls: see call_library.c. */
#include <stddef.h>

#include "call_library.h"

static volatile int sum;

static int program_compare(const void *a, const void *b, long c) {
    sum += c;
    return a == b;
}
static void program_visit(long a, int b) { sum += a + b; }
static void program_hook(int a, int b, int c) { sum += a + b + c; }
static const struct library_methods methods = {program_compare, NULL};

int main(void) {
    library_set_methods(&methods);
    library_hook = program_hook;
    sum += library_compare(2);
    library_visit(program_visit);
    library_call_hook();
    return 0;
}
