/* What power_loss.c writes and power_loss_undo.c reads: a journal of what would not survive a loss of power.
 *
 * $POWER_LOSS/journal is a sequence of records, each followed by `length` bytes; each was written before the call that
 * it tells of was made, but for the synchronizing ones, which were written after. $POWER_LOSS/N are further names of
 * files that a rename or unlink would have let go. */
#pragma once
#include <stdint.h>

enum power_loss_kind {
    POWER_LOSS_WRITE = 1,    /* bytes: what was there before, as far as the file reached */
    POWER_LOSS_TRUNCATE,     /* bytes: what is cut off */
    POWER_LOSS_SYNC,         /* a file, all before `offset` of the journal */
    POWER_LOSS_CREATE,       /* bytes: path, NUL */
    POWER_LOSS_RENAME,       /* bytes: old path, NUL, new path, NUL */
    POWER_LOSS_UNLINK,       /* bytes: path, NUL */
    POWER_LOSS_SYNC_FOLDER,  /* the names, all before `offset` of the journal */
};

struct power_loss_record {
    uint32_t kind;
    uint32_t length;
    uint64_t inode;
    uint64_t offset;
    uint64_t count;    /* written */
    uint64_t old_size; /* of the file */
    uint64_t backup;   /* the number of a further name of the file that is let go; 0 for none */
};
