/// The unwinder's x86-64 part. Source: System V ABI, AMD64 supplement 1.0, figure 3.36 (DWARF numbers), 3.2 (the frame).
///
/// The return address is always just below the CFA. Of the registers that a callee keeps, rbp and rbx are followed: the
/// CFA of nearly all code is at rsp or rbp plus a number; that of the loader's _dl_runtime_resolve is at rbx plus one.
#ifndef DEADWAIT_ARCH_X86_64_H
#define DEADWAIT_ARCH_X86_64_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/// The order is that in which dw_backtrace pushes.
struct dw_registers {
    uint64_t fp; // rbp
    uint64_t bx; // rbx
    uint64_t sp; // rsp
    uint64_t pc; // rip
    uint64_t r10; // at an interrupted instruction; otherwise not known and 0
};

enum { DW_CFI_REGISTERS = 4, DW_CFI_RETURN_ADDRESS = 16, DW_ADDRESS_BITS = 47, DW_PC_SHIFT = 0, DW_RED_ZONE = 128 };
enum { DW_CFI_SLOT_BX = 0, DW_CFI_SLOT_FP = 1, DW_CFI_SLOT_SP = 2, DW_CFI_SLOT_PC = 3 };

static inline int dw_cfi_slot(uint64_t reg) {
    switch (reg) {
    case 3: return DW_CFI_SLOT_BX;
    case 6: return DW_CFI_SLOT_FP;
    case 7: return DW_CFI_SLOT_SP;
    case 16: return DW_CFI_SLOT_PC;
    default: return -1;
    }
}

/// A rule as a number. The bits are placed so that a cached one costs one instruction between its load and the CFA:
///
///   bits 0-2    dw_rule_kind
///   bits 3-18   the offset of the CFA in bytes, a multiple of 8; of DW_RULE_SPECIAL a dw_rule_special
///   bits 19-23  where rbp is saved: eights of bytes below the CFA, 0 unchanged, 30 at rbp itself, 31 lost
///   bits 24-28  the same of rbx
///   bits 29-    the cache's own; not part of the rule. Of DW_RULE_WIDE, for frames of 512 KiB and more, which is never
///               cached, the offset in eights of bytes, and bits 3-5 are the kind.
///
/// DW_RULE_REALIGNED (gcc's code that aligns its stack, with the caller's rsp kept in the frame): the CFA is what stands
/// at rbp minus the offset, and rbx is saved so many eights below rbp. In the first instructions of such functions the
/// CFA is in r10.
enum { DW_RULE_BITS = 29, DW_RULE_OFFSETS = (1 << 19) - 8 };
enum dw_rule_kind {
    DW_RULE_SP = 1,
    DW_RULE_FP = 2,
    DW_RULE_BX = 3,
    DW_RULE_REALIGNED = 4,
    DW_RULE_SPECIAL = 5,
    DW_RULE_R10 = 6,
    DW_RULE_WIDE = 7,
};
enum dw_rule_special {
    DW_RULE_OUTERMOST = 1,   // nobody called this
    DW_RULE_SIGNAL = 2,      // the kernel put a ucontext_t here
    DW_RULE_NO_CFI = 3,      // nothing is known of this code
    DW_RULE_UNSUPPORTED = 4, // something is, in a form that is not followed
    DW_RULE_NO_MODULE = 5,
};
enum { DW_RULE_AT_FP = 30, DW_RULE_LOST = 31 };

static inline uint64_t dw_rule_special(enum dw_rule_special which) { return DW_RULE_SPECIAL | (uint64_t)which << 3; }
static inline bool dw_rule_is_special(uint64_t rule) { return (rule & 7) == DW_RULE_SPECIAL; }
static inline enum dw_rule_special dw_rule_which(uint64_t rule) { return (enum dw_rule_special)(rule >> 3 & 7); }
static inline bool dw_rule_is_cacheable(uint64_t rule) {
    // Code in no module may be in one later, without anybody telling.
    return (rule & 7) != DW_RULE_WIDE && rule != dw_rule_special(DW_RULE_NO_MODULE);
}

static inline uint64_t dw_stack_word(uint64_t address) {
    uint64_t word;
    memcpy(&word, (const void *)address, sizeof word);
    return word;
}

/// Whether the word at `address` lies in [low, high), which is not empty.
static inline bool dw_is_word_within(uint64_t address, uint64_t low, uint64_t high) {
    return address >= low && address < high && high - address >= 8;
}

/// A saved register: from `slot` eights of bytes below `base`; 0 if that place is not within [low, high).
static inline uint64_t dw_saved_register(uint64_t base, unsigned slot, uint64_t fp, uint64_t low, uint64_t high) {
    uint64_t address = base - slot * 8;
    if (__builtin_expect(slot >= DW_RULE_AT_FP, 0)) {
        if (slot == DW_RULE_LOST) return 0;
        address = fp;
    }
    return __builtin_expect(dw_is_word_within(address, low, high), 1) ? dw_stack_word(address) : 0;
}

