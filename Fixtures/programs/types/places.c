// Variables whose places change: parameters, locals, and those of inlined functions. The names of those that are
// pointers, structures or arrays end in _p.
#include <stdio.h>
#include <stdlib.h>

struct node {
    struct node *next;
    long value;
};
struct text {
    const char *start;
    long length;
};

static inline __attribute__((always_inline)) long sum(struct node *inner_p, int limit) {
    long total = 0;
    for (struct node *each_p = inner_p; each_p && limit > 0; each_p = each_p->next, limit--) total += each_p->value;
    return total;
}

__attribute__((noinline)) void look(const void *any_p) { __asm__ volatile("" : : "r"(any_p) : "memory"); }

__attribute__((noinline)) long walk(struct node *first_p, int count, struct node *second_p) {
    struct node local_p = {second_p, count};
    char *buffer_p = malloc(64);
    look(&local_p);
    look(buffer_p);
    long total = sum(first_p, count) + sum(second_p, count / 2);
    look(first_p);
    if (count > 3) {
        struct text text_p = {buffer_p, total};
        look(&text_p);
        total += text_p.length;
    } else {
        struct node other_p[2] = {{first_p, 1}, {second_p, 2}};
        look(other_p);
        total += other_p[1].value;
    }
    free(buffer_p);
    return total + local_p.value;
}

// Where variables are from the canonical frame address, as the program itself sees it.
__attribute__((noinline)) void frame(struct node *node_p, struct text *parameter_p) {
    struct text text_p = {parameter_p->start, node_p->value};
    char *address = __builtin_dwarf_cfa();
    printf("place node* %ld\n", (long)((char *)&node_p - address));
    printf("place text* %ld\n", (long)((char *)&parameter_p - address));
    printf("place text %ld\n", (long)((char *)&text_p - address));
}

int main(int argc, char **argument_p) {
    struct node nodes_p[3] = {{&nodes_p[1], 1}, {&nodes_p[2], 2}, {NULL, 3}};
    look(argument_p);
    frame(nodes_p, &(struct text){"text", 4});
    printf("%ld\n", walk(nodes_p, argc, &nodes_p[1]));
    return 0;
}
