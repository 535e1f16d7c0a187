#include "dw_print.h"

uint32_t dw_decimal(char *text, uint64_t value) {
    char reversed[20];
    uint32_t count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (uint32_t i = 0; i < count; i++) text[i] = reversed[count - 1 - i];
    text[count] = 0;
    return count;
}

void dw_print_padded(struct dw_printer *printer, uint64_t value, uint32_t width) {
    char digits[21];
    for (uint32_t count = dw_decimal(digits, value); count < width; count++) dw_print(printer, "0");
    dw_print(printer, digits);
}

void dw_print_number(struct dw_printer *printer, uint64_t value) { dw_print_padded(printer, value, 1); }

void dw_print_address(struct dw_printer *printer, uint64_t address) {
    char text[19] = "0x";
    uint32_t used = 2;
    int shift = 60;
    while (shift > 0 && (address >> shift) == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) text[used++] = "0123456789abcdef"[(address >> shift) & 15];
    text[used] = 0;
    dw_print(printer, text);
}

/// Bytes of the UTF-8 sequence at `text`, of which `left` may be read; 0 if it is none (RFC 3629, section 4; overlong
/// forms and surrogates are let through, since they harm no terminal) or a control character of the C1 set.
static uint32_t utf8_length(const unsigned char *text, uint32_t left) {
    uint32_t length = text[0] >= 0xF0 && text[0] < 0xF5 ? 4 : text[0] >= 0xE0 ? 3 : text[0] >= 0xC2 ? 2 : 0;
    if (text[0] >= 0xF5 || length == 0 || length > left) return 0;
    for (uint32_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80) return 0;
    }
    return text[0] == 0xC2 && text[1] < 0xA0 ? 0 : length;
}

void dw_print_bare(struct dw_printer *printer, const char *text, uint32_t limit) {
    uint32_t length = 0;
    while (length < limit && text[length] != 0) length++;
    for (uint32_t i = 0; i < length;) {
        unsigned char byte = (unsigned char)text[i];
        uint32_t bytes = byte >= 0x80 ? utf8_length((const unsigned char *)text + i, length - i) : 1;
        char piece[5] = {0};
        if (bytes == 0 || byte < ' ' || byte == 0x7F || byte == '"' || byte == '\\') {
            piece[0] = '\\';
            piece[1] = 'x';
            piece[2] = "0123456789abcdef"[byte >> 4];
            piece[3] = "0123456789abcdef"[byte & 15];
            bytes = 1;
        } else {
            for (uint32_t k = 0; k < bytes; k++) piece[k] = text[i + k];
        }
        dw_print(printer, piece);
        i += bytes;
    }
}

void dw_print_quoted(struct dw_printer *printer, const char *text, uint32_t limit) {
    dw_print(printer, "\"");
    dw_print_bare(printer, text, limit);
    dw_print(printer, "\"");
}

void dw_print_duration(struct dw_printer *printer, uint64_t nanoseconds) {
    uint64_t seconds = nanoseconds / 1000000000, minutes = seconds / 60, hours = minutes / 60;
    if (hours >= 48) {
        dw_print_number(printer, hours / 24);
        dw_print(printer, " d ");
        dw_print_number(printer, hours % 24);
        dw_print(printer, " h");
    } else if (hours > 0) {
        dw_print_number(printer, hours);
        dw_print(printer, " h ");
        dw_print_padded(printer, minutes % 60, 2);
        dw_print(printer, " min");
    } else {
        bool long_enough = seconds > 0;
        uint64_t thousandths = long_enough ? nanoseconds / 1000000 : nanoseconds / 1000;
        dw_print_number(printer, thousandths / 1000);
        dw_print(printer, ".");
        dw_print_padded(printer, thousandths % 1000, 3);
        dw_print(printer, long_enough ? " s" : " ms");
    }
}

/// The civil date of a day counted from 1970-01-01: years are counted from March, so that the leap day is the last
/// (proleptic Gregorian calendar, 400 years are 146,097 days).
void dw_print_date(struct dw_printer *printer, uint64_t nanoseconds) {
    uint64_t seconds = nanoseconds / 1000000000, days = seconds / 86400 + 719468; // from 0000-03-01
    uint64_t era = days / 146097, day = days % 146097;
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    uint64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * day_of_year + 2) / 153; // 0 is March
    dw_print_padded(printer, era * 400 + year + (month >= 10), 4);
    dw_print(printer, "-");
    dw_print_padded(printer, month < 10 ? month + 3 : month - 9, 2);
    dw_print(printer, "-");
    dw_print_padded(printer, day_of_year - (153 * month + 2) / 5 + 1, 2);
    dw_print(printer, " ");
    dw_print_padded(printer, seconds / 3600 % 24, 2);
    dw_print(printer, ":");
    dw_print_padded(printer, seconds / 60 % 60, 2);
    dw_print(printer, ":");
    dw_print_padded(printer, seconds % 60, 2);
    dw_print(printer, ".");
    dw_print_padded(printer, nanoseconds / 1000000 % 1000, 3);
    dw_print(printer, " UTC");
}

void dw_print_count(struct dw_printer *printer, uint64_t count, const char *singular) {
    dw_print_number(printer, count);
    dw_print(printer, " ");
    dw_print(printer, singular);
    if (count != 1) dw_print(printer, "s");
}
