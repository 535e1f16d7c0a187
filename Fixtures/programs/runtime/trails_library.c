/* A library with many call paths of the same length and with the same sizes of frames, which differ only in addresses
   to which they return, or in where on the stack their frames are. */
#include <alloca.h>

static volatile char touched;

/* Before and after a call: different code at each, so that a compiler cannot make one call of several. */
#define FROM(site) __asm__ volatile("# call site " #site ::: "memory")

/* Each level takes one of four call sites: two bits of `path`. */
__attribute__((noinline)) void library_path(unsigned path, unsigned depth, void (*leaf)(void))
{
    if (depth == 0) {
        leaf();
        touched = 9;
        return;
    }
    switch (path & 3) {
    case 0: FROM(0); library_path(path >> 2, depth - 1, leaf); FROM(1); break;
    case 1: FROM(1); library_path(path >> 2, depth - 1, leaf); FROM(2); break;
    case 2: FROM(2); library_path(path >> 2, depth - 1, leaf); FROM(3); break;
    default: FROM(3); library_path(path >> 2, depth - 1, leaf); FROM(4); break;
    }
}

/* As above, with room for `rooms` blocks shared out over the levels: a level whose bit of `pads` is set takes one, the
   innermost level what is left. The innermost stack pointer is the same for all, the frame pointers are not. */
__attribute__((noinline)) void library_padded(unsigned path, unsigned pads, unsigned depth, unsigned rooms,
                                              void (*leaf)(void))
{
    unsigned taken = depth == 0 ? rooms : pads & 1;
    volatile char *room = alloca(taken * 96 + 16);
    if (depth == 0) {
        leaf();
        touched = room[0];
        return;
    }
    switch (path & 3) {
    case 0: FROM(0); library_padded(path >> 2, pads >> 1, depth - 1, rooms - taken, leaf); FROM(1); break;
    case 1: FROM(1); library_padded(path >> 2, pads >> 1, depth - 1, rooms - taken, leaf); FROM(2); break;
    case 2: FROM(2); library_padded(path >> 2, pads >> 1, depth - 1, rooms - taken, leaf); FROM(3); break;
    default: FROM(3); library_padded(path >> 2, pads >> 1, depth - 1, rooms - taken, leaf); FROM(4); break;
    }
}
