// Ways in which code comes by an object, and what it does with it: for the interpreter of the signal map. Nothing of it
// is run.

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

struct inner {
    long lock;
    long cond;
};

struct item {
    struct item *next;
    struct inner in;
    void (*done)(void *);
    void (*failed)(void *);
    int state;
    bool ready;
};

struct owner {
    long kind;
    struct item *item;
    struct item own;
};

struct bundle {
    struct item *item;
    void (*done)(void *);
};

extern struct item the_item;
struct item the_own_item;
struct owner *the_owner;
__thread struct item *mine;

void seen(void *);
void fill(struct item *);
void take(struct bundle *);
struct item *make(void);
int opaque(int);
int eight(int, int, int, int, int, int, struct item *, struct item *);

void hook_a(void *argument) { seen(argument); }
void hook_b(void *argument) { seen((char *)argument + 1); }

void by_parameter(struct owner *o) { seen(&o->item->in.cond); }
void embedded(struct owner *o) { seen(&o->own.in.cond); }
void by_global(void) { seen(&the_own_item.in.cond); }
void by_foreign_global(void) { seen(&the_item.in.cond); }
void by_global_pointer(void) { seen(&the_owner->item->in.cond); }
void by_thread_local(void) { seen(&mine->in.cond); }
void by_result(void) { seen(&make()->in.cond); }

void on_stack(void) {
    struct item local;
    fill(&local);
    seen(&local.in.cond);
}

void one_of_two(struct owner *o, int which) {
    struct item *item = which ? o->item : &the_own_item;
    opaque(which);
    seen(&item->in.cond);
}

void one_or_none(struct owner *o, int which) {
    struct item *item = which ? o->item : NULL;
    opaque(which);
    seen(&item->in.cond);
}

void each(struct item *item) {
    for (; item; item = item->next) seen(&item->in.cond);
}

int from_stack(int a, int b, int c, int d, int e, int f, struct item *p, struct item *q) {
    seen(&q->in.cond);
    return a + b + c + d + e + f + p->state;
}

int to_stack(struct owner *o) { return eight(1, 2, 3, 4, 5, 6, o->item, &the_own_item) + 1; }

void two_hooks(struct item *item) {
    item->done = hook_a;
    item->failed = hook_b;
}

void copied(struct item *to, struct item *from) { *to = *from; }

void cleared(struct item *item) { *item = (struct item){0}; }

int many_ways(struct owner *o, int way) {
    switch (way) {
    case 0: seen(&o->item->in.cond); return 7;
    case 1: seen(&o->own.in.cond); return opaque(3);
    case 2: seen(&the_own_item.in.cond); return opaque(4) + 1;
    case 3: seen(&o->kind); return opaque(way);
    case 4: seen(&o->item->in.lock); return 77;
    case 5: seen(&o->item->next->in.cond); return opaque(12) * 3;
    case 6: seen(&the_owner->item->in.cond); return 19;
    default: return -1;
    }
}

void handed_on(struct owner *o) { seen(&o->item->in.lock); }

void through_pointer(struct owner *o) { o->item->done(o); }

void through_parameter(struct item *item, void (*callback)(void *)) { callback(&item->in); }

static void (*const hooks[])(void *) = {hook_a, hook_b};

void through_table(struct owner *o, int which) {
    hooks[1](o);
    hooks[which](o);
}

void tested_later(struct item *item) {
    bool ready = item->state == 3;
    opaque(1);
    if (ready) seen(&item->in.cond);
}

void until_set(struct item *item) {
    while (item->state != 5) fill(item);
}

bool is_done(struct item *item) { return item->state == 9; }

void set_state(struct item *item) { item->state = 3; }

void exchanged(struct item *item) { __atomic_exchange_n(&item->state, 4, __ATOMIC_SEQ_CST); }

bool replaced(struct item *item) {
    int expected = 6;
    return __atomic_compare_exchange_n(&item->state, &expected, 8, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

int counted(struct item *item) { return __atomic_fetch_add(&item->state, 1, __ATOMIC_SEQ_CST); }

void handed_bundle(struct owner *o) {
    struct bundle bundle = {o->item, hook_a};
    take(&bundle);
}

void changed_meanwhile(struct owner *o) {
    struct bundle bundle = {o->item, hook_a};
    take(&bundle);
    seen(bundle.item);
}

struct many {
    void (*hooks[24])(void *);
    struct item *item;
};

void copied_whole(struct many *to, struct many *from) { *to = *from; }

void around(struct inner *in) {
    struct item *item = (struct item *)((char *)in - offsetof(struct item, in));
    seen(&item->done);
}

void by_index(struct many *many, int index) { seen(many->hooks[index]); }

void of_array(struct item *items, int index) { seen(&items[index].in.cond); }

jmp_buf the_way_back;

void after_second_return(struct owner *o) {
    struct item *volatile item = o->item;
    if (setjmp(the_way_back)) seen((void *)&item->in.cond);
    item = &the_own_item;
    fill(item);
}
