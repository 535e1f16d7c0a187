/// Text for people from inside a signal handler: no stdio, no allocation, no lock, errno untouched.
///
/// A printer waits for a reader that is slow, but only so long: `stall_left` is all the time that it will spend in
/// poll(2), and `deadline` ends it whatever happens. What comes after either is dropped, and the printer says so in
/// its last line if that can still be written.
#ifndef DEADWAIT_PRINT_H
#define DEADWAIT_PRINT_H

#include "dw_runtime.h"

#pragma GCC visibility push(hidden)

enum dw_output { DW_OUTPUT_FILE, DW_OUTPUT_UNBLOCKED, DW_OUTPUT_SOCKET, DW_OUTPUT_BLOCKING };

enum { DW_PRINT_BUFFER = 4096 }; // PIPE_BUF: a pipe takes one buffer whole, unmixed with others' writes (pipe(7))

struct dw_printer {
    int fd;
    int opened;       // a descriptor to close, -1 if none
    int error;        // errno value that ended the output, 0 while it goes on
    uint32_t output;  // dw_output
    uint32_t used;    // bytes of `buffer`
    uint32_t line;    // bytes of `buffer` that are whole lines
    uint64_t deadline; // dw_now() after which nothing more is written
    int64_t stall_left; // nanoseconds
    uint64_t written; // bytes
    char buffer[DW_PRINT_BUFFER];
};

/// Prepares to write to `fd`, which stays the caller's and is never changed: another description of the same pipe or
/// terminal is opened to write without blocking.
void dw_printer_begin(struct dw_printer *printer, int fd, uint64_t deadline, uint64_t stall);
/// Writes what is left, and why it was cut short if it was. Returns 0 or the errno value that ended it: EAGAIN if the
/// reader was too slow, ETIME at the deadline.
int dw_printer_end(struct dw_printer *printer);
/// True once nothing that is printed can be written any more.
bool dw_printer_is_over(struct dw_printer *printer);

void dw_print(struct dw_printer *printer, const char *text);
/// At most `limit` bytes up to a zero; control characters, quotes and bytes beyond ASCII that are not UTF-8's
/// continuation are written as \xNN, so that a name cannot write to a terminal what it likes.
void dw_print_quoted(struct dw_printer *printer, const char *text, uint32_t limit);
void dw_print_bare(struct dw_printer *printer, const char *text, uint32_t limit);
void dw_print_number(struct dw_printer *printer, uint64_t value);
/// With zeros in front up to `width` digits.
void dw_print_padded(struct dw_printer *printer, uint64_t value, uint32_t width);
void dw_print_address(struct dw_printer *printer, uint64_t address);
/// A length of time: "2 h 05 min", "17.250 s", "3.120 ms".
void dw_print_duration(struct dw_printer *printer, uint64_t nanoseconds);
/// A date and time of UTC from nanoseconds since the epoch.
void dw_print_date(struct dw_printer *printer, uint64_t nanoseconds);
/// "1 thread", "2 threads".
void dw_print_count(struct dw_printer *printer, uint64_t count, const char *singular);

/// Decimal digits of `value` into `text`, which has room for 21 bytes; returns how many, and ends them with a zero.
uint32_t dw_decimal(char *text, uint64_t value);

#pragma GCC visibility pop

#endif
