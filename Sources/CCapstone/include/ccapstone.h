/* Machine instructions of x86-64, decoded by libcapstone into flat records.
 *
 * A shim because capstone describes operands in unions inside a structure of 500 bytes an instruction, which Swift can
 * only read by copying: here each becomes 40 bytes that say what happens to general registers, to memory, and where
 * control goes. What does neither is DWI_OTHER. Facts about instructions are from the Intel SDM, volume 2. */
#ifndef CCAPSTONE_H
#define CCAPSTONE_H

#include <stddef.h>
#include <stdint.h>

/* Registers: rax 0, rcx 1, rdx 2, rbx 3, rsp 4, rbp 5, rsi 6, rdi 7, r8 to r15, as instructions number them. */
enum {
    DWI_STACK_POINTER = 4,
    DWI_FRAME_POINTER = 5,
    DWI_VECTOR = 32,  /* xmm0, ymm0, and so on to 63 */
    DWI_SEGMENT = 64, /* as a base: fs or gs, so the thread's own memory; a base register is the index then */
    DWI_NONE = 255
};

/* What an instruction does. `memory` is [base + index * scale + displacement], `width` its bytes or the register's. */
enum dwi_operation {
    DWI_OTHER = 0,        /* nothing to a general register or to memory; flags perhaps */
    DWI_INVALID,          /* no instruction: one byte was passed over */
    DWI_MOVE,             /* destination = source, also with zero or sign extension */
    DWI_CONSTANT,         /* destination = immediate */
    DWI_ADDRESS,          /* destination = address of memory */
    DWI_LOAD,             /* destination = memory */
    DWI_STORE,            /* memory = source */
    DWI_STORE_CONSTANT,   /* memory = immediate */
    DWI_ADD_CONSTANT,     /* destination += immediate */
    DWI_ADD,              /* destination += source */
    DWI_AND_CONSTANT,     /* destination &= immediate */
    DWI_COMBINE,          /* destination = some function of destination and source, which may be DWI_NONE */
    DWI_COMBINE_MEMORY,   /* destination = some function of destination and memory */
    DWI_CLOBBER,          /* destination = something else; source too when it is not DWI_NONE */
    DWI_MODIFY,           /* memory = some function of memory and source */
    DWI_EXCHANGE,         /* destination and source swap */
    DWI_EXCHANGE_MEMORY,  /* destination and memory swap */
    DWI_COMPARE_EXCHANGE, /* memory = source if memory equals rax; rax = memory */
    DWI_FETCH_ADD,        /* memory += destination; destination = memory before */
    DWI_MOVE_IF,          /* destination = source, or stays */
    DWI_LOAD_IF,          /* destination = memory, or stays */
    DWI_SET,              /* destination = 0 or 1 */
    DWI_SET_MEMORY,       /* memory = 0 or 1 */
    DWI_PUSH,
    DWI_PUSH_CONSTANT,
    DWI_PUSH_MEMORY,
    DWI_POP,              /* destination; DWI_NONE to memory or flags */
    DWI_LEAVE,            /* rsp = rbp, pop rbp */
    DWI_COMPARE,          /* destination with source */
    DWI_COMPARE_CONSTANT,
    DWI_COMPARE_MEMORY,   /* memory with the register in destination, DWI_NONE: with the immediate */
    DWI_TEST,             /* as the three above, by logical and */
    DWI_TEST_CONSTANT,
    DWI_TEST_MEMORY,
    DWI_CALL,             /* the immediate is where to, as for the next ones */
    DWI_CALL_REGISTER,    /* in source */
    DWI_CALL_MEMORY,
    DWI_JUMP,
    DWI_JUMP_REGISTER,
    DWI_JUMP_MEMORY,
    DWI_JUMP_IF,          /* condition in `condition` */
    DWI_RETURN,
    DWI_TRAP,             /* does not go on: ud2, hlt, int3 */
    DWI_SYSTEM_CALL,
    DWI_FILL,             /* stos, movs: writes memory at rdi, moves rdi, rsi and rcx; the source is rax or rsi */
    DWI_VECTOR_LOAD,      /* vector destination = memory, `width` bytes, its lower part */
    DWI_VECTOR_LOAD_HIGH, /* the upper 8 bytes */
    DWI_VECTOR_STORE,     /* memory = vector source, `width` bytes, its lower part */
    DWI_VECTOR_STORE_HIGH,/* the upper 8 bytes */
    DWI_VECTOR_FROM,      /* vector destination = general source, upper part 0 */
    DWI_VECTOR_TO,        /* general destination = lower 8 bytes of vector source */
    DWI_VECTOR_MOVE,
    DWI_VECTOR_INSERT,    /* general source becomes the 8 bytes number `immediate` of the destination */
    DWI_VECTOR_UNPACK_LOW,/* upper 8 bytes of destination = lower 8 of source */
    DWI_VECTOR_CLOBBER    /* vector destination = something else; 0 where the source is the same register */
};

/* Conditions of jumps and of DWI_SET, as the lower four bits of their opcodes; of loop and jrcxz DWI_NONE. */
enum { DWI_SETS = 1, DWI_CLEARS = 2, DWI_LEAVES = 4 };
enum { DWI_EQUAL = 4, DWI_NOT_EQUAL = 5, DWI_ABOVE = 7, DWI_BELOW_OR_EQUAL = 6, DWI_BELOW = 2, DWI_NOT_BELOW = 3 };

struct dwi_instruction {
    uint64_t address;
    int64_t displacement; /* of memory; relative to the instruction pointer already added up, base then DWI_NONE */
    int64_t immediate;
    uint8_t operation; /* enum dwi_operation */
    uint8_t length;    /* bytes, 1 to 15 */
    uint8_t destination;
    uint8_t source;
    uint8_t base;
    uint8_t index;
    uint8_t scale;
    uint8_t width; /* bytes of the operand */
    uint8_t condition;
    uint8_t isSigned; /* a narrower source was extended with its sign */
    uint8_t isLocked; /* lock prefix, or an exchange with memory */
    uint8_t bits;     /* of DWI_MODIFY: the immediate's bits become 1 (DWI_SETS) or 0 (DWI_CLEARS), no others change;
                      * of DWI_LOAD: DWI_LEAVES, the rest of the register stays as it is */
    uint16_t also;     /* general registers that become something else besides, a bit each */
    uint8_t reserved[2];
};

struct dwi_decoder;

/* A decoder for one thread; null when memory is short or the library has no x86. */
struct dwi_decoder *dwi_open(void);
void dwi_close(struct dwi_decoder *decoder);

/* Decodes from `code`, `*count` bytes that lie at `*address`, until the bytes or the `capacity` of `out` are used up.
 * Returns how many records were written, and moves `*code`, `*count` and `*address` on. A byte that begins no
 * instruction is a record DWI_INVALID. Reads `code` alone; any bytes may be given. */
size_t dwi_decode(struct dwi_decoder *decoder, const uint8_t **code, size_t *count, uint64_t *address,
                  struct dwi_instruction *out, size_t capacity);

#endif
