/// A cursor over bytes that never leaves them: after a read beyond the end every further read gives 0 and `failed` is
/// set.
#ifndef DEADWAIT_BYTES_H
#define DEADWAIT_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct dw_bytes {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static inline bool dw_bytes_take(struct dw_bytes *bytes, void *value, uint64_t size) {
    if (bytes->failed || size > (uint64_t)(bytes->end - bytes->at)) {
        bytes->failed = true;
        return false;
    }
    memcpy(value, bytes->at, size);
    bytes->at += size;
    return true;
}

static inline uint8_t dw_bytes_u8(struct dw_bytes *bytes) {
    uint8_t value = 0;
    dw_bytes_take(bytes, &value, sizeof value);
    return value;
}

static inline uint16_t dw_bytes_u16(struct dw_bytes *bytes) {
    uint16_t value = 0;
    dw_bytes_take(bytes, &value, sizeof value);
    return value;
}

static inline uint32_t dw_bytes_u32(struct dw_bytes *bytes) {
    uint32_t value = 0;
    dw_bytes_take(bytes, &value, sizeof value);
    return value;
}

static inline uint64_t dw_bytes_u64(struct dw_bytes *bytes) {
    uint64_t value = 0;
    dw_bytes_take(bytes, &value, sizeof value);
    return value;
}

/// LEB128 (DWARF 5 section 7.6) of at most ten bytes; more is a failure, bits beyond the 64th are lost.
static inline uint64_t dw_bytes_uleb(struct dw_bytes *bytes) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = dw_bytes_u8(bytes);
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (!(byte & 0x80)) return value;
    }
    bytes->failed = true;
    return 0;
}

static inline int64_t dw_bytes_sleb(struct dw_bytes *bytes) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = dw_bytes_u8(bytes);
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte & 0x80) continue;
        if ((byte & 0x40) && shift + 7 < 64) value |= ~(uint64_t)0 << (shift + 7);
        return (int64_t)value;
    }
    bytes->failed = true;
    return 0;
}

/// Takes `length` bytes out as a cursor of their own.
static inline struct dw_bytes dw_bytes_slice(struct dw_bytes *bytes, uint64_t length) {
    struct dw_bytes slice = {bytes->at, bytes->at, true};
    if (bytes->failed || length > (uint64_t)(bytes->end - bytes->at)) {
        bytes->failed = true;
        return slice;
    }
    slice.end = bytes->at + length;
    slice.failed = false;
    bytes->at = slice.end;
    return slice;
}

#endif
