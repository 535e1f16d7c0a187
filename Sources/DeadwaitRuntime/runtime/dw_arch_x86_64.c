#if defined(__x86_64__)

#include "dw_cfi.h"

enum { DWARF_RBX = 3, DWARF_RBP = 6, DWARF_RSP = 7, DWARF_R10 = 10 };
enum { OP_DEREF = 0x06, OP_LIT0 = 0x30, OP_BREG0 = 0x70 };

/// Reads `DW_OP_breg<reg> offset` at the start of an expression; the number of its bytes, 0 if it is something else.
/// The offset is taken in the one or two bytes of a frame below 8 KiB.
static uint32_t based(const struct dw_cfi_rule *rule, unsigned reg, int64_t *offset) {
    const uint8_t *bytes = rule->expression;
    if (rule->kind != DW_CFI_EXPRESSION || rule->length < 2 || bytes[0] != OP_BREG0 + reg) return 0;
    if (!(bytes[1] & 0x80)) {
        *offset = (int64_t)(bytes[1] ^ 0x40) - 0x40;
        return 2;
    }
    if (rule->length < 3 || (bytes[2] & 0x80)) return 0;
    *offset = (int64_t)(((uint64_t)bytes[2] << 7 | (bytes[1] & 0x7f)) ^ 0x2000) - 0x2000;
    return 3;
}

/// Where a register is saved, in eights of bytes below the CFA.
static uint64_t slot(const struct dw_cfi_rule *rule) {
    int64_t offset = 0;
    if (rule->kind == DW_CFI_SAME || rule->kind == DW_CFI_UNDEFINED) return 0;
    if (rule->kind == DW_CFI_EXPRESSION && based(rule, DWARF_RBP, &offset) == rule->length && offset == 0)
        return DW_RULE_AT_FP;
    if (rule->kind != DW_CFI_AT_OFFSET || rule->offset % 8 != 0) return DW_RULE_LOST;
    if (rule->offset > -16 || rule->offset <= -8 * DW_RULE_AT_FP) return DW_RULE_LOST;
    return (uint64_t)(-rule->offset / 8);
}

/// In the frames of gcc's realigning functions, in eights of bytes below rbp.
static uint64_t slot_below_fp(const struct dw_cfi_rule *rule) {
    if (rule->kind == DW_CFI_SAME) return 0;
    int64_t offset = 0;
    if (based(rule, DWARF_RBP, &offset) != rule->length || offset % 8 != 0) return DW_RULE_LOST;
    if (offset > -8 || offset <= -8 * DW_RULE_AT_FP) return DW_RULE_LOST;
    return (uint64_t)(-offset / 8);
}

/// The PLT's expression, as GNU ld, gold and lld write it: rsp + 8 + ((rip & 15) >= n) * 8, the push of an entry being
/// n bytes from its start. The offset of the CFA at `pc`, 0 if the expression is another.
static uint64_t plt_offset(const struct dw_cfi_rule *cfa, uint64_t pc) {
    enum { OP_BREG16 = 0x80, OP_AND = 0x1a, OP_GE = 0x2a, OP_SHL = 0x24, OP_PLUS = 0x22 };
    const uint8_t *bytes = cfa->expression;
    const uint8_t head[] = {OP_BREG0 + DWARF_RSP, 8, OP_BREG16, 0, OP_LIT0 + 15, OP_AND};
    const uint8_t tail[] = {OP_GE, OP_LIT0 + 3, OP_SHL, OP_PLUS};
    if (cfa->length != 11 || memcmp(bytes, head, 6) != 0 || memcmp(bytes + 7, tail, 4) != 0) return 0;
    if (bytes[6] < OP_LIT0 || bytes[6] > OP_LIT0 + 15) return 0;
    return (pc & 15) >= (uint64_t)(bytes[6] - OP_LIT0) ? 16 : 8;
}

static uint64_t packed(enum dw_rule_kind kind, int64_t offset, uint64_t fp_slot, uint64_t bx_slot) {
    uint64_t slots = fp_slot << 19 | bx_slot << 24;
    if (offset < 0 || offset % 8 != 0 || offset > (int64_t)1 << 37) return dw_rule_special(DW_RULE_UNSUPPORTED);
    if (offset <= DW_RULE_OFFSETS) return (uint64_t)kind | slots | (uint64_t)offset;
    return DW_RULE_WIDE | (uint64_t)kind << 3 | slots | (uint64_t)offset / 8 << DW_RULE_BITS;
}

