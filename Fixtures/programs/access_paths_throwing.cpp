// Objects that exception handlers work on: for the interpreter of the signal map. Nothing of it is run.

struct item {
    item *next;
    long lock;
    long cond;
};

struct owner {
    long kind;
    item *first;
};

extern "C" {
void seen(void *);
void may_throw(int);

__attribute__((noinline)) void in_handler(owner *o) {
    try {
        may_throw(1);
        may_throw(2);
    } catch (...) {
        seen(&o->first->cond);
    }
}
}

struct guard {
    owner *held;
    __attribute__((always_inline)) explicit guard(owner *o) : held(o) {}
    __attribute__((always_inline)) ~guard() { seen(&held->first->lock); }
};

extern "C" __attribute__((noinline)) void in_cleanup(owner *o) {
    guard held(o);
    may_throw(3);
}
