#include "translate.h"

#include <string.h>

/* ah, ch, dh, bh: the second byte of a register, which has the number of the whole. */
static bool is_second_byte(const struct source *s, unsigned i) {
    if (!is_register(s, i)) return false;
    x86_reg reg = s->operands[i].reg;
    return reg == X86_REG_AH || reg == X86_REG_CH || reg == X86_REG_DH || reg == X86_REG_BH;
}

static uint8_t move(const struct source *s, struct dwi_instruction *out, bool extends_sign) {
    out->isSigned = extends_sign;
    if (is_memory(s, 0)) {
        memory(s, 0, out);
        if (is_constant(s, 1)) {
            out->immediate = s->operands[1].imm;
            return DWI_STORE_CONSTANT;
        }
        out->source = number(s, 1);
        return out->source < 16 && !is_second_byte(s, 1) ? DWI_STORE : DWI_MODIFY;
    }
    if (!is_general(s, 0)) return DWI_OTHER;
    out->destination = number(s, 0);
    out->width = s->operands[0].size;
    if (is_constant(s, 1)) {
        out->immediate = s->operands[1].imm;
        if (out->width == 4) out->immediate &= 0xffffffff;
        /* Bytes and words leave the rest of the register as it is. */
        return out->width >= 4 ? DWI_CONSTANT : DWI_CLOBBER;
    }
    if (is_second_byte(s, 0) || is_second_byte(s, 1)) return DWI_CLOBBER;
    if (is_memory(s, 1)) {
        memory(s, 1, out);
        out->bits = s->operands[0].size < 4 ? DWI_LEAVES : 0;
        return DWI_LOAD;
    }
    if (!is_general(s, 1)) return DWI_CLOBBER;
    out->source = number(s, 1);
    out->width = s->operands[1].size;
    return DWI_MOVE;
}

/* add, sub, inc, dec. */
static uint8_t add(const struct source *s, struct dwi_instruction *out, bool subtracts) {
    if (is_memory(s, 0)) {
        memory(s, 0, out);
        if (is_general(s, 1)) out->source = number(s, 1);
        return DWI_MODIFY;
    }
    if (!is_general(s, 0)) return dwi_unknown(s, out);
    out->destination = number(s, 0);
    out->width = s->operands[0].size;
    if (is_second_byte(s, 0)) return DWI_COMBINE;
    if (s->count == 1 || is_constant(s, 1)) {
        int64_t value = s->count == 1 ? 1 : s->operands[1].imm;
        out->immediate = subtracts ? (int64_t)(0 - (uint64_t)value) : value;
        return DWI_ADD_CONSTANT;
    }
    if (is_memory(s, 1)) {
        memory(s, 1, out);
        return DWI_COMBINE_MEMORY;
    }
    out->source = number(s, 1);
    if (subtracts && out->source == out->destination) {
        out->source = DWI_NONE;
        return DWI_CONSTANT;
    }
    return subtracts ? DWI_COMBINE : DWI_ADD;
}

/* and, or, xor, shifts, multiplications with two operands. */
static uint8_t combine(const struct source *s, struct dwi_instruction *out, unsigned id) {
    if (is_memory(s, 0)) {
        memory(s, 0, out);
        if (is_general(s, 1)) out->source = number(s, 1);
        if (is_constant(s, 1) && (id == X86_INS_OR || id == X86_INS_AND)) {
            out->bits = id == X86_INS_OR ? DWI_SETS : DWI_CLEARS;
            out->immediate = id == X86_INS_OR ? s->operands[1].imm : ~s->operands[1].imm;
        }
        return DWI_MODIFY;
    }
    if (!is_general(s, 0)) return dwi_unknown(s, out);
    out->destination = number(s, 0);
    out->width = s->operands[0].size;
    if (is_second_byte(s, 0)) return DWI_COMBINE;
    if (id == X86_INS_XOR && is_general(s, 1) && number(s, 1) == out->destination) {
        out->immediate = 0;
        return out->width >= 4 ? DWI_CONSTANT : DWI_CLOBBER;
    }
    if (is_constant(s, 1)) {
        out->immediate = s->operands[1].imm;
        if (id == X86_INS_AND) return DWI_AND_CONSTANT;
        /* With all bits set nothing of the old value is left. */
        if (id == X86_INS_OR && out->immediate == -1) return DWI_CONSTANT;
        return DWI_COMBINE;
    }
    if (is_memory(s, 1)) {
        memory(s, 1, out);
        return DWI_COMBINE_MEMORY;
    }
    out->source = number(s, 1);
    return DWI_COMBINE;
}

