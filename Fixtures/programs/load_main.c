// Loads a shared object with dlopen and runs its `main`.
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments) {
    void *engine = count > 1 ? dlopen(arguments[1], RTLD_NOW) : 0;
    int (*run)(void) = engine ? (int (*)(void))dlsym(engine, "main") : 0;
    if (run == 0) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    return run();
}
