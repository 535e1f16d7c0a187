// Slots of the frame that first hold a pointer to a structure, and then something else that no variable is for.
#include <stdint.h>

struct item {
    int state;
    struct item *next;
};

void seen(void *);
void fill(struct item *);
void put(unsigned char *);

// No register holds anything over this: what lives goes into the frame.
#define SPILL                                                                                                        \
    __asm__ volatile("" ::: "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", \
                     "r14", "r15")

void reused(struct item *item) {
    unsigned char bytes[64];
    {
        struct item *held = item->next;
        fill(item);
        SPILL;
        seen(&held->next);
    }
    // The store of this one is the last instruction of which the other one is still said to be there.
    uintptr_t place = (uintptr_t)bytes;
    __asm__("" : "+r"(place));
    SPILL;
    put((unsigned char *)place);
}

// Near miss: the slot is the variable's from the store on.
void kept(struct item *item) {
    struct item *held = item->next;
    fill(item);
    SPILL;
    seen(&held->next);
}
