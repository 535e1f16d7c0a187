/* A library with the same functions at the same places in each build, but with frames of ROOM bytes. */
#ifndef ROOM
#define ROOM 640
#endif

static volatile char touched;

__attribute__((noinline)) void library_call(void (*leaf)(void))
{
    volatile char room[ROOM];
    room[0] = touched;
    leaf();
    touched = room[ROOM - 1];
}

static void (*during_resolution)(void);

static void implementation(void) { touched++; }
static void (*resolve(void))(void)
{
    if (during_resolution)
        during_resolution();
    return implementation;
}
void library_resolved(void) __attribute__((ifunc("resolve")));

void library_call_lazily(void (*leaf)(void))
{
    during_resolution = leaf;
    library_resolved();
    touched++;
}
