#include "dw_cfi.h"

#include "dw_bytes.h"

enum {
    // DW_EH_PE_*: how a pointer is encoded (LSB Core 5.0, 10.5). The low four bits are the form, the next three the base.
    PE_ABSPTR = 0x00,
    PE_UDATA2 = 0x02,
    PE_UDATA4 = 0x03,
    PE_UDATA8 = 0x04,
    PE_SDATA2 = 0x0a,
    PE_SDATA4 = 0x0b,
    PE_SDATA8 = 0x0c,
    PE_PCREL = 0x10,
    PE_DATAREL = 0x30,
    PE_ALIGNED = 0x50,
    PE_OMIT = 0xff,
    // Far above what compilers write (a few hundred bytes for one function), so that a hostile table costs little.
    PROGRAM_BYTES = 1 << 16,
    REMEMBERED_ROWS = 8,
};

struct cie {
    uint64_t code_alignment;
    int64_t data_alignment;
    uint64_t return_register;
    uint8_t encoding; // of the FDEs' addresses
    bool has_augmentation;
    bool is_signal;
    struct dw_bytes program;
};

/// A pointer in one of the encodings that .eh_frame has in practice; indirect and aligned ones count as failures.
static uint64_t encoded(struct dw_bytes *bytes, uint8_t encoding) {
    uint64_t place = (uint64_t)bytes->at;
    uint64_t value = 0;
    switch (encoding & 0x0f) {
    case PE_UDATA2: value = dw_bytes_u16(bytes); break;
    case PE_UDATA4: value = dw_bytes_u32(bytes); break;
    case PE_ABSPTR:
    case PE_UDATA8:
    case PE_SDATA8: value = dw_bytes_u64(bytes); break;
    case PE_SDATA2: value = (uint64_t)(int64_t)(int16_t)dw_bytes_u16(bytes); break;
    case PE_SDATA4: value = (uint64_t)(int64_t)(int32_t)dw_bytes_u32(bytes); break;
    default: bytes->failed = true;
    }
    switch (encoding & 0xf0) {
    case PE_ABSPTR: return value;
    case PE_PCREL: return value + place;
    default: bytes->failed = true; return 0;
    }
}

