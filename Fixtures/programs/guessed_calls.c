// One function of the system, which callers come to more and less surely.
#include <dlfcn.h>
#include <stdint.h>

#define KEEP __attribute__((noipa, used))

typedef void of_file(const char *);
typedef int of_numbers(double, int);

static struct {
    of_file *load;
} tools;

KEEP static void load(const char *file) { dlopen(file, RTLD_NOW); }

KEEP void set_up(void) { tools.load = load; }

KEEP void calls_directly(void) { load("plug-in"); }

KEEP void calls_by_table(void) { tools.load("plug-in"); }

// Where the pointer comes from is not known, but what it is called with.
KEEP void calls_like_it(uintptr_t *where) {
    of_file *run = (of_file *)(*where ^ 5);
    run("plug-in");
}

KEEP int calls_otherwise(uintptr_t *where) {
    of_numbers *run = (of_numbers *)(*where ^ 5);
    return run(1, 2);
}
