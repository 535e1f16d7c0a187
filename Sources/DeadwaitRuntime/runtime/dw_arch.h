/// What the unwinder needs to know of a processor. One header and one .c each, which define
///
///   struct dw_registers             the registers that rules can use, with `pc` and `sp` among them
///   DW_ADDRESS_BITS, DW_PC_SHIFT    bits of a code address, and how many of the lowest are always 0
///   DW_RED_ZONE                     bytes below the stack pointer that an interrupted function may use
///   DW_CFI_REGISTERS, dw_cfi_slot(), DW_CFI_RETURN_ADDRESS   the DWARF registers whose rules are wanted
///   DW_RULE_BITS, dw_rule_pack()    a row of call frame information as a number, of that many bits if it may be cached
///   dw_rule_special() and so on     what there is instead of a row; dw_rule_is_cacheable()
///   dw_rule_step(), dw_frame_pointer_step(), dw_signal_step()   one frame outward, reading only what may be read
///   DW_SIGNAL_CODE_BYTES, dw_is_signal_code()   the code to which signal handlers return
///   dw_registers_of_context()       the registers in a ucontext_t
///   dw_backtrace, dw_backtrace_trailed   in assembly: save the caller's registers and call the same with _entered
#ifndef DEADWAIT_ARCH_H
#define DEADWAIT_ARCH_H

#if defined(__x86_64__)
#include "dw_arch_x86_64.h"
#else
#error "Deadwait's runtime has no unwinder for this processor"
#endif

#endif
