// Structures of all shapes, with their sizes and the offsets of their members as the compiler has them.
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

struct list {
    struct list *next;
    struct list *previous;
};

typedef struct {
    int number;
    struct list link;
} named_by_typedef;

typedef struct {
    int only;
} *pointer_to_unnamed;

struct outer {
    char tag;
    union {
        int number;
        double real;
        struct {
            short low;
            short high;
        } halves;
    };
    struct {
        int x;
        struct list y;
    } points[3];
    pthread_mutex_t lock;
    pthread_cond_t wake[2];
    sem_t *slots;
    unsigned first : 3;
    unsigned second : 13;
    unsigned long third : 40;
    int (*compare)(const void *, const struct list *);
    _Atomic int state;
    const char *const names[4];
    volatile named_by_typedef inner;
    char grid[2][3][4];
    enum { SMALL, LARGE } kind;
    pointer_to_unnamed unnamed;
    struct list tail[];
};

struct header {
    int kind;
    pthread_mutex_t lock;
};

struct extended {
    struct header base;
    pthread_cond_t ready;
    long count;
};

struct other_extended {
    struct header base;
    struct list *list;
};

struct __attribute__((packed)) packed {
    char first;
    long second;
    struct list third;
};

union either {
    struct list *pointer;
    long number;
    struct list both;
};

struct outer g_outer;
static struct extended g_extended[4];
struct other_extended g_other;
struct packed g_packed;
union either g_either;
_Thread_local struct list g_own_list;
_Thread_local long g_own_number;

#define SIZE(type, name) printf("size %s %zu\n", name, sizeof(type))
#define MEMBER(type, name, member)                                                                                     \
    printf("member %s %s %zu %zu\n", name, #member, offsetof(type, member), sizeof(((type *)0)->member))

int main(void) {
    SIZE(struct list, "list");
    SIZE(named_by_typedef, "named_by_typedef");
    SIZE(struct outer, "outer");
    SIZE(struct header, "header");
    SIZE(struct extended, "extended");
    SIZE(struct packed, "packed");
    SIZE(union either, "either");
    SIZE(g_outer.points[0], "outer.points");
    SIZE(g_outer.halves, "outer.(unnamed at +8).halves");
    SIZE(pthread_cond_t, "pthread_cond_t");
    MEMBER(struct list, "list", next);
    MEMBER(struct list, "list", previous);
    MEMBER(named_by_typedef, "named_by_typedef", link);
    MEMBER(struct outer, "outer", tag);
    MEMBER(struct outer, "outer", points);
    MEMBER(struct outer, "outer", lock);
    MEMBER(struct outer, "outer", wake);
    MEMBER(struct outer, "outer", slots);
    MEMBER(struct outer, "outer", compare);
    MEMBER(struct outer, "outer", state);
    MEMBER(struct outer, "outer", names);
    MEMBER(struct outer, "outer", inner);
    MEMBER(struct outer, "outer", grid);
    MEMBER(struct outer, "outer", kind);
    MEMBER(struct extended, "extended", base);
    MEMBER(struct extended, "extended", ready);
    MEMBER(struct extended, "extended", count);
    MEMBER(struct packed, "packed", second);
    MEMBER(struct packed, "packed", third);
    MEMBER(union either, "either", pointer);
    MEMBER(union either, "either", both);
    g_outer.first = 1;
    g_outer.third = 1;
    g_extended[1].count = g_other.base.kind + g_packed.first + g_either.number + g_own_number;
    g_own_list.next = &g_own_list;
    printf("own list %zu\n", (size_t)((char *)&g_own_number - (char *)&g_own_list));
    return g_extended[1].count != 0 || g_outer.unnamed != NULL;
}
