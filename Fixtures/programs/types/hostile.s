# Debug information that refers to itself in every way: no compiler writes it.
        .text
        .globl hostile
hostile:
        ret
        .globl g_ring
        .bss
g_ring: .skip 64

        .section .debug_abbrev,"",@progbits
abbreviations:
        .uleb128 1, 0x11            # unit
        .byte 1
        .uleb128 0x03, 0x08, 0, 0
        .uleb128 2, 0x13            # structure: name, size
        .byte 1
        .uleb128 0x03, 0x08, 0x0b, 0x0b, 0, 0
        .uleb128 3, 0x0d            # member: name, type, offset
        .byte 0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x38, 0x0f, 0, 0
        .uleb128 4, 0x16            # typedef: name, type
        .byte 0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0, 0
        .uleb128 5, 0x01            # array: type
        .byte 1
        .uleb128 0x49, 0x13, 0, 0
        .uleb128 6, 0x21            # dimension: highest index
        .byte 0
        .uleb128 0x2f, 0x07, 0, 0
        .uleb128 7, 0x0f            # pointer: type
        .byte 0
        .uleb128 0x49, 0x13, 0, 0
        .uleb128 8, 0x34            # variable: name, type, place
        .byte 0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0
        .uleb128 0

        .section .debug_info,"",@progbits
unit:
        .long unit_end - unit_start
unit_start:
        .value 4
        .long 0
        .byte 8
        .uleb128 1
        .asciz "hostile"
ring:
        .uleb128 2
        .asciz "ring"
        .byte 8
        .uleb128 3
        .asciz "self"
        .long ring - unit
        .uleb128 0
        .uleb128 3
        .asciz "next"
        .long ring - unit
        .uleb128 4
        .uleb128 3
        .asciz "more"
        .long pairs - unit
        .uleb128 0
        .uleb128 0
pairs:
        .uleb128 5
        .long ring - unit
        .uleb128 6
        .quad 1
        .uleb128 0
itself:
        .uleb128 4
        .asciz "itself"
        .long itself - unit
arrays:
        .uleb128 5
        .long arrays - unit
        .uleb128 6
        .quad 4
        .uleb128 0
huge:
        .uleb128 5
        .long ring - unit
        .uleb128 6
        .quad 0xfffffffffffffffe
        .uleb128 6
        .quad 0xfffffffffffffffe
        .uleb128 0
pointers:
        .rept 20000
        .uleb128 7
        .long . + 4 - unit
        .endr
        .uleb128 7
        .long pointers - unit
users:
        .uleb128 2
        .asciz "users"
        .byte 64
        .uleb128 3
        .asciz "typedef"
        .long itself - unit
        .uleb128 0
        .uleb128 3
        .asciz "array"
        .long arrays - unit
        .uleb128 8
        .uleb128 3
        .asciz "pointers"
        .long pointers - unit
        .uleb128 16
        .uleb128 3
        .asciz "nowhere"
        .long 0x7fff0000
        .uleb128 24
        .uleb128 3
        .asciz "huge"
        .long huge - unit
        .uleb128 32
        .uleb128 3
        .asciz "far"
        .long ring - unit
        .uleb128 0xffffffffffffffff
        .uleb128 0
        .uleb128 8
        .asciz "g_ring"
        .long users - unit
        .uleb128 1f - 0f
0:      .byte 0x03
        .quad g_ring
1:
        .uleb128 0
unit_end:
        .section .note.GNU-stack,"",@progbits
