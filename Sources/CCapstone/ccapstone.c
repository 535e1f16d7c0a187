#include "translate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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

/* Capstone 4 sorts a table of implied registers when the first instruction of the process is decoded, in place and
 * without a lock (X86_insn_reg_intel in arch/X86/X86Mapping.c): a second thread that decodes meanwhile may miss an
 * operand. So one instruction is decoded before any thread has a decoder. */
static pthread_once_t is_sorted = PTHREAD_ONCE_INIT;

static void sort_registers(void) {
    static const uint8_t add_to_eax[] = {0x05, 1, 0, 0, 0};
    csh handle;
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK) return;
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    cs_insn *instructions = NULL;
    size_t count = cs_disasm(handle, add_to_eax, sizeof add_to_eax, 0, 1, &instructions);
    if (count > 0) cs_free(instructions, count);
    cs_close(&handle);
}

struct dwi_decoder *dwi_open(void) {
    pthread_once(&is_sorted, sort_registers);
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
        record->operation = dwi_translate(&source, record);
    }
    return written;
}