static uint8_t compare(const struct source *s, struct dwi_instruction *out, bool tests) {
    if (is_second_byte(s, 0) || is_second_byte(s, 1)) {
        if (!tests || !is_constant(s, 1)) return DWI_OTHER;
        /* test $0x80,%ah: of the register itself bit 15. */
        out->destination = number(s, 0);
        out->width = 2;
        out->immediate = (s->operands[1].imm & 0xff) << 8;
        return DWI_TEST_CONSTANT;
    }
    unsigned place = is_memory(s, 0) ? 0 : 1;
    if (is_memory(s, place)) {
        memory(s, place, out);
        if (is_constant(s, 1)) out->immediate = s->operands[1].imm;
        else out->destination = number(s, 1 - place);
        return tests ? DWI_TEST_MEMORY : DWI_COMPARE_MEMORY;
    }
    out->destination = number(s, 0);
    out->width = s->operands[0].size;
    if (is_constant(s, 1)) {
        out->immediate = s->operands[1].imm;
        return tests ? DWI_TEST_CONSTANT : DWI_COMPARE_CONSTANT;
    }
    out->source = number(s, 1);
    return tests ? DWI_TEST : DWI_COMPARE;
}

static uint8_t transfer(const struct source *s, struct dwi_instruction *out, bool calls) {
    if (is_constant(s, 0)) {
        out->immediate = s->operands[0].imm;
        return calls ? DWI_CALL : DWI_JUMP;
    }
    if (is_register(s, 0)) {
        out->source = number(s, 0);
        return calls ? DWI_CALL_REGISTER : DWI_JUMP_REGISTER;
    }
    memory(s, 0, out);
    return calls ? DWI_CALL_MEMORY : DWI_JUMP_MEMORY;
}

static uint8_t exchange(const struct source *s, struct dwi_instruction *out) {
    if (is_register(s, 0) && is_register(s, 1)) {
        out->destination = number(s, 0);
        out->source = number(s, 1);
        out->width = s->operands[0].size;
        return DWI_EXCHANGE;
    }
    unsigned place = is_memory(s, 0) ? 0 : 1;
    memory(s, place, out);
    out->destination = number(s, 1 - place);
    out->isLocked = 1;
    return DWI_EXCHANGE_MEMORY;
}

static uint8_t push(const struct source *s, struct dwi_instruction *out) {
    if (is_constant(s, 0)) {
        out->immediate = s->operands[0].imm;
        return DWI_PUSH_CONSTANT;
    }
    if (is_memory(s, 0)) {
        memory(s, 0, out);
        return DWI_PUSH_MEMORY;
    }
    out->source = number(s, 0);
    return DWI_PUSH;
}

static uint8_t by_mnemonic(const struct source *s, struct dwi_instruction *out) {
    const char *mnemonic = s->instruction->mnemonic;
    if (cs_insn_group(s->decoder->handle, s->instruction, CS_GRP_JUMP) && is_constant(s, 0)) {
        const uint8_t *opcode = s->x86->opcode;
        out->immediate = s->operands[0].imm;
        if (!strncmp(mnemonic, "loop", 4)) out->also = 1u << 1;
        out->condition = opcode[0] == 0x0f ? opcode[1] & 15 : (opcode[0] & 0xf0) == 0x70 ? opcode[0] & 15 : DWI_NONE;
        return DWI_JUMP_IF;
    }
    if (!strncmp(mnemonic, "cmov", 4) && is_general(s, 0)) {
        out->destination = number(s, 0);
        out->width = s->operands[0].size;
        if (is_memory(s, 1)) {
            memory(s, 1, out);
            return DWI_LOAD_IF;
        }
        out->source = number(s, 1);
        return DWI_MOVE_IF;
    }
    if (!strncmp(mnemonic, "set", 3) && s->count == 1) {
        if (s->x86->opcode[0] == 0x0f) out->condition = s->x86->opcode[1] & 15;
        if (is_memory(s, 0)) {
            memory(s, 0, out);
            return DWI_SET_MEMORY;
        }
        out->destination = number(s, 0);
        return out->destination < 16 ? DWI_SET : DWI_OTHER;
    }
    if (!strncmp(mnemonic, "loop", 4) && is_constant(s, 0)) {
        out->immediate = s->operands[0].imm;
        out->also = 1u << 1;
        return DWI_JUMP_IF;
    }
    return dwi_unknown(s, out);
}