/// The caller's registers by a rule that is not special; false, and nothing changed, if the CFA is not further out than
/// `sp` and at most `high`. Reads only [low, high).
///
/// `low` is the stack pointer at a return address. At an interrupted instruction it is the start of the red zone below
/// (ABI 3.2.2): in an epilogue a register that has been popped is still said to be saved where it was.
static inline __attribute__((always_inline)) bool dw_rule_step(struct dw_registers *registers, uint64_t rule,
                                                               uint64_t low, uint64_t high) {
    uint64_t sp = registers->sp, fp = registers->fp, offset = rule & DW_RULE_OFFSETS;
    unsigned kind = rule & 7, fp_slot = rule >> 19 & 31, bx_slot = rule >> 24 & 31;
    uint64_t cfa, base;
    if (__builtin_expect(kind == DW_RULE_WIDE, 0)) {
        kind = rule >> 3 & 7;
        offset = rule >> DW_RULE_BITS << 3;
    }
    if (__builtin_expect(kind == DW_RULE_SP, 1)) {
        cfa = base = sp + offset;
    } else if (kind == DW_RULE_FP) {
        cfa = base = fp + offset;
    } else if (kind == DW_RULE_BX) {
        cfa = base = registers->bx + offset;
    } else if (kind == DW_RULE_R10) {
        cfa = base = registers->r10 + offset;
    } else {
        base = fp;
        if (!dw_is_word_within(fp - offset, low, high)) return false;
        cfa = dw_stack_word(fp - offset);
    }
    // The CFA is at least one word above sp, so all of [sp, cfa) may be read.
    if (__builtin_expect(cfa > high || cfa < sp || cfa - sp < 8, 0)) return false;
    if (fp_slot != 0) registers->fp = dw_saved_register(base, fp_slot, fp, low, high);
    if (bx_slot != 0) registers->bx = dw_saved_register(base, bx_slot, fp, low, high);
    registers->r10 = 0;
    registers->sp = cfa;
    registers->pc = dw_stack_word(cfa - 8);
    // gcc 12 would pair them in vector registers around the loop that this is in, at twice the time a frame.
    __asm__("" : "+r"(registers->pc), "+r"(registers->sp), "+r"(registers->fp), "+r"(registers->bx));
    return true;
}

/// One frame outward by the frame pointer, for code without unwind tables: only if it points to an aligned place within
/// the stack, with what can be a return address. What is saved there is not judged: the caller may use it otherwise.
static inline bool dw_frame_pointer_step(struct dw_registers *registers, uint64_t high) {
    uint64_t fp = registers->fp;
    if (fp % 8 != 0 || fp < registers->sp || fp >= high || high - fp < 16) return false;
    uint64_t outer = dw_stack_word(fp), pc = dw_stack_word(fp + 8);
    if (pc >> 12 == 0 || pc >> DW_ADDRESS_BITS != 0) return false;
    *registers = (struct dw_registers){.fp = outer, .bx = 0, .sp = fp + 16, .pc = pc, .r10 = 0};
    return true;
}

enum {
    // Offsets in ucontext_t, the same for all kernels and libcs: Linux arch/x86/include/uapi/asm/ucontext.h, sigcontext.h
    DW_CONTEXT_R10 = 56,
    DW_CONTEXT_RBP = 120,
    DW_CONTEXT_RBX = 128,
    DW_CONTEXT_RSP = 160,
    DW_CONTEXT_RIP = 168,
};

/// The registers in the ucontext_t that a signal handler is given.
static inline void dw_registers_of_context(const void *context, struct dw_registers *registers) {
    uint64_t address = (uint64_t)context;
    *registers = (struct dw_registers){
        .fp = dw_stack_word(address + DW_CONTEXT_RBP),
        .bx = dw_stack_word(address + DW_CONTEXT_RBX),
        .sp = dw_stack_word(address + DW_CONTEXT_RSP),
        .pc = dw_stack_word(address + DW_CONTEXT_RIP),
        .r10 = dw_stack_word(address + DW_CONTEXT_R10)};
}

/// The code to which a signal handler returns: `mov $15, %rax; syscall` (rt_sigreturn; Linux arch/x86/entry, glibc
/// sysdeps/unix/sysv/linux/x86_64/libc_sigaction.c).
enum { DW_SIGNAL_CODE_BYTES = 9 };
static inline bool dw_is_signal_code(const uint8_t *code) {
    static const uint8_t expected[DW_SIGNAL_CODE_BYTES] = {0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};
    return memcmp(code, expected, sizeof expected) == 0;
}

/// From such code to what the signal interrupted: the kernel left a ucontext_t at the stack pointer. False if the
/// interrupted stack pointer is not further out on the same stack.
static inline bool dw_signal_step(struct dw_registers *registers, uint64_t high) {
    uint64_t sp = registers->sp;
    if (sp >= high || high - sp < DW_CONTEXT_RIP + 8) return false;
    struct dw_registers interrupted;
    dw_registers_of_context((const void *)sp, &interrupted);
    if (interrupted.sp < sp + DW_CONTEXT_RIP + 8 || interrupted.sp >= high) return false;
    *registers = interrupted;
    return true;
}

struct dw_cfi_row;

/// A row as a rule; one that is not followed becomes DW_RULE_UNSUPPORTED. `pc` is that of the row.
uint64_t dw_rule_pack(const struct dw_cfi_row *row, uint64_t pc);

#endif
