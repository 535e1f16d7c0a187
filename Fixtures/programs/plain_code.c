/* Functions that are only called, or only handed on: what divides code that no table describes. */
__attribute__((noinline)) static long twice(long x) { return x * 2 + x / 7; }
__attribute__((noinline)) static long square(long x) { return x < 0 ? -x : x * x; }
__attribute__((noinline)) static long handed(long x) { return x ^ 5; }

long (*volatile keep)(long);

int main(int count, char **arguments) {
    (void)arguments;
    keep = handed;
    return (int)(twice(count) + square(count) + keep(count));
}
