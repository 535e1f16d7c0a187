#include "translate.h"

/* Loads, stores and moves of whole vector registers or their lower parts. */
static uint8_t vector_move(const struct source *s, struct dwi_instruction *out, bool is_high) {
    if (is_vector(s, 0) && is_memory(s, s->count - 1)) {
        out->destination = number(s, 0);
        memory(s, s->count - 1, out);
        return is_high ? DWI_VECTOR_LOAD_HIGH : DWI_VECTOR_LOAD;
    }
    if (is_memory(s, 0) && is_vector(s, 1)) {
        memory(s, 0, out);
        out->source = number(s, 1);
        return is_high ? DWI_VECTOR_STORE_HIGH : DWI_VECTOR_STORE;
    }
    if (is_vector(s, 0) && is_vector(s, 1) && s->count == 2) {
        out->destination = number(s, 0);
        out->source = number(s, 1);
        return DWI_VECTOR_MOVE;
    }
    if (is_vector(s, 0) && is_general(s, 1)) {
        out->destination = number(s, 0);
        out->source = number(s, 1);
        return DWI_VECTOR_FROM;
    }
    if (is_general(s, 0) && is_vector(s, 1)) {
        out->destination = number(s, 0);
        out->source = number(s, 1);
        return DWI_VECTOR_TO;
    }
    return dwi_unknown(s, out);
}

static uint8_t by_id(const struct source *s, struct dwi_instruction *out) {
    switch (s->instruction->id) {
    case X86_INS_MOVSD: return is_vector(s, 0) || is_vector(s, 1) ? vector_move(s, out, false) : dwi_fill(s, out);
    case X86_INS_MOVD:
    case X86_INS_MOVQ:
    case X86_INS_MOVSS:
    case X86_INS_MOVDQA:
    case X86_INS_MOVDQU:
    case X86_INS_MOVAPS:
    case X86_INS_MOVUPS:
    case X86_INS_MOVAPD:
    case X86_INS_MOVUPD:
    case X86_INS_MOVLPS:
    case X86_INS_MOVLPD:
    case X86_INS_MOVNTDQ:
    case X86_INS_MOVNTPS:
    case X86_INS_LDDQU:
    case X86_INS_VMOVD:
    case X86_INS_VMOVQ:
    case X86_INS_VMOVDQA:
    case X86_INS_VMOVDQU:
    case X86_INS_VMOVAPS:
    case X86_INS_VMOVUPS:
    case X86_INS_VMOVAPD:
    case X86_INS_VMOVUPD:
    case X86_INS_VMOVDQA64:
    case X86_INS_VMOVDQU64: return vector_move(s, out, false);
    case X86_INS_MOVHPS:
    case X86_INS_MOVHPD: return vector_move(s, out, true);
    case X86_INS_PUNPCKLQDQ:
    case X86_INS_MOVLHPS:
        if (is_vector(s, 0) && is_vector(s, 1)) {
            out->destination = number(s, 0);
            out->source = number(s, 1);
            return DWI_VECTOR_UNPACK_LOW;
        }
        return dwi_unknown(s, out);
    case X86_INS_PINSRQ:
        if (is_vector(s, 0) && is_general(s, 1) && is_constant(s, 2)) {
            out->destination = number(s, 0);
            out->source = number(s, 1);
            out->immediate = s->operands[2].imm;
            return DWI_VECTOR_INSERT;
        }
        return dwi_unknown(s, out);
    case X86_INS_PXOR:
    case X86_INS_XORPS:
    case X86_INS_XORPD:
    case X86_INS_VPXOR:
    case X86_INS_VXORPS:
    case X86_INS_VXORPD: {
        uint8_t operation = dwi_unknown(s, out);
        unsigned last = s->count - 1;
        if (operation == DWI_VECTOR_CLOBBER && is_vector(s, last) && number(s, last) == number(s, last == 2 ? 1 : 0))
            out->source = out->destination;
        return operation;
    }
    default: return DWI_INVALID;
    }
}

bool dwi_translate_vector(const struct source *s, struct dwi_instruction *out, uint8_t *operation) {
    *operation = by_id(s, out);
    return *operation != DWI_INVALID;
}
