// The other half of access_paths.c, so that no compiler sees both.

struct item {
    struct item *next;
    long in[2];
    void (*done)(void *);
    void (*failed)(void *);
    int state;
};

struct item the_item;
void *kept;

void seen(void *object) { kept = object; }
void fill(struct item *item) { kept = item; }
void take(void *bundle) { kept = bundle; }
struct item *make(void) { return kept; }
int opaque(int value) { return kept ? value : -value; }
int eight(int a, int b, int c, int d, int e, int f, struct item *p, struct item *q) {
    kept = p;
    return a + b + c + d + e + f + q->state;
}
int main(void) { return 0; }
