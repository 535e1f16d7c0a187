/// What the runtime's own files may ask of the engine's declarations.
#ifndef DEADWAIT_DECLARE_H
#define DEADWAIT_DECLARE_H

#include "dw_runtime.h"

#pragma GCC visibility push(hidden)

/// Withdraws the declarations about an object that is gone. One load, most often, where there are none.
/// Async-signal-safe.
void dw_declarations_forget(uint64_t object);

/// Whether something may be declared, by a thread without a slot as well; `self` is null for that one. Sets the library
/// up if a constructor of the program is faster than ours. Async-signal-safe but for that.
static inline bool dw_is_ready(struct dw_self **self) {
    if (DW_UNLIKELY(!dw_is_recording())) dw_initialise();
    *self = dw_enter();
    return dw_is_recording() && !dw_self.paused;
}

/// Takes a record that several threads may change: its sequence becomes odd, its former value goes to `before`. False
/// when another holds it for longer than a change takes: a thread that was stopped in the middle, or the one that the
/// calling signal handler has interrupted. Given back with dw_give(). Async-signal-safe.
static inline bool dw_take(uint32_t *sequence, uint32_t *before) {
    for (int tries = 0; tries < 1000; tries++) {
        uint32_t seen = DW_GET(*sequence);
        if (!(seen & 1)
            && __atomic_compare_exchange_n(sequence, &seen, seen + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            __atomic_thread_fence(__ATOMIC_RELEASE);
            *before = seen;
            return true;
        }
        __builtin_ia32_pause();
    }
    return false;
}

/// `before` plus 2 if the record was changed, `before` itself if it was not.
static inline void dw_give(uint32_t *sequence, uint32_t value) { DW_PUT_RELEASE(*sequence, value); }

/// The object's record may be given to another object at any time: whether it is still that of `address`, so that what
/// was just written into it can be taken back.
static inline bool dw_is_still(const struct dw_object_record *record, uint64_t address) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return DW_GET(record->address) == address;
}

#pragma GCC visibility pop

#endif
