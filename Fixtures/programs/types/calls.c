// Functions of many prototypes, and in which registers their arguments come when they are called: seen by calling
// `capture` in the place of each.
#include <stdio.h>
#include <string.h>

struct t1 { long one; };
struct t2 { long two[2]; };
struct t3 { long three[3]; };
struct t4 { long four[4]; };
struct t5 { long five[5]; };
struct t6 { long six[6]; };

static struct t1 o1;
static struct t2 o2;
static struct t3 o3;
static struct t4 o4;
static struct t5 o5;
static struct t6 o6;

unsigned long captured[6];
void capture(void);
__asm__(".pushsection .text\n"
        "capture:\n"
        "mov %rdi, captured(%rip)\n"
        "mov %rsi, captured+8(%rip)\n"
        "mov %rdx, captured+16(%rip)\n"
        "mov %rcx, captured+24(%rip)\n"
        "mov %r8, captured+32(%rip)\n"
        "mov %r9, captured+40(%rip)\n"
        "mov %rdi, %rax\n"
        "ret\n"
        ".popsection\n");

struct pair { struct t1 *first; struct t2 *second; };
struct large { struct t1 *first; struct t2 *second; struct t3 *third; };
struct mixed { double real; struct t1 *pointer; };
struct reals { float real[4]; };
struct wrapped { union { struct t1 *pointer; double real; }; };
struct small { int low; int high; struct t1 *pointer; };
struct __attribute__((packed)) crooked { char first; struct t1 *pointer; };
struct long_double { long double real; };
typedef float vector __attribute__((vector_size(16)));

#define FUNCTION __attribute__((noinline, used))
long g_sink;

FUNCTION long plain(struct t1 *a, double b, struct t2 *c, float d, struct t3 *e) {
    g_sink += a->one + (long)b + c->two[0] + (long)d;
    return e->three[0];
}
FUNCTION long by_value(struct pair a, struct t3 *b) { return a.first->one + a.second->two[1] + b->three[2]; }
FUNCTION long in_memory(struct large a, struct t4 *b) { return a.first->one + b->four[0]; }
FUNCTION long half(struct mixed a, struct t2 *b) { return (long)a.real + a.pointer->one + b->two[0]; }
FUNCTION struct large returns_large(struct t4 *a, struct t5 *b) {
    g_sink += a->four[1] + b->five[1];
    return (struct large){&o1, &o2, &o3};
}
FUNCTION struct pair returns_pair(struct t4 *a) {
    g_sink += a->four[1];
    return (struct pair){&o1, &o2};
}
FUNCTION long no_room(struct t1 *a, struct t2 *b, struct t3 *c, struct t4 *d, struct t5 *e, struct pair f,
                      struct t6 *g) {
    return a->one + b->two[0] + c->three[0] + d->four[0] + e->five[0] + f.first->one + g->six[0];
}
FUNCTION long wide(__int128 a, struct t1 *b) { return (long)a + b->one; }
FUNCTION long unaligned(struct crooked a, struct t2 *b) { return a.first + b->two[0]; }
FUNCTION long long_real(long double a, struct t1 *b) { return (long)a + b->one; }
FUNCTION long long_real_inside(struct long_double a, struct t1 *b) { return (long)a.real + b->one; }
FUNCTION long vectors(vector a, struct reals b, struct t1 *c) { return (long)a[0] + (long)b.real[1] + c->one; }
FUNCTION long unions(struct wrapped a, struct t2 *b) { return a.pointer->one + b->two[1]; }
FUNCTION long halves(struct small a, struct t2 *b) { return a.low + a.pointer->one + b->two[0]; }
FUNCTION long many(int a, struct t1 *b, char c, struct t2 *d, short e, struct t3 *f, struct t4 *g) {
    return a + b->one + c + d->two[0] + e + f->three[0] + g->four[0];
}
FUNCTION long variadic(struct t1 *a, const char *b, ...) { return a->one + (long)strlen(b); }

static const char *object(unsigned long value) {
    if (value == (unsigned long)&o1) return "t1";
    if (value == (unsigned long)&o2) return "t2";
    if (value == (unsigned long)&o3) return "t3";
    if (value == (unsigned long)&o4) return "t4";
    if (value == (unsigned long)&o5) return "t5";
    return value == (unsigned long)&o6 ? "t6" : "-";
}

// `count`: how many of the six registers the arguments take, and whether the first holds where the result goes.
static void show(const char *name, int count, const char *hidden) {
    printf("registers %s", name);
    for (int index = 0; index < count; index++)
        printf(" %s", index == 0 && hidden[0] ? hidden : object(captured[index]));
    printf("\n");
}
#define CALL(function, count, hidden, ...)                                                                             \
    do {                                                                                                               \
        __typeof__(&function) volatile other = (__typeof__(&function))(void *)capture;                                 \
        (void)other(__VA_ARGS__);                                                                                      \
        show(#function, count, hidden);                                                                                \
        (void)function(__VA_ARGS__);                                                                                   \
    } while (0)

int main(void) {
    struct pair pair = {&o1, &o2};
    struct large large = {&o1, &o2, &o3};
    struct mixed mixed = {1.5, &o1};
    struct reals reals = {{1, 2, 3, 4}};
    struct wrapped wrapped = {{&o1}};
    struct small small = {1, 2, &o1};
    struct crooked crooked = {1, &o1};
    struct long_double real = {1.5L};
    vector floats = {1, 2, 3, 4};
    CALL(plain, 3, "", &o1, 1.5, &o2, 2.5f, &o3);
    CALL(by_value, 3, "", pair, &o3);
    CALL(in_memory, 1, "", large, &o4);
    CALL(half, 2, "", mixed, &o2);
    CALL(returns_large, 3, "large", &o4, &o5);
    CALL(returns_pair, 1, "", &o4);
    CALL(no_room, 6, "", &o1, &o2, &o3, &o4, &o5, pair, &o6);
    CALL(wide, 3, "", 7, &o1);
    CALL(unaligned, 1, "", crooked, &o2);
    CALL(long_real, 1, "", 1.5L, &o1);
    CALL(long_real_inside, 1, "", real, &o1);
    CALL(vectors, 1, "", floats, reals, &o1);
    CALL(unions, 2, "", wrapped, &o2);
    CALL(halves, 3, "", small, &o2);
    CALL(many, 6, "", 1, &o1, 2, &o2, 3, &o3, &o4);
    CALL(variadic, 2, "", &o1, "text", 1, 2);
    return 0;
}