uint64_t dw_rule_pack(const struct dw_cfi_row *row, uint64_t pc) {
    const struct dw_cfi_rule *cfa = &row->cfa, *fp = &row->registers[DW_CFI_SLOT_FP];
    const struct dw_cfi_rule *bx = &row->registers[DW_CFI_SLOT_BX], *sp = &row->registers[DW_CFI_SLOT_SP];
    const struct dw_cfi_rule *ra = &row->registers[DW_CFI_SLOT_PC];
    uint64_t unsupported = dw_rule_special(DW_RULE_UNSUPPORTED);
    if (ra->kind == DW_CFI_UNDEFINED) return dw_rule_special(DW_RULE_OUTERMOST);
    if (ra->kind != DW_CFI_AT_OFFSET || ra->offset != -8 || sp->kind != DW_CFI_SAME) return unsupported;
    if (cfa->kind == DW_CFI_EXPRESSION) {
        uint64_t plt = plt_offset(cfa, pc);
        if (plt != 0) return packed(DW_RULE_SP, (int64_t)plt, slot(fp), slot(bx));
        int64_t offset = 0;
        uint32_t length = based(cfa, DWARF_RBP, &offset);
        if (length == 0 || cfa->length != length + 1 || cfa->expression[length] != OP_DEREF) return unsupported;
        uint64_t fp_slot = slot(fp) == DW_RULE_AT_FP ? DW_RULE_AT_FP : DW_RULE_LOST;
        return packed(DW_RULE_REALIGNED, -offset, fp_slot, slot_below_fp(bx));
    }
    if (cfa->kind != DW_CFI_AT_OFFSET) return unsupported;
    switch (cfa->reg) {
    case DWARF_RSP: return packed(DW_RULE_SP, cfa->offset, slot(fp), slot(bx));
    case DWARF_RBP: return packed(DW_RULE_FP, cfa->offset, slot(fp), slot(bx));
    case DWARF_RBX: return packed(DW_RULE_BX, cfa->offset, slot(fp), slot(bx));
    case DWARF_R10: return packed(DW_RULE_R10, cfa->offset, slot(fp), slot(bx));
    default: return unsupported;
    }
}

/// dw_backtrace(bounds, frames, capacity, skip, flags) calls dw_backtrace_entered() with the same and, sixth, the
/// registers as they are after the return to the caller; dw_backtrace_trailed() in the same way.
#define ENTRY(name)                                                                                                    \
    __asm__(".text\n"                                                                                                  \
            ".p2align 4\n"                                                                                             \
            ".globl " name "\n"                                                                                        \
            ".hidden " name "\n"                                                                                       \
            ".type " name ", @function\n"                                                                              \
            name ":\n"                                                                                                 \
            ".cfi_startproc\n"                                                                                         \
            "endbr64\n"                                                                                                \
            "movq (%rsp), %rax\n"                                                                                      \
            "leaq 8(%rsp), %r9\n"                                                                                      \
            "pushq $0\n"                                                                                               \
            ".cfi_adjust_cfa_offset 8\n"                                                                               \
            "pushq %rax\n"                                                                                             \
            ".cfi_adjust_cfa_offset 8\n"                                                                               \
            "pushq %r9\n"                                                                                              \
            ".cfi_adjust_cfa_offset 8\n"                                                                               \
            "pushq %rbx\n"                                                                                             \
            ".cfi_adjust_cfa_offset 8\n"                                                                               \
            "pushq %rbp\n"                                                                                             \
            ".cfi_adjust_cfa_offset 8\n"                                                                               \
            "movq %rsp, %r9\n"                                                                                         \
            "call " name "_entered\n"                                                                                  \
            "addq $40, %rsp\n"                                                                                         \
            ".cfi_adjust_cfa_offset -40\n"                                                                             \
            "ret\n"                                                                                                    \
            ".cfi_endproc\n"                                                                                           \
            ".size " name ", .-" name "\n")

ENTRY("dw_backtrace");
ENTRY("dw_backtrace_trailed");

#endif
