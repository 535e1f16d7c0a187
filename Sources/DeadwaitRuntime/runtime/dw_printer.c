#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "dw_print.h"
#include "dw_system.h"

void dw_printer_begin(struct dw_printer *printer, int fd, uint64_t deadline, uint64_t stall) {
    printer->fd = fd;
    printer->opened = -1;
    printer->error = 0;
    printer->used = 0;
    printer->line = 0;
    printer->written = 0;
    printer->deadline = deadline;
    printer->stall_left = (int64_t)stall;
    struct stat status;
    long result = DW_SYSTEM3(SYS_fstat, fd, &status, 0);
    if (result < 0) {
        printer->error = (int)-result;
        return;
    }
    // Opened anew below, a descriptor for reading only would be written to: a program's own pipe, for instance.
    result = DW_SYSTEM3(SYS_fcntl, fd, F_GETFL, 0);
    if (result < 0 || (result & O_ACCMODE) == O_RDONLY || (result & O_PATH)) {
        printer->error = EBADF;
        return;
    }
    if (S_ISREG(status.st_mode)) {
        // Another description of it would write at an offset of its own, over what the program writes.
        printer->output = DW_OUTPUT_FILE;
        return;
    }
    if (S_ISSOCK(status.st_mode)) {
        printer->output = DW_OUTPUT_SOCKET;
        return;
    }
    // O_NONBLOCK belongs to the description, which the program and other processes share: it is set on one of our own.
    char path[40] = "/proc/self/fd/";
    dw_decimal(path + 14, (uint64_t)(unsigned)fd);
    result = DW_SYSTEM4(SYS_openat, AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_APPEND, 0);
    if (result >= 0) {
        printer->fd = printer->opened = (int)result;
        printer->output = DW_OUTPUT_UNBLOCKED;
    } else {
        printer->output = DW_OUTPUT_BLOCKING; // no /proc, or the pipe is another user's
    }
}

/// Waits until the descriptor takes bytes; false once the time for that is over.
static bool wait_for_reader(struct dw_printer *printer) {
    uint64_t now = dw_now();
    int64_t left = printer->deadline > now ? (int64_t)(printer->deadline - now) : 0;
    if (left > printer->stall_left) left = printer->stall_left;
    if (left <= 0) return false;
    struct pollfd poller = {.fd = printer->fd, .events = POLLOUT};
    struct timespec time = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    // ppoll and not poll: a time limit below a millisecond is not rounded to 0.
    long result = dw_system(SYS_ppoll, (long)&poller, 1, (long)&time, 0, 0, 0);
    uint64_t after = dw_now();
    printer->stall_left -= (int64_t)(after - now);
    return result > 0 || result == -EINTR;
}

static void write_out(struct dw_printer *printer, uint32_t count) {
    uint32_t done = 0;
    while (done < count && printer->error == 0) {
        const char *from = printer->buffer + done;
        long result;
        if (printer->output == DW_OUTPUT_SOCKET) {
            result = dw_system(SYS_sendto, printer->fd, (long)from, count - done, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
        } else if (printer->output == DW_OUTPUT_BLOCKING && !wait_for_reader(printer)) {
            // Between a pipe's POLLOUT and the write another writer may fill it: then the write waits for the reader.
            result = -EAGAIN;
        } else {
            result = DW_SYSTEM3(SYS_write, printer->fd, from, count - done);
        }
        if (result > 0) {
            done += (uint32_t)result;
            printer->written += (uint64_t)result;
        } else if (result == -EAGAIN) {
            if (!wait_for_reader(printer)) printer->error = EAGAIN;
        } else if (result != -EINTR) {
            printer->error = result == 0 ? EIO : (int)-result;
        }
    }
    for (uint32_t i = count; i < printer->used; i++) printer->buffer[i - count] = printer->buffer[i];
    printer->used -= count;
    printer->line = 0;
}

void dw_print(struct dw_printer *printer, const char *text) {
    for (; *text != 0; text++) {
        if (printer->error != 0) return;
        if (printer->used == DW_PRINT_BUFFER) write_out(printer, printer->line > 0 ? printer->line : printer->used);
        printer->buffer[printer->used++] = *text;
        if (*text == '\n') printer->line = printer->used;
    }
}

bool dw_printer_is_over(struct dw_printer *printer) {
    if (printer->error == 0 && dw_now() > printer->deadline) printer->error = ETIME;
    return printer->error != 0;
}

int dw_printer_end(struct dw_printer *printer) {
    int error = printer->error;
    if (error == ETIME || error == EAGAIN) {
        // Half a line may stand at the end of what was written. A last try, which waits for nobody.
        printer->error = 0;
        printer->used = printer->line;
        if (error == EAGAIN) printer->used = 0;
        printer->stall_left = printer->output == DW_OUTPUT_BLOCKING ? 1 : 0;
        printer->deadline = UINT64_MAX;
        dw_print(printer, error == ETIME ? "\n(the dump is cut here: its time was over)\n"
                                         : "\n(the dump is cut here: nobody read it)\n");
    }
    if (printer->used > 0) write_out(printer, printer->used);
    if (error == 0) error = printer->error;
    if (printer->opened >= 0) DW_SYSTEM3(SYS_close, printer->opened, 0, 0);
    printer->opened = -1;
    return error;
}
