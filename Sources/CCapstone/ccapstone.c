#include "ccapstone.h"

#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

struct dwi_decoder {
    csh handle;
    cs_insn *instruction;
    uint8_t numbers[X86_REG_ENDING]; /* capstone's registers to ours */
};

/* Of registers of 64, 32, 16 and 8 bits, and the second byte where there is one. */
static const x86_reg names[16][5] = {
    {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
    {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
    {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
    {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
    {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL, X86_REG_INVALID},
    {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, X86_REG_INVALID},
    {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, X86_REG_INVALID},
    {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, X86_REG_INVALID},
    {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, X86_REG_INVALID},
    {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, X86_REG_INVALID},
    {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, X86_REG_INVALID},
    {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, X86_REG_INVALID},
    {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, X86_REG_INVALID},
    {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, X86_REG_INVALID},
    {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, X86_REG_INVALID},
    {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, X86_REG_INVALID},
};

struct dwi_decoder *dwi_open(void) {
    struct dwi_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &decoder->handle) != CS_ERR_OK) {
        free(decoder);
        return NULL;
    }
    decoder->instruction = NULL;
    if (cs_option(decoder->handle, CS_OPT_DETAIL, CS_OPT_ON) == CS_ERR_OK)
        decoder->instruction = cs_malloc(decoder->handle);
    if (!decoder->instruction) {
        dwi_close(decoder);
        return NULL;
    }
    memset(decoder->numbers, DWI_NONE, sizeof decoder->numbers);
    for (unsigned i = 0; i < 16; i++)
        for (unsigned j = 0; j < 5; j++)
            if (names[i][j] != X86_REG_INVALID) decoder->numbers[names[i][j]] = (uint8_t)i;
    for (unsigned i = 0; i < 32; i++) {
        decoder->numbers[X86_REG_XMM0 + i] = (uint8_t)(DWI_VECTOR + i);
        decoder->numbers[X86_REG_YMM0 + i] = (uint8_t)(DWI_VECTOR + i);
        decoder->numbers[X86_REG_ZMM0 + i] = (uint8_t)(DWI_VECTOR + i);
    }
    return decoder;
}

void dwi_close(struct dwi_decoder *decoder) {
    if (!decoder) return;
    if (decoder->instruction) cs_free(decoder->instruction, 1);
    cs_close(&decoder->handle);
    free(decoder);
}

/* The instruction that is translated, with what is asked of it again and again. */
struct source {
    const struct dwi_decoder *decoder;
    const cs_insn *instruction;
    const cs_x86 *x86;
    const cs_x86_op *operands;
    unsigned count;
};

static bool is_register(const struct source *s, unsigned i) {
    return i < s->count && s->operands[i].type == X86_OP_REG;
}
static bool is_constant(const struct source *s, unsigned i) {
    return i < s->count && s->operands[i].type == X86_OP_IMM;
}
static bool is_memory(const struct source *s, unsigned i) {
    return i < s->count && s->operands[i].type == X86_OP_MEM;
}

static uint8_t number(const struct source *s, unsigned i) {
    if (!is_register(s, i) || (unsigned)s->operands[i].reg >= X86_REG_ENDING) return DWI_NONE;
    return s->decoder->numbers[s->operands[i].reg];
}
static bool is_general(const struct source *s, unsigned i) { return is_register(s, i) && number(s, i) < 16; }
static bool is_vector(const struct source *s, unsigned i) {
    return is_register(s, i) && number(s, i) >= DWI_VECTOR && number(s, i) < DWI_SEGMENT;
}

static uint8_t address_register(const struct source *s, x86_reg reg) {
    return reg == X86_REG_INVALID || (unsigned)reg >= X86_REG_ENDING ? DWI_NONE : s->decoder->numbers[reg];
}

/* Fills in the memory operand `i`. */
static void memory(const struct source *s, unsigned i, struct dwi_instruction *out) {
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
    if (mem->segment == X86_REG_FS || mem->segment == X86_REG_GS) out->base = DWI_SEGMENT;
}

/* What an instruction without a case of its own does to its first operand. */
static uint8_t unknown(const struct source *s, struct dwi_instruction *out) {
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

static uint8_t move(const struct source *s, struct dwi_instruction *out, bool extends_sign) {
    out->isSigned = extends_sign;
    if (is_memory(s, 0)) {
        memory(s, 0, out);
        if (is_constant(s, 1)) {
            out->immediate = s->operands[1].imm;
            return DWI_STORE_CONSTANT;
        }
        out->source = number(s, 1);
        return out->source < 16 ? DWI_STORE : DWI_MODIFY;
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
    if (is_memory(s, 1)) {
        memory(s, 1, out);
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
    if (!is_general(s, 0)) return unknown(s, out);
    out->destination = number(s, 0);
    out->width = s->operands[0].size;
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
        return DWI_MODIFY;
    }
    if (!is_general(s, 0)) return unknown(s, out);
    out->destination = number(s, 0);
    out->width = s->operands[0].size;
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
    return unknown(s, out);
}

static uint8_t by_mnemonic(const struct source *s, struct dwi_instruction *out) {
    const char *mnemonic = s->instruction->mnemonic;
    if (cs_insn_group(s->decoder->handle, s->instruction, CS_GRP_JUMP) && is_constant(s, 0)) {
        const uint8_t *opcode = s->x86->opcode;
        out->immediate = s->operands[0].imm;
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
        if (is_memory(s, 0)) {
            memory(s, 0, out);
            return DWI_SET_MEMORY;
        }
        out->destination = number(s, 0);
        return out->destination < 16 ? DWI_SET : DWI_OTHER;
    }
    if (!strncmp(mnemonic, "loop", 4) && is_constant(s, 0)) {
        out->immediate = s->operands[0].imm;
        return DWI_JUMP_IF;
    }
    return unknown(s, out);
}

static uint8_t translate(const struct source *s, struct dwi_instruction *out) {
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
        if (s->count == 3) return unknown(s, out);
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
    case X86_INS_MOVSQ: return DWI_FILL;
    case X86_INS_MOVSD: return is_vector(s, 0) || is_vector(s, 1) ? vector_move(s, out, false) : DWI_FILL;
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
        return unknown(s, out);
    case X86_INS_PINSRQ:
        if (is_vector(s, 0) && is_general(s, 1) && is_constant(s, 2)) {
            out->destination = number(s, 0);
            out->source = number(s, 1);
            out->immediate = s->operands[2].imm;
            return DWI_VECTOR_INSERT;
        }
        return unknown(s, out);
    default: return by_mnemonic(s, out);
    }
}

size_t dwi_decode(struct dwi_decoder *decoder, const uint8_t **code, size_t *count, uint64_t *address,
                  struct dwi_instruction *out, size_t capacity) {
    size_t written = 0;
    while (*count > 0 && written < capacity) {
        struct dwi_instruction *record = &out[written++];
        memset(record, 0, sizeof *record);
        record->destination = record->source = record->base = record->index = record->condition = DWI_NONE;
        if (!cs_disasm_iter(decoder->handle, code, count, address, decoder->instruction)) {
            record->address = *address;
            record->operation = DWI_INVALID;
            record->length = 1;
            (*code)++;
            (*count)--;
            (*address)++;
            continue;
        }
        const cs_insn *instruction = decoder->instruction;
        const cs_x86 *x86 = &instruction->detail->x86;
        struct source source = {decoder, instruction, x86, x86->operands, x86->op_count};
        record->address = instruction->address;
        record->length = (uint8_t)instruction->size;
        record->isLocked = x86->prefix[0] == X86_PREFIX_LOCK;
        record->operation = translate(&source, record);
    }
    return written;
}
