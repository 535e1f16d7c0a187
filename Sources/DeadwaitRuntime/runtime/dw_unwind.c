#include "dw_unwind.h"

#include "dw_cfi.h"
#include "dw_trail.h"

/// The cache of rules: two words for each value of a pc's lowest bits, its set. A word holds all of an entry, the rest of the
/// pc and the rule, so whoever finds the pc has its rule, whole: no lock and no check for torn entries is needed, any
/// thread may overwrite any word at any time, and the worst that comes of it is a rule to be read again.
///
///   bits 0 to DW_RULE_BITS - 1   the rule, never 0
///   the rest                     the pc without the bits that its set says
///
/// Pcs in here are return addresses (the row is that of the call before); instructions that were interrupted are rare,
/// and may have the same pc with another row.
enum { SETS = 4096, REST_SHIFT = 12 + DW_PC_SHIFT };
_Static_assert(DW_ADDRESS_BITS - REST_SHIFT + DW_RULE_BITS <= 64, "an entry is one word");
static uint64_t cache[2][SETS] __attribute__((aligned(64)));

/// Counts dw_unwind_forget(): a rule that was read before is not put into the cache after.
static uint32_t forgotten;

static inline uint64_t set_of(uint64_t pc) { return pc >> DW_PC_SHIFT & (SETS - 1); }

/// The rule of a pc, from its module.
static uint64_t read_rule(uint64_t pc, bool is_instruction) {
    struct dw_module module;
    struct dw_cfi_row row;
    if (pc >> DW_ADDRESS_BITS != 0 || !dw_module_find(pc - !is_instruction, &module))
        return dw_rule_special(DW_RULE_NO_MODULE);
    switch (dw_cfi_find(&module, pc - !is_instruction, &row)) {
    case DW_CFI_NONE: return dw_rule_special(DW_RULE_NO_CFI);
    case DW_CFI_UNSUPPORTED: return dw_rule_special(DW_RULE_UNSUPPORTED);
    case DW_CFI_FOUND: break;
    }
    if (!row.is_signal) return dw_rule_pack(&row, pc - !is_instruction);
    uint64_t low, high;
    if (dw_module_segment(&module, pc, &low, &high) && high - pc >= DW_SIGNAL_CODE_BYTES &&
        dw_is_signal_code((const uint8_t *)pc))
        return dw_rule_special(DW_RULE_SIGNAL);
    return dw_rule_special(DW_RULE_UNSUPPORTED);
}

