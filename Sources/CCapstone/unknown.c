#include "translate.h"

/* General registers that an instruction writes without naming them: of cpuid, xgetbv, scas, pcmpistri, loop. */
static uint16_t unnamed(const struct source *s) {
    uint16_t registers = 0;
    const cs_detail *detail = s->instruction->detail;
    for (unsigned i = 0; i < detail->regs_write_count; i++) {
        unsigned reg = detail->regs_write[i];
        uint8_t name = reg < X86_REG_ENDING ? s->decoder->numbers[reg] : DWI_NONE;
        if (name < 16 && name != DWI_STACK_POINTER) registers |= (uint16_t)(1u << name);
    }
    /* Strings: the count and both pointers, and what is loaded. */
    if (is_memory(s, 0) && is_memory(s, 1)) registers |= 1u << 1 | 1u << 6 | 1u << 7;
    switch (s->instruction->id) {
    case X86_INS_SCASB:
    case X86_INS_SCASW:
    case X86_INS_SCASD:
    case X86_INS_SCASQ: return registers | 1u << 1 | 1u << 7;
    case X86_INS_LODSB:
    case X86_INS_LODSW:
    case X86_INS_LODSD:
    case X86_INS_LODSQ: return registers | 1u << 0 | 1u << 1 | 1u << 6;
    default: return registers;
    }
}

/* What an instruction without a case of its own does to its first operand. */
uint8_t dwi_unknown(const struct source *s, struct dwi_instruction *out) {
    out->also = unnamed(s);
    if (is_general(s, 0)) {
        if (!(s->operands[0].access & CS_AC_WRITE)) return DWI_OTHER;
        out->destination = number(s, 0);
        if (is_general(s, 1) && (s->operands[1].access & CS_AC_WRITE)) out->source = number(s, 1);
        return DWI_CLOBBER;
    }
    if (is_vector(s, 0)) {
        out->destination = number(s, 0);
        return DWI_VECTOR_CLOBBER;
    }
    if (is_memory(s, 0) && (s->operands[0].access & CS_AC_WRITE)) {
        memory(s, 0, out);
        return DWI_MODIFY;
    }
    return DWI_OTHER;
}