/// The FDE that .eh_frame_hdr's table gives for `pc`, 0 if there is no table or none of its functions begins before.
static uint64_t search_table(const struct dw_module *module, uint64_t pc) {
    struct dw_bytes bytes = {(const uint8_t *)module->header, (const uint8_t *)module->header_high, false};
    uint8_t version = dw_bytes_u8(&bytes);
    uint8_t frame_encoding = dw_bytes_u8(&bytes);
    uint8_t count_encoding = dw_bytes_u8(&bytes);
    uint8_t table_encoding = dw_bytes_u8(&bytes);
    // Other tables than this one, which every linker writes, need not be sorted by a size that is known here.
    if (version != 1 || count_encoding != PE_UDATA4 || table_encoding != (PE_DATAREL | PE_SDATA4)) return 0;
    if (frame_encoding != PE_OMIT) encoded(&bytes, frame_encoding);
    uint64_t count = dw_bytes_u32(&bytes);
    if (bytes.failed || count == 0 || count > (uint64_t)(bytes.end - bytes.at) / 8) return 0;
    const uint8_t *table = bytes.at;
    uint64_t low = 0, high = count;
    while (low < high) { // the first entry that begins after pc
        uint64_t middle = low + (high - low) / 2;
        int32_t start;
        memcpy(&start, table + middle * 8, sizeof start);
        if (module->header + (uint64_t)(int64_t)start <= pc) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return 0;
    int32_t fde;
    memcpy(&fde, table + (low - 1) * 8 + 4, sizeof fde);
    return module->header + (uint64_t)(int64_t)fde;
}

/// The contents of the record (CIE or FDE) at `address`, from its id field on.
static bool record_at(const struct dw_module *module, uint64_t address, struct dw_bytes *record) {
    uint64_t low = module->header_low, high = module->header_high;
    if (address - low >= high - low && !dw_module_segment(module, address, &low, &high)) return false;
    struct dw_bytes bytes = {(const uint8_t *)address, (const uint8_t *)high, false};
    uint64_t length = dw_bytes_u32(&bytes);
    if (length == 0xffffffff) length = dw_bytes_u64(&bytes); // the id field has four bytes all the same in .eh_frame
    *record = dw_bytes_slice(&bytes, length);
    return !record->failed && length != 0;
}

static bool parse_cie(const struct dw_module *module, uint64_t address, struct cie *cie) {
    struct dw_bytes bytes;
    if (!record_at(module, address, &bytes) || dw_bytes_u32(&bytes) != 0) return false;
    uint8_t version = dw_bytes_u8(&bytes);
    if (version != 1 && version != 3) return false;
    char augmentation[8] = {0};
    for (unsigned i = 0;; i++) {
        if (i == sizeof augmentation) return false;
        augmentation[i] = (char)dw_bytes_u8(&bytes);
        if (augmentation[i] == 0) break;
    }
    memset(cie, 0, sizeof *cie);
    cie->code_alignment = dw_bytes_uleb(&bytes);
    cie->data_alignment = dw_bytes_sleb(&bytes);
    cie->return_register = version == 1 ? dw_bytes_u8(&bytes) : dw_bytes_uleb(&bytes);
    if (augmentation[0] == 'z') {
        struct dw_bytes data = dw_bytes_slice(&bytes, dw_bytes_uleb(&bytes));
        cie->has_augmentation = true;
        for (const char *letter = augmentation + 1; *letter != 0; letter++) {
            if (*letter == 'R') {
                cie->encoding = dw_bytes_u8(&data);
            } else if (*letter == 'L') {
                dw_bytes_u8(&data);
            } else if (*letter == 'P') {
                uint8_t encoding = dw_bytes_u8(&data) & 0x7f; // where the personality is does not matter, its size does
                if (encoding == PE_ALIGNED) return false;
                encoded(&data, encoding & 0x0f);
            } else if (*letter == 'S') {
                cie->is_signal = true;
            } else if (*letter != 'B') { // AArch64: signed with key B
                return false;
            }
        }
        if (data.failed) return false;
    } else if (augmentation[0] != 0) {
        return false;
    }
    cie->program = bytes;
    return !bytes.failed;
}

/// Sets the rule of a register if it is one of those wanted.
static void set_rule(struct dw_cfi_row *row, uint64_t reg, uint8_t kind, int64_t offset) {
    int slot = dw_cfi_slot(reg);
    if (slot >= 0) row->registers[slot] = (struct dw_cfi_rule){.kind = kind, .offset = offset};
}

static void set_expression(struct dw_cfi_rule *rule, struct dw_bytes *program) {
    struct dw_bytes block = dw_bytes_slice(program, dw_bytes_uleb(program));
    *rule = (struct dw_cfi_rule){
        .kind = DW_CFI_EXPRESSION, .expression = block.at, .length = (uint32_t)(block.end - block.at)};
}

/// Runs a program until the place where it describes code after `pc`. DWARF 5 section 6.4.2.
static bool run(struct dw_bytes program, const struct cie *cie, const struct dw_cfi_row *initial, uint64_t location,
                uint64_t pc, struct dw_cfi_row *row) {
    struct dw_cfi_row remembered[REMEMBERED_ROWS];
    unsigned depth = 0;
    if (program.end - program.at > PROGRAM_BYTES) return false;
    while (program.at < program.end) {
        uint8_t code = dw_bytes_u8(&program);
        uint64_t advance = 0, reg;
        int64_t offset;
        struct dw_cfi_rule ignored;
        int slot;
        switch (code & 0xc0) {
        case 0x40: // DW_CFA_advance_loc
            location += (code & 0x3f) * cie->code_alignment;
            if (location > pc) return true;
            continue;
        case 0x80: // DW_CFA_offset
            offset = (int64_t)(dw_bytes_uleb(&program) * (uint64_t)cie->data_alignment);
            set_rule(row, code & 0x3f, DW_CFI_AT_OFFSET, offset);
            continue;
        case 0xc0: // DW_CFA_restore
            slot = dw_cfi_slot(code & 0x3f);
            if (slot >= 0) row->registers[slot] = initial->registers[slot];
            continue;
        }
        switch (code) {
        case 0x00: break;                                      // DW_CFA_nop
        case 0x01:                                             // DW_CFA_set_loc
            location = encoded(&program, cie->encoding);
            if (location > pc) return !program.failed;
            break;
        case 0x02: advance = dw_bytes_u8(&program); break;     // DW_CFA_advance_loc1
        case 0x03: advance = dw_bytes_u16(&program); break;    // DW_CFA_advance_loc2
        case 0x04: advance = dw_bytes_u32(&program); break;    // DW_CFA_advance_loc4
        case 0x05:                                             // DW_CFA_offset_extended
            reg = dw_bytes_uleb(&program);
            offset = (int64_t)(dw_bytes_uleb(&program) * (uint64_t)cie->data_alignment);
            set_rule(row, reg, DW_CFI_AT_OFFSET, offset);
            break;
        case 0x06:                                             // DW_CFA_restore_extended
            slot = dw_cfi_slot(dw_bytes_uleb(&program));
            if (slot >= 0) row->registers[slot] = initial->registers[slot];
            break;
        case 0x07: set_rule(row, dw_bytes_uleb(&program), DW_CFI_UNDEFINED, 0); break; // DW_CFA_undefined
        case 0x08: set_rule(row, dw_bytes_uleb(&program), DW_CFI_SAME, 0); break;      // DW_CFA_same_value
        case 0x09:                                                                     // DW_CFA_register
            set_rule(row, dw_bytes_uleb(&program), DW_CFI_OTHER, 0);
            dw_bytes_uleb(&program);
            break;
        case 0x0a: // DW_CFA_remember_state
            if (depth == REMEMBERED_ROWS) return false;
            remembered[depth++] = *row;
            break;
        case 0x0b: // DW_CFA_restore_state
            if (depth == 0) return false;
            *row = remembered[--depth];
            break;
        case 0x0c: // DW_CFA_def_cfa
            reg = dw_bytes_uleb(&program);
            offset = (int64_t)dw_bytes_uleb(&program);
            row->cfa = (struct dw_cfi_rule){.kind = DW_CFI_AT_OFFSET, .reg = (uint32_t)reg, .offset = offset};
            break;
        case 0x0d: // DW_CFA_def_cfa_register
            row->cfa.reg = (uint32_t)dw_bytes_uleb(&program);
            break;
        case 0x0e: // DW_CFA_def_cfa_offset
            row->cfa.offset = (int64_t)dw_bytes_uleb(&program);
            break;
        case 0x0f: set_expression(&row->cfa, &program); break; // DW_CFA_def_cfa_expression
        case 0x10:                                             // DW_CFA_expression
            slot = dw_cfi_slot(dw_bytes_uleb(&program));
            set_expression(slot >= 0 ? &row->registers[slot] : &ignored, &program);
            break;
        case 0x11: // DW_CFA_offset_extended_sf
            reg = dw_bytes_uleb(&program);
            offset = (int64_t)((uint64_t)dw_bytes_sleb(&program) * (uint64_t)cie->data_alignment);
            set_rule(row, reg, DW_CFI_AT_OFFSET, offset);
            break;
        case 0x12: // DW_CFA_def_cfa_sf
            reg = dw_bytes_uleb(&program);
            offset = (int64_t)((uint64_t)dw_bytes_sleb(&program) * (uint64_t)cie->data_alignment);
            row->cfa = (struct dw_cfi_rule){.kind = DW_CFI_AT_OFFSET, .reg = (uint32_t)reg, .offset = offset};
            break;
        case 0x13: // DW_CFA_def_cfa_offset_sf
            row->cfa.offset = (int64_t)((uint64_t)dw_bytes_sleb(&program) * (uint64_t)cie->data_alignment);
            break;
        case 0x14: // DW_CFA_val_offset
        case 0x15: // DW_CFA_val_offset_sf: both of the same length
            set_rule(row, dw_bytes_uleb(&program), DW_CFI_OTHER, 0);
            dw_bytes_uleb(&program);
            break;
        case 0x16: // DW_CFA_val_expression
            set_rule(row, dw_bytes_uleb(&program), DW_CFI_OTHER, 0);
            set_expression(&ignored, &program);
            break;
        case 0x2d: break;                             // DW_CFA_GNU_window_save, DW_CFA_AARCH64_negate_ra_state
        case 0x2e: dw_bytes_uleb(&program); break;    // DW_CFA_GNU_args_size
        case 0x2f:                                    // DW_CFA_GNU_negative_offset_extended
            reg = dw_bytes_uleb(&program);
            offset = (int64_t)(0 - dw_bytes_uleb(&program) * (uint64_t)cie->data_alignment);
            set_rule(row, reg, DW_CFI_AT_OFFSET, offset);
            break;
        default: return false;
        }
        if (program.failed) return false;
        location += advance * cie->code_alignment;
        if (location > pc) return true;
    }
    return !program.failed;
}

enum dw_cfi_result dw_cfi_find(const struct dw_module *module, uint64_t pc, struct dw_cfi_row *row) {
    if (module->header == 0) return DW_CFI_NONE;
    uint64_t address = search_table(module, pc);
    if (address == 0) return DW_CFI_NONE;
    struct dw_bytes fde;
    if (!record_at(module, address, &fde)) return DW_CFI_UNSUPPORTED;
    uint64_t id_place = (uint64_t)fde.at;
    uint32_t distance = dw_bytes_u32(&fde);
    struct cie cie;
    if (distance == 0 || !parse_cie(module, id_place - distance, &cie)) return DW_CFI_UNSUPPORTED;
    if (cie.return_register != DW_CFI_RETURN_ADDRESS) return DW_CFI_UNSUPPORTED;
    uint64_t start = encoded(&fde, cie.encoding);
    uint64_t size = encoded(&fde, cie.encoding & 0x0f);
    if (cie.has_augmentation) dw_bytes_slice(&fde, dw_bytes_uleb(&fde));
    if (fde.failed) return DW_CFI_UNSUPPORTED;
    if (pc - start >= size) return DW_CFI_NONE;
    memset(row, 0, sizeof *row);
    struct dw_cfi_row initial = *row;
    // Before its first row a CIE's program may describe anything: it has no place of its own.
    if (!run(cie.program, &cie, &initial, 0, UINT64_MAX, row)) return DW_CFI_UNSUPPORTED;
    initial = *row;
    if (!run(fde, &cie, &initial, start, pc, row)) return DW_CFI_UNSUPPORTED;
    row->is_signal = cie.is_signal;
    return DW_CFI_FOUND;
}
