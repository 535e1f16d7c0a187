/// Call stacks of the running thread, from inside the process, by call frame information.
///
/// The rules of a pc (where its caller's frame is) are read from its module's .eh_frame once and then kept in a cache
/// that all threads share. Every function here but dw_unwind_refresh() is async-signal-safe: no allocation, no lock, no
/// system call, no thread-local data, errno untouched. Nothing is read of a stack but [stack pointer, bounds.high), and
/// nothing of a module but its loaded segments, so that no content of either can make a read fail.
///
/// The library that holds this must be linked with -z now (a first call through the PLT would take the loader's lock)
/// and keep its own unwind tables (-fasynchronous-unwind-tables).
///
/// One thing must hold that is not checked here: a library that any thread has a frame in stays loaded.
#ifndef DEADWAIT_UNWIND_H
#define DEADWAIT_UNWIND_H

#include <stdint.h>

#include "dw_arch.h"
#include "registry_abi.h"

#pragma GCC visibility push(hidden)

/// A thread's own stack: addresses from `low` up to, not including, `high`.
struct dw_stack_bounds {
    uint64_t low;
    uint64_t high;
};

/// Writes the calling thread's return addresses to `frames`, innermost first, at most `capacity`, and returns how many.
///
/// The first is the place in the caller to which this call returns; the first `skip` are left out. `flags` receives
/// dw_stack_flag bits; none of them but DW_STACK_FRAME_POINTER and DW_STACK_SIGNAL set means that the stack is complete
/// to its outermost frame.
/// Where the stack pointer is not within `bounds` (a coroutine, an alternate signal stack) the stack ends, with
/// DW_STACK_FOREIGN, at the first address after `skip` that is not of dw_unwind_own_code(): nobody knows how far such a
/// stack reaches, but the frames of the runtime itself, and its caller's, are there. Those skipped must be such, too.
uint32_t dw_backtrace(const struct dw_stack_bounds *bounds, uint64_t *frames, uint32_t capacity, uint32_t skip,
                      uint32_t *flags);

/// The same from given registers, those that a signal handler was given: the first address is `registers->pc` itself,
/// an instruction and not a return address.
uint32_t dw_backtrace_from(const struct dw_registers *registers, const struct dw_stack_bounds *bounds, uint64_t *frames,
                           uint32_t capacity, uint32_t *flags);

/// Says which code is the runtime's own, [start, end), with frames to be relied on wherever they are. None until this is called.
void dw_unwind_own_code(uint64_t start, uint64_t end);

/// Forgets the rules of all code in [start, end): call when a library that was there has been unloaded.
/// A rule that outlives its library can make stacks wrong, but no read go outside the stack.
void dw_unwind_forget(uint64_t start, uint64_t end);

/// Reads the list of loaded modules where libc has no _dl_find_object (before glibc 2.35) or a static program's, which
/// says too little; does nothing elsewhere.
/// Call at start, and after dlopen and dlclose. Takes the loader's lock: not async-signal-safe.
void dw_unwind_refresh(void);

#pragma GCC visibility pop

#endif
