# Debug information that no compiler writes: two thousand units with a function each, all of whose ranges are one list
# of four thousand.
    .text
    .globl f
f:
    ret
    .size f, 1

    .section .debug_abbrev, "", @progbits
.Labbreviations:
    # DW_TAG_compile_unit with children, DW_AT_ranges as DW_FORM_sec_offset
    .uleb128 1
    .uleb128 0x11
    .byte 1
    .uleb128 0x55
    .uleb128 0x17
    .byte 0, 0
    # DW_TAG_subprogram, DW_AT_ranges as DW_FORM_sec_offset
    .uleb128 2
    .uleb128 0x2e
    .byte 0
    .uleb128 0x55
    .uleb128 0x17
    .byte 0, 0
    .byte 0

    .section .debug_info, "", @progbits
    .rept 2000
    .long 2f - 1f
1:
    .short 4
    .long .Labbreviations
    .byte 8
    .uleb128 1
    .long .Lranges
    .uleb128 2
    .long .Lranges
    .byte 0
2:
    .endr

    .section .debug_ranges, "", @progbits
.Lranges:
    .rept 4000
    .quad 0x1000, 0x1001
    .endr
    .quad 0, 0
