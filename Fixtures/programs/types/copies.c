// A static function of which gcc makes a copy without its first parameter, which is not used.
#include <stdio.h>

struct t1 {
    long one;
};
struct t2 {
    long two[2];
};
long g_sink;

static __attribute__((noinline)) long worker(struct t1 *unused, struct t2 *used) {
    (void)unused;
    for (int index = 0; index < 100; index++) g_sink += used->two[index & 1];
    __asm__ volatile("" : : "r"(used) : "memory");
    return g_sink + used->two[0];
}

int main(int count, char **arguments) {
    struct t1 first = {count};
    struct t2 second = {{count, 2}};
    printf("%ld %s\n", worker(&first, &second) + worker(&first, &second), arguments[0]);
    return 0;
}
