/* Waits and signals in pairs: wait_NAME waits on the object that post_NAME signals, in ways that lose sight of it;
 * other_NAME signals another one that looks alike. Nothing here is meant to run. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
typedef pthread_cond_t cond;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
volatile int done;

/* Wrappers, three deep. */
static NOINLINE void wait_3(cond *c) { pthread_cond_wait(c, &lock); }
static NOINLINE void wait_2(int tag, cond *c) { if (tag) wait_3(c); }
struct event { int flags; pthread_mutex_t lock; cond c; };
static NOINLINE void event_wait(void *session, struct event *e) { if (session) wait_2(e->flags, &e->c); }
static NOINLINE void event_post(struct event *e) { e->flags++; pthread_cond_signal(&e->c); }

/* Globals. */
static struct event first_event, second_event;
NOINLINE void wait_global(void *s) { event_wait(s, &first_event); }
NOINLINE void post_global(void) { event_post(&first_event); }
NOINLINE void other_global(void) { event_post(&second_event); }

/* Two conditions of one structure. */
struct queue { pthread_mutex_t lock; cond full, empty; int count; };
NOINLINE void wait_member(struct queue *q) { while (!q->count) pthread_cond_wait(&q->full, &q->lock); }
NOINLINE void post_member(struct queue *q) { pthread_cond_signal(&q->full); }
NOINLINE void other_member(struct queue *q) { pthread_cond_signal(&q->empty); }

/* Objects of one type behind pointers of one structure, made by one function. */
struct engine { int id; struct event *flush, *evict; struct event *copied; };
static NOINLINE int event_new(struct event **result) {
    struct event *e = calloc(1, sizeof *e);
    if (!e) return 1;
    pthread_cond_init(&e->c, NULL);
    *result = e;
    return 0;
}
static NOINLINE int engine_open(struct engine *e) { return event_new(&e->flush) || event_new(&e->evict); }
NOINLINE void wait_pointer(struct engine *e) { event_wait(e, e->flush); }
NOINLINE void post_pointer(struct engine *e) { event_post(e->flush); }
NOINLINE void other_pointer(struct engine *e) { event_post(e->evict); }
/* A pointer that holds the other's object. */
struct client { long id; struct event *mine; };
NOINLINE void client_open(struct client *c, struct engine *e) { c->mine = e->flush; }
NOINLINE void wait_copied(struct engine *e) { event_wait(e, e->flush); }
NOINLINE void post_copied(struct client *c) { event_post(c->mine); }

/* An array whose index hides a constant. */
struct slot { int state; cond c, d; };
static long before_slots[40];
static struct slot slots[16];
NOINLINE void wait_array(int i) { pthread_cond_wait(&slots[i].c, &lock); }
NOINLINE void post_array(int i) { before_slots[i]++; pthread_cond_signal(&slots[i - 1].c); }
NOINLINE void other_array(int i) { pthread_cond_signal(&slots[i].d); }
struct table { long id; cond all; struct slot slots[16]; };
NOINLINE void wait_inner_array(struct table *t, int i) { pthread_cond_wait(&t->slots[i].c, &lock); }
NOINLINE void post_inner_array(struct table *t, int i) { pthread_cond_signal(&t->slots[i - 1].c); }
NOINLINE void other_inner_array(struct table *t, int i) { t->id += i; pthread_cond_signal(&t->all); }

/* From a link to what it links, and a condition on a stack. */
struct node { struct node *next; };
struct waiter { int id; struct node node; cond c; };
struct node *waiters;
#define WAITER(n) ((struct waiter *)((char *)(n)-offsetof(struct waiter, node)))
NOINLINE void wait_container(struct waiter *w) { pthread_cond_wait(&w->c, &lock); }
NOINLINE void post_container(struct node *n) { pthread_cond_signal(&WAITER(n)->c); }
NOINLINE void wait_listed(void) {
    struct waiter w = {0};
    w.node.next = waiters;
    waiters = &w.node;
    while (!done) pthread_cond_wait(&w.c, &lock);
    waiters = w.node.next;
}
NOINLINE void post_listed(void) { for (struct node *n = waiters; n; n = n->next) pthread_cond_signal(&WAITER(n)->c); }
struct item { struct item *next; cond c; };
static struct item *items;
NOINLINE void list_add(struct item *i) { i->next = items; items = i; }
NOINLINE void wait_list(struct item *i) { pthread_cond_wait(&i->c, &lock); }
NOINLINE void post_list(void) { for (struct item *i = items; i; i = i->next) pthread_cond_signal(&i->c); }

/* A thread's own, a union's, an inner structure's. */
static __thread struct event own_event, own_other;
NOINLINE void wait_thread(void) { event_wait(&lock, &own_event); }
NOINLINE void post_thread(void) { event_post(&own_event); }
NOINLINE void other_thread(void) { event_post(&own_other); }
union either { struct { int kind; cond c; } small; struct { int kind; cond c; long more; } large; };
NOINLINE void wait_union(union either *u) { pthread_cond_wait(&u->small.c, &lock); }
NOINLINE void post_union(union either *u) { pthread_cond_signal(&u->large.c); }
struct house { int id; struct queue front, back; };
NOINLINE void wait_inner(struct house *h) { pthread_cond_wait(&h->front.full, &lock); }
NOINLINE void post_inner(struct queue *q) { pthread_cond_signal(&q->full); }
NOINLINE void other_inner(struct house *h) { pthread_cond_signal(&h->back.full); }