static __attribute__((noinline)) uint64_t read_and_keep_rule(uint64_t pc) {
    uint32_t before = __atomic_load_n(&forgotten, __ATOMIC_ACQUIRE);
    uint64_t rule = read_rule(pc, false);
    if (!dw_rule_is_cacheable(rule)) return rule;
    uint64_t set = set_of(pc), word = pc >> REST_SHIFT << DW_RULE_BITS | rule;
    __atomic_store_n(&cache[1][set], __atomic_load_n(&cache[0][set], __ATOMIC_RELAXED), __ATOMIC_RELAXED);
    __atomic_store_n(&cache[0][set], word, __ATOMIC_RELAXED);
    // Either dw_unwind_forget() sees the word, or its count is seen here.
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&forgotten, __ATOMIC_RELAXED) == before) return rule;
    for (int way = 0; way < 2; way++) {
        uint64_t expected = word;
        __atomic_compare_exchange_n(&cache[way][set], &expected, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
    return rule;
}

/// The rule of a return address; of its bits those below DW_RULE_BITS are meant, of a DW_RULE_WIDE all.
static inline uint64_t rule_of(uint64_t pc) {
    uint64_t set = set_of(pc), rest = pc >> REST_SHIFT, word = __atomic_load_n(&cache[0][set], __ATOMIC_RELAXED);
    if (__builtin_expect(word >> DW_RULE_BITS == rest, 1)) return word;
    word = __atomic_load_n(&cache[1][set], __ATOMIC_RELAXED);
    if (__builtin_expect(word >> DW_RULE_BITS == rest, 1)) return word;
    return read_and_keep_rule(pc);
}

void dw_unwind_forget(uint64_t start, uint64_t end) {
    __atomic_fetch_add(&forgotten, 1, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (int way = 0; way < 2; way++) {
        for (uint64_t set = 0; set < SETS; set++) {
            uint64_t word = __atomic_load_n(&cache[way][set], __ATOMIC_RELAXED);
            uint64_t pc = word >> DW_RULE_BITS << REST_SHIFT | set << DW_PC_SHIFT;
            if (word == 0 || pc < start || pc > end) continue; // a call at the very end of the code returns to `end`
            __atomic_compare_exchange_n(&cache[way][set], &word, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        }
    }
    // Once more, for the trails of walks that began after the first count and met a rule that was still there.
    __atomic_fetch_add(&forgotten, 1, __ATOMIC_SEQ_CST);
}

void dw_unwind_refresh(void) { dw_modules_refresh(); }

/// What to do at code that has no rule of the common kind; true if the walk goes on. `flag` says what was done.
static __attribute__((noinline)) bool special_step(struct dw_registers *registers, uint64_t rule, uint64_t high,
                                                   uint32_t *flag) {
    switch (dw_rule_which(rule)) {
    case DW_RULE_OUTERMOST: return false;
    case DW_RULE_SIGNAL:
        *flag = DW_STACK_SIGNAL;
        if (dw_signal_step(registers, high)) return true;
        *flag = DW_STACK_OUT_OF_BOUNDS;
        return false;
    case DW_RULE_NO_CFI:
    case DW_RULE_NO_MODULE:
        *flag = DW_STACK_FRAME_POINTER;
        if (dw_frame_pointer_step(registers, high)) return true;
        *flag = dw_rule_which(rule) == DW_RULE_NO_CFI ? DW_STACK_NO_RULE : DW_STACK_UNKNOWN_MODULE;
        return false;
    case DW_RULE_UNSUPPORTED: break;
    }
    *flag = DW_STACK_NO_RULE;
    return false;
}

/// Notes what the rule's CFA stands on, before it is followed.
static inline void dw_trail_before_step(struct dw_trail *trail, uint64_t rule) {
    switch (rule & 7) {
    case DW_RULE_SP: return;
    case DW_RULE_FP: dw_trail_word(trail, trail->fp_at); return;
    case DW_RULE_BX: dw_trail_word(trail, trail->bx_at); return;
    case DW_RULE_SPECIAL:
        if (dw_rule_which(rule) == DW_RULE_OUTERMOST) return;
    }
    trail->is_lost = true;
}

/// Notes the return address, and where the caller's registers were found.
static inline void dw_trail_after_step(struct dw_trail *trail, uint64_t rule, uint64_t cfa) {
    unsigned fp_slot = rule >> 19 & 31, bx_slot = rule >> 24 & 31;
    dw_trail_word(trail, cfa - 8);
    if (fp_slot != 0) trail->fp_at = fp_slot < DW_RULE_AT_FP ? cfa - fp_slot * 8 : 0;
    if (bx_slot != 0) trail->bx_at = bx_slot < DW_RULE_AT_FP ? cfa - bx_slot * 8 : 0;
}

/// How much of a foreign stack is taken to be there: the frames of the runtime itself.
enum { OWN_FRAMES = 16384 };

static uint64_t own_start, own_end;

void dw_unwind_own_code(uint64_t start, uint64_t end) {
    __atomic_store_n(&own_start, start, __ATOMIC_RELAXED);
    __atomic_store_n(&own_end, end, __ATOMIC_RELAXED);
}

static bool is_own_code(uint64_t pc) {
    return pc >= __atomic_load_n(&own_start, __ATOMIC_RELAXED) && pc <= __atomic_load_n(&own_end, __ATOMIC_RELAXED);
}

static inline __attribute__((always_inline)) uint32_t walk(struct dw_registers registers,
                                                           const struct dw_stack_bounds *bounds, uint64_t *frames,
                                                           uint32_t capacity, uint32_t skip, uint32_t *flags,
                                                           bool is_instruction, struct dw_trail *trail) {
    uint64_t high = bounds->high;
    uint32_t count = 0, seen = 0;
    bool is_foreign = registers.sp < bounds->low || registers.sp >= high;
    if (is_foreign) {
        seen |= DW_STACK_FOREIGN;
        high = registers.sp + OWN_FRAMES;
        if (trail != 0) trail->is_lost = true;
    }
    // A zero ends some hand-made stacks. Below 1 << REST_SHIFT no code can be: such a pc would match an unused word.
    for (;;) {
        if (__builtin_expect(registers.pc >> REST_SHIFT == 0, 0)) {
            if (registers.pc != 0) seen |= DW_STACK_UNKNOWN_MODULE;
            break;
        }
        if (skip > 0) {
            skip--;
        } else if (count == capacity) {
            seen |= DW_STACK_TRUNCATED;
            break;
        } else {
            frames[count++] = registers.pc;
            if (is_foreign && !is_own_code(registers.pc)) break;
        }
        uint64_t rule, low = registers.sp;
        if (__builtin_expect(is_instruction, 0)) {
            rule = read_rule(registers.pc, true);
            low = low - bounds->low < DW_RED_ZONE ? bounds->low : low - DW_RED_ZONE;
            is_instruction = false;
        } else {
            rule = rule_of(registers.pc);
        }
        if (trail != 0) dw_trail_before_step(trail, rule);
        if (__builtin_expect(dw_rule_is_special(rule), 0)) {
            // Copies: what has its address taken would live in memory, which doubles the cost of a frame.
            struct dw_registers copy = registers;
            uint32_t flag = 0;
            bool goes_on = special_step(&copy, rule, high, &flag);
            registers = copy;
            seen |= flag;
            is_instruction = flag == DW_STACK_SIGNAL;
            if (!goes_on) break;
        } else if (__builtin_expect(!dw_rule_step(&registers, rule, low, high), 0)) {
            seen |= DW_STACK_OUT_OF_BOUNDS;
            break;
        }
        if (trail != 0) dw_trail_after_step(trail, rule, registers.sp);
    }
    *flags = seen;
    return count;
}

/// What dw_backtrace calls, with its own arguments and the registers of its caller.
uint32_t dw_backtrace_entered(const struct dw_stack_bounds *bounds, uint64_t *frames, uint32_t capacity, uint32_t skip,
                              uint32_t *flags, const struct dw_registers *registers)
    __attribute__((visibility("hidden")));
uint32_t dw_backtrace_entered(const struct dw_stack_bounds *bounds, uint64_t *frames, uint32_t capacity, uint32_t skip,
                              uint32_t *flags, const struct dw_registers *registers) {
    return walk(*registers, bounds, frames, capacity, skip, flags, false, 0);
}

/// What dw_backtrace_trailed calls in the same way.
uint32_t dw_backtrace_trailed_entered(const struct dw_stack_bounds *bounds, uint64_t *frames, uint32_t capacity,
                                      struct dw_trail *trail, uint32_t *flags, const struct dw_registers *registers)
    __attribute__((visibility("hidden")));
uint32_t dw_backtrace_trailed_entered(const struct dw_stack_bounds *bounds, uint64_t *frames, uint32_t capacity,
                                      struct dw_trail *trail, uint32_t *flags, const struct dw_registers *registers) {
    trail->forgotten = dw_unwind_forgotten();
    trail->count = 0;
    trail->is_lost = false;
    trail->fp_at = trail->bx_at = 0;
    return walk(*registers, bounds, frames, capacity, 0, flags, false, trail);
}

uint32_t dw_unwind_forgotten(void) { return __atomic_load_n(&forgotten, __ATOMIC_ACQUIRE); }

uint32_t dw_backtrace_from(const struct dw_registers *registers, const struct dw_stack_bounds *bounds,
                           uint64_t *frames, uint32_t capacity, uint32_t *flags) {
    return walk(*registers, bounds, frames, capacity, 0, flags, true, 0);
}
