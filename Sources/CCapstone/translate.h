/* What the parts of this shim share. */
#ifndef CCAPSTONE_TRANSLATE_H
#define CCAPSTONE_TRANSLATE_H

#include "ccapstone.h"

#include <capstone/capstone.h>
#include <stdbool.h>

struct dwi_decoder {
    csh handle;
    cs_insn *instruction;
    uint8_t numbers[X86_REG_ENDING]; /* capstone's registers to ours */
};

/* The instruction that is translated, with what is asked of it again and again. */
struct source {
    const struct dwi_decoder *decoder;
    const cs_insn *instruction;
    const cs_x86 *x86;
    const cs_x86_op *operands;
    unsigned count;
};

static inline bool is_register(const struct source *s, unsigned i) {
    return i < s->count && s->operands[i].type == X86_OP_REG;
}
static inline bool is_constant(const struct source *s, unsigned i) {
    return i < s->count && s->operands[i].type == X86_OP_IMM;
}
static inline bool is_memory(const struct source *s, unsigned i) {
    return i < s->count && s->operands[i].type == X86_OP_MEM;
}

static inline uint8_t number(const struct source *s, unsigned i) {
    if (!is_register(s, i) || (unsigned)s->operands[i].reg >= X86_REG_ENDING) return DWI_NONE;
    return s->decoder->numbers[s->operands[i].reg];
}
static inline bool is_general(const struct source *s, unsigned i) { return is_register(s, i) && number(s, i) < 16; }
static inline bool is_vector(const struct source *s, unsigned i) {
    return is_register(s, i) && number(s, i) >= DWI_VECTOR && number(s, i) < DWI_SEGMENT;
}

static inline uint8_t address_register(const struct source *s, x86_reg reg) {
    return reg == X86_REG_INVALID || (unsigned)reg >= X86_REG_ENDING ? DWI_NONE : s->decoder->numbers[reg];
}

/* Fills in the memory operand `i`. */
static inline void memory(const struct source *s, unsigned i, struct dwi_instruction *out) {
    const x86_op_mem *mem = &s->operands[i].mem;
    out->displacement = mem->disp;
    out->scale = (uint8_t)mem->scale;
    out->width = s->operands[i].size;
    out->index = address_register(s, mem->index);
    out->base = address_register(s, mem->base);
    if (mem->base == X86_REG_RIP) {
        out->base = DWI_NONE;
        out->displacement += (int64_t)(s->instruction->address + s->instruction->size);
    }
    if (mem->segment == X86_REG_FS || mem->segment == X86_REG_GS) {
        if (out->index == DWI_NONE && out->base != DWI_NONE) {
            out->index = out->base;
            out->scale = 1;
        }
        out->base = DWI_SEGMENT;
    }
}

/* Fills in what an instruction does; returns an enum dwi_operation. */
uint8_t dwi_translate(const struct source *s, struct dwi_instruction *out);
/* The same for those that load, store and move vector registers; `id` is capstone's. */
bool dwi_translate_vector(const struct source *s, struct dwi_instruction *out, uint8_t *operation);
/* stos and movs. */
uint8_t dwi_fill(const struct source *s, struct dwi_instruction *out);
/* What an instruction without a case of its own does to its first operand. */
uint8_t dwi_unknown(const struct source *s, struct dwi_instruction *out);

#endif
