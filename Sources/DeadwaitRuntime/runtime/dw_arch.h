/// What the unwinder needs to know of a processor. One file each, which defines
///
///   struct dw_registers             the registers a frame's rules can use, `pc` and `sp` among them
///   DW_CFI_REGISTERS, dw_cfi_slot() the DWARF registers whose rules are wanted, and DW_CFI_RETURN_ADDRESS
///   DW_RULE_BITS, dw_rule_pack()    a row of call frame information as a number, of that many bits if it is to be cached
///   DW_RULE_SPECIAL, dw_rule_...()  what there is instead of a row
///   dw_rule_step(), dw_frame_pointer_step(), dw_signal_step()   one frame outward
///   dw_registers_of_context()       the registers in a ucontext_t
///   dw_backtrace                    in assembly: saves the caller's registers and calls dw_backtrace_entered()
#ifndef DEADWAIT_ARCH_H
#define DEADWAIT_ARCH_H

#if defined(__x86_64__)
#include "dw_arch_x86_64.h"
#else
#error "Deadwait's runtime has no unwinder for this processor"
#endif

#endif