uint8_t dwi_fill(const struct source *s, struct dwi_instruction *out) {
    bool is_copy = is_memory(s, 0) && is_memory(s, 1);
    out->source = is_copy ? 6 : 0;
    out->width = s->operands[0].size;
    return DWI_FILL;
}

uint8_t dwi_translate(const struct source *s, struct dwi_instruction *out) {
    switch (s->instruction->id) {
    case X86_INS_NOP:
    case X86_INS_ENDBR64:
    case X86_INS_PAUSE: return DWI_OTHER;
    case X86_INS_MOV:
    case X86_INS_MOVABS:
    case X86_INS_MOVZX: return move(s, out, false);
    case X86_INS_MOVSX:
    case X86_INS_MOVSXD: return move(s, out, true);
    case X86_INS_LEA:
        out->destination = number(s, 0);
        memory(s, 1, out);
        out->width = s->operands[0].size;
        return out->destination < 16 ? DWI_ADDRESS : DWI_OTHER;
    case X86_INS_ADD:
    case X86_INS_INC: return add(s, out, false);
    case X86_INS_SUB:
    case X86_INS_DEC: return add(s, out, true);
    case X86_INS_IMUL:
    case X86_INS_MUL:
    case X86_INS_DIV:
    case X86_INS_IDIV:
        if (s->count == 1) {
            out->destination = 0;
            out->source = 2;
            return DWI_CLOBBER;
        }
        if (s->count == 3) return dwi_unknown(s, out);
        return combine(s, out, s->instruction->id);
    case X86_INS_AND:
    case X86_INS_OR:
    case X86_INS_XOR:
    case X86_INS_ADC:
    case X86_INS_SBB:
    case X86_INS_SHL:
    case X86_INS_SHR:
    case X86_INS_SAR:
    case X86_INS_SAL:
    case X86_INS_ROL:
    case X86_INS_ROR:
    case X86_INS_NOT:
    case X86_INS_NEG:
    case X86_INS_BSWAP: return combine(s, out, s->instruction->id);
    case X86_INS_CMP: return compare(s, out, false);
    case X86_INS_TEST: return compare(s, out, true);
    case X86_INS_CALL: return transfer(s, out, true);
    case X86_INS_JMP: return transfer(s, out, false);
    case X86_INS_RET:
    case X86_INS_RETF:
    case X86_INS_RETFQ: return DWI_RETURN;
    case X86_INS_HLT:
    case X86_INS_UD0:
    case X86_INS_UD2:
    case X86_INS_UD2B:
    case X86_INS_INT3: return DWI_TRAP;
    case X86_INS_SYSCALL: return DWI_SYSTEM_CALL;
    case X86_INS_PUSH: return push(s, out);
    case X86_INS_POP:
        out->destination = number(s, 0);
        return DWI_POP;
    case X86_INS_PUSHFQ: return DWI_PUSH;
    case X86_INS_POPFQ: return DWI_POP;
    case X86_INS_LEAVE: return DWI_LEAVE;
    case X86_INS_XCHG: return exchange(s, out);
    case X86_INS_XADD:
        if (!is_memory(s, 0)) return exchange(s, out);
        memory(s, 0, out);
        out->destination = number(s, 1);
        return DWI_FETCH_ADD;
    case X86_INS_CMPXCHG:
        if (is_memory(s, 0)) {
            memory(s, 0, out);
            out->source = number(s, 1);
            return DWI_COMPARE_EXCHANGE;
        }
        out->destination = number(s, 0);
        out->source = 0;
        return DWI_CLOBBER;
    case X86_INS_CMPXCHG8B:
    case X86_INS_CMPXCHG16B:
        memory(s, 0, out);
        return DWI_COMPARE_EXCHANGE;
    case X86_INS_CDQE:
    case X86_INS_CWDE:
    case X86_INS_CBW:
        out->destination = 0;
        return DWI_COMBINE;
    case X86_INS_CQO:
    case X86_INS_CDQ:
    case X86_INS_CWD:
        out->destination = 2;
        return DWI_CLOBBER;
    case X86_INS_RDTSC:
        out->destination = 0;
        out->source = 2;
        return DWI_CLOBBER;
    case X86_INS_STOSB:
    case X86_INS_STOSW:
    case X86_INS_STOSD:
    case X86_INS_STOSQ:
    case X86_INS_MOVSB:
    case X86_INS_MOVSW:
    case X86_INS_MOVSQ: return dwi_fill(s, out);
    default: {
        uint8_t operation;
        return dwi_translate_vector(s, out, &operation) ? operation : by_mnemonic(s, out);
    }
    }
}
