/// Call frame information: the row of an .eh_frame section that belongs to a pc.
///
/// Sources: DWARF 5 section 6.4; Linux Standard Base Core 5.0, chapter 10.6 (.eh_frame, .eh_frame_hdr).
#ifndef DEADWAIT_CFI_H
#define DEADWAIT_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "dw_arch.h"
#include "dw_modules.h"

#pragma GCC visibility push(hidden)

enum dw_cfi_kind {
    DW_CFI_SAME = 0, // also where the tables say nothing
    DW_CFI_UNDEFINED,
    DW_CFI_AT_OFFSET,  // saved at CFA + offset
    DW_CFI_EXPRESSION, // saved at the address that an expression gives
    DW_CFI_OTHER,      // in another register, or computed
};

/// Where the caller's value of a register is, or how the CFA is found.
struct dw_cfi_rule {
    uint8_t kind;           // dw_cfi_kind; of the CFA: DW_CFI_AT_OFFSET (of a register) or DW_CFI_EXPRESSION
    uint32_t reg;           // of the CFA
    int64_t offset;
    const uint8_t *expression; // in the module, within its segments
    uint32_t length;           // of the expression, bytes
};

struct dw_cfi_row {
    struct dw_cfi_rule cfa;
    struct dw_cfi_rule registers[DW_CFI_REGISTERS]; // by dw_cfi_slot()
    bool is_signal; // the code is a signal handler's return (augmentation S)
};

enum dw_cfi_result {
    DW_CFI_FOUND,
    DW_CFI_NONE,        // nothing describes this pc
    DW_CFI_UNSUPPORTED, // something does, in a form that is malformed or not known
};

/// Finds the row for `pc` in its module. Reads only within the module's segments; async-signal-safe.
enum dw_cfi_result dw_cfi_find(const struct dw_module *module, uint64_t pc, struct dw_cfi_row *row);

#pragma GCC visibility pop

#endif
