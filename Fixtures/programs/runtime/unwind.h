/* What the files of the unwinder's test program share. Each scenario compares dw_backtrace() with glibc's backtrace()
   (libgcc's unwinder), frame by frame, in a place that is hard to unwind. */
#ifndef UNWIND_H
#define UNWIND_H

#include "dw_unwind.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DEEPEST = 24000 };

/* Compares the two stacks of the caller, from the caller's caller on; what differs is printed once for each scenario.
   Returns 0 where they differ. `expected` are the flags. May be called in a signal handler. */
int same_stack(uint32_t expected);

/* The flags and the length of the last stack of this thread that same_stack() looked at. */
extern __thread uint32_t last_flags, last_depth;

/* The calling thread's stack, asked for once. */
const struct dw_stack_bounds *own_stack(void);

/* The scenario's outcome: a failure ends the program with status 1 when all have run. */
void expect(int condition, const char *what);
unsigned long stacks_compared(void);
uint32_t pick(uint32_t below);

/* A random tree of calls through functions of all shapes; `leaf` runs at `depth`. */
void call_tree(unsigned depth, void (*leaf)(void));

void calls(void);
void signals(void);
void foreign_stacks(void);
void libraries(const char *first, const char *second);
void stale_rules(const char *first, const char *second);
void many_threads(const char *library);
void runtime_code(void);
void exceptions(void);

#ifdef __cplusplus
}
#endif

#endif