/* Handed on in structures and lists of arguments. */
struct message { cond *c; int count; };
static cond handed, handed_other;
static NOINLINE void post_message(struct message m) { if (m.count) pthread_cond_signal(m.c); }
static NOINLINE void post_pointed(const struct message *m) { if (m->count) pthread_cond_signal(m->c); }
static NOINLINE void post_listed_arguments(int count, ...) {
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++) pthread_cond_signal(va_arg(list, cond *));
    va_end(list);
}
NOINLINE void wait_handed(void) { pthread_cond_wait(&handed, &lock); }
NOINLINE void post_by_value(int n) { post_message((struct message){&handed, n}); }
NOINLINE void post_by_structure(int n) { struct message m = {&handed, n}; post_pointed(&m); }
NOINLINE void post_by_arguments(int n) { post_listed_arguments(n, &handed_other, &handed); }
NOINLINE void other_handed(void) { pthread_cond_signal(&handed_other); }

/* A bare pointer to what is the first member, and structures that begin alike. */
struct gate { cond c; int open; };
struct porch { struct gate *gate; cond *bell; };
NOINLINE void porch_open(struct porch *p) { p->gate = malloc(sizeof *p->gate); p->bell = &p->gate->c; }
NOINLINE void wait_first(struct porch *p) { pthread_cond_wait(&p->gate->c, &lock); }
NOINLINE void post_first(struct porch *p) { pthread_cond_signal(p->bell); }
struct base { int kind; pthread_mutex_t lock; cond c; };
struct derived { int kind; pthread_mutex_t lock; cond c; long more; };
NOINLINE void wait_prefix(struct derived *d) { pthread_cond_wait(&d->c, &d->lock); }
NOINLINE void post_prefix(struct derived *d) { struct base *b = (struct base *)d; b->kind++; pthread_cond_signal(&b->c); }
struct bundle { int kind; void *anything; };
NOINLINE void bundle_open(struct bundle *b) { b->anything = &handed; }
NOINLINE void post_anything(struct bundle *b) { pthread_cond_signal(b->anything); }

/* Bytes that travel without a type. */
static NOINLINE void copy_bytes(void *to, const void *from, size_t count) {
    char *t = to;
    const char *f = from;
    while (count--) *t++ = *f++;
}
struct parcel { long id; struct event *event; };
struct crate { struct event *event; };
static NOINLINE int parcel_open(struct parcel *p, struct crate *c) { return event_new(&p->event) || event_new(&c->event); }
NOINLINE void parcel_send(struct parcel *p, struct crate *c) { copy_bytes(&p->event, &c->event, sizeof p->event); }
NOINLINE void wait_bytes(struct crate *c) { event_wait(c, c->event); }
NOINLINE void post_bytes(struct parcel *p) { event_post(p->event); }
static NOINLINE cond *accessor(struct engine *e) { return &e->flush->c; }
NOINLINE void post_accessor(struct engine *e) { pthread_cond_signal(accessor(e)); }

/* Predicates. */
struct job { pthread_mutex_t lock; cond c; int state; volatile int polled; };
static NOINLINE int job_is_done(struct job *j) { return j->state == 3; }
NOINLINE void loop_pure(struct job *j) { while (j->state != 3) pthread_cond_wait(&j->c, &j->lock); }
NOINLINE void loop_function(struct job *j) { while (!job_is_done(j)) pthread_cond_wait(&j->c, &j->lock); }
NOINLINE int loop_result(struct job *j, const struct timespec *t) {
    int error = 0;
    while (j->state != 3 && !error) error = pthread_cond_timedwait(&j->c, &j->lock, t);
    return error;
}
NOINLINE void loop_working(struct job *j) {
    while (j->state != 3) {
        pthread_cond_wait(&j->c, &j->lock);
        printf("%d\n", j->polled);
    }
}
NOINLINE void loop_server(struct job *j) {
    for (;;) {
        while (!j->polled) pthread_cond_wait(&j->c, &j->lock);
        printf("%d\n", j->polled);
    }
}
NOINLINE void loop_wrapped(struct event *e, struct job *j) { while (j->state != 3) event_wait(e, e); }
NOINLINE void loop_none(struct job *j) { pthread_cond_wait(&j->c, &j->lock); }
NOINLINE void store_done(struct job *j) { j->state = 3; }
static NOINLINE void put(int *place, int value) { *place = value; }
NOINLINE void store_through(struct job *j) { put(&j->state, 3); }

int main(int count, char **arguments) {
    struct engine e = {0};
    struct parcel p = {0};
    struct crate c = {0};
    if (count > 1 && arguments[1][0]) return engine_open(&e) + parcel_open(&p, &c);
    return 0;
}
