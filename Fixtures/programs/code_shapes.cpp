// Shapes that compilers give code: switches through tables, parts moved away as cold, exceptions, functions that never
// return, tail calls. Nothing of it is run.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

extern "C" {
void note(int);
int opaque(int);

__attribute__((noinline)) int with_switch(int kind, int value) {
    switch (kind) {
    case 0: return opaque(value + 3);
    case 1: note(value); return 7;
    case 2: return value * 17;
    case 3: note(value + 1); return opaque(2) + 1;
    case 4: return value - 1000;
    case 5: return opaque(value) / 3;
    case 6: note(12); return value ^ 0x55;
    case 7: return opaque(opaque(value));
    default: return -1;
    }
}

__attribute__((noinline)) void gives_up(const char *why) {
    fprintf(stderr, "%s\n", why);
    abort();
}

__attribute__((noinline)) int with_cold_part(int value) {
    if (__builtin_expect(value < 0, 0)) {
        note(value);
        note(value + 1);
        gives_up("negative");
    }
    if (__builtin_expect(opaque(value) == 77, 0)) {
        fprintf(stderr, "seldom %d\n", opaque(value + 5));
        note(1);
        return opaque(value) - 1;
    }
    return value + opaque(value);
}

__attribute__((noinline)) int always_gives_up(int value) {
    note(value);
    gives_up("always");
    return value;
}

__attribute__((noinline)) int tail_call(int value) { return opaque(value + 1); }

__attribute__((noinline)) int with_catch(int value) {
    try {
        return opaque(value);
    } catch (const std::runtime_error &) {
        note(99);
        return -1;
    }
}
}

int main(int count, char **) {
    int sum = with_switch(count, 2) + with_cold_part(count) + tail_call(count) + with_catch(count);
    return sum > 3 ? always_gives_up(sum) : sum;
}
