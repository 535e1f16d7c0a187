/* Takes back what a program under power_loss.c had written and not synchronized: `power_loss_undo FOLDER SEED`.
 *
 * Of each file the first of the unsynchronized writes are kept, as many as chance says, the next one in some of its
 * sectors only, the rest not at all; of the names of the folder the first changes, as many as chance says. Then the
 * journal is emptied. A line about what was done is added to $POWER_LOSS/figures. */
#define _GNU_SOURCE
#include "power_loss.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

struct entry {
    struct power_loss_record *record;
    char *bytes;
    uint64_t position; /* in the journal */
};

static struct entry *entries;
static size_t entry_count;
static const char *folder, *place;
static unsigned long undone, torn, names;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static char *path_of(const char *directory, const char *name)
{
    char *path;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        fail("asprintf");
    return path;
}

static void read_journal(const char *path)
{
    int descriptor = open(path, O_RDONLY);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        fail(path);
    size_t size = (size_t)status.st_size, at = 0;
    char *whole = malloc(size + 1);
    if (!whole || read(descriptor, whole, size) != (ssize_t)size)
        fail(path);
    close(descriptor);
    entries = calloc(size / sizeof(struct power_loss_record) + 1, sizeof *entries);
    if (!entries)
        fail("calloc");
    /* The last record may be a beginning: its call was not made. */
    while (size - at >= sizeof(struct power_loss_record)) {
        struct power_loss_record *record = malloc(sizeof *record);
        if (!record)
            fail("malloc");
        memcpy(record, whole + at, sizeof *record);
        if (size - at - sizeof *record < record->length)
            break;
        entries[entry_count++] = (struct entry){record, whole + at + sizeof *record, at};
        at += sizeof *record + record->length;
    }
}

/* How many of `count` are kept: none, all, or some, each as likely. */
static size_t kept(size_t count)
{
    switch (random() % 3) {
    case 0: return 0;
    case 1: return count;
    default: return (size_t)random() % (count + 1);
    }
}

static int open_inode(uint64_t inode)
{
    const char *places[] = {folder, place};
    for (int index = 0; index < 2; index++) {
        DIR *directory = opendir(places[index]);
        struct dirent *item;
        if (!directory)
            fail(places[index]);
        while ((item = readdir(directory))) {
            if (item->d_ino != inode)
                continue;
            char *path = path_of(places[index], item->d_name);
            int descriptor = open(path, O_RDWR);
            if (descriptor < 0)
                fail(path);
            free(path);
            closedir(directory);
            return descriptor;
        }
        closedir(directory);
    }
    fprintf(stderr, "no file has inode %lu\n", (unsigned long)inode);
    exit(1);
}

/* Puts the old bytes back, in all sectors or in those that chance says. */
static void undo_write(int descriptor, const struct entry *entry, int is_torn)
{
    const struct power_loss_record *record = entry->record;
    uint64_t end = record->offset + record->count, size = record->old_size;
    for (uint64_t at = record->offset; at < end;) {
        uint64_t next = (at / SECTOR + 1) * SECTOR;
        if (next > end)
            next = end;
        uint64_t there = record->offset + record->length;
        if (is_torn && random() % 2) {
            size = next > size ? next : size;
        } else {
            char zeros[SECTOR] = {0};
            uint64_t old = at < there ? (next < there ? next : there) - at : 0;
            if (pwrite(descriptor, entry->bytes + (at - record->offset), old, (off_t)at) != (ssize_t)old ||
                pwrite(descriptor, zeros, next - at - old, (off_t)(at + old)) != (ssize_t)(next - at - old))
                fail("pwrite");
        }
        at = next;
    }
    if (ftruncate(descriptor, (off_t)size) != 0)
        fail("ftruncate");
}

static void undo_file(uint64_t inode)
{
    uint64_t durable = 0;
    size_t count = 0;
    size_t *open_ones = calloc(entry_count, sizeof *open_ones);
    if (!open_ones)
        fail("calloc");
    for (size_t index = 0; index < entry_count; index++)
        if (entries[index].record->kind == POWER_LOSS_SYNC && entries[index].record->inode == inode &&
            entries[index].record->offset > durable)
            durable = entries[index].record->offset;
    for (size_t index = 0; index < entry_count; index++) {
        uint32_t kind = entries[index].record->kind;
        if (entries[index].record->inode == inode && (kind == POWER_LOSS_WRITE || kind == POWER_LOSS_TRUNCATE) &&
            entries[index].position >= durable)
            open_ones[count++] = index;
    }
    size_t keep = kept(count);
    if (keep < count) {
        int descriptor = open_inode(inode);
        for (size_t index = count; index-- > keep;) {
            struct entry *entry = &entries[open_ones[index]];
            if (entry->record->kind == POWER_LOSS_WRITE) {
                int is_torn = index == keep && random() % 2;
                undo_write(descriptor, entry, is_torn);
                torn += (unsigned long)is_torn;
            } else if (ftruncate(descriptor, (off_t)entry->record->old_size) != 0 ||
                       pwrite(descriptor, entry->bytes, entry->record->length, (off_t)entry->record->offset) < 0) {
                fail("ftruncate");
            }
            undone++;
        }
        close(descriptor);
    }
    free(open_ones);
}

static void undo_name(const struct entry *entry)
{
    char backup[32];
    struct stat status;
    snprintf(backup, sizeof backup, "%lu", (unsigned long)entry->record->backup);
    char *old = path_of(place, backup);
    const char *path = entry->bytes;
    switch (entry->record->kind) {
    case POWER_LOSS_CREATE:
        unlink(path);
        break;
    case POWER_LOSS_RENAME: {
        const char *to = path + strlen(path) + 1;
        /* Where the old name is there still, the call was not made. */
        if (stat(path, &status) == 0)
            break;
        if (rename(to, path) != 0)
            fail(to);
        if (entry->record->backup && link(old, to) != 0)
            fail(old);
        break;
    }
    case POWER_LOSS_UNLINK:
        if (entry->record->backup && stat(path, &status) != 0 && link(old, path) != 0)
            fail(old);
        break;
    }
    names++;
    free(old);
}

static void undo_names(void)
{
    uint64_t durable = 0;
    size_t count = 0;
    for (size_t index = 0; index < entry_count; index++)
        if (entries[index].record->kind == POWER_LOSS_SYNC_FOLDER && entries[index].record->offset > durable)
            durable = entries[index].record->offset;
    for (int pass = 0; pass < 2; pass++) {
        size_t keep = pass ? kept(count) : 0, left = count - (pass ? keep : 0);
        for (size_t index = entry_count; index-- > 0;) {
            uint32_t kind = entries[index].record->kind;
            if ((kind != POWER_LOSS_CREATE && kind != POWER_LOSS_RENAME && kind != POWER_LOSS_UNLINK) ||
                entries[index].position < durable)
                continue;
            if (!pass)
                count++;
            else if (left > 0) {
                left--;
                undo_name(&entries[index]);
            }
        }
    }
}

static void forget(void)
{
    DIR *directory = opendir(place);
    struct dirent *item;
    if (!directory)
        fail(place);
    while ((item = readdir(directory))) {
        char *path = path_of(place, item->d_name);
        if (strcmp(item->d_name, "figures") != 0)
            unlink(path);
        free(path);
    }
    closedir(directory);
}

int main(int count, char **arguments)
{
    place = getenv("POWER_LOSS");
    if (count != 3 || !place)
        return 64;
    folder = arguments[1];
    srandom((unsigned)strtoul(arguments[2], NULL, 10));
    char *journal = path_of(place, "journal");
    if (access(journal, F_OK) != 0)
        return 0;
    read_journal(journal);
    for (size_t index = 0; index < entry_count; index++) {
        uint64_t inode = entries[index].record->inode;
        size_t earlier = 0;
        uint32_t kind = entries[index].record->kind;
        if (kind != POWER_LOSS_WRITE && kind != POWER_LOSS_TRUNCATE)
            continue;
        while (earlier < index && (entries[earlier].record->inode != inode || entries[earlier].record->kind == POWER_LOSS_SYNC))
            earlier++;
        if (earlier == index)
            undo_file(inode);
    }
    undo_names();
    forget();
    char *path = path_of(place, "figures");
    FILE *figures = fopen(path, "a");
    if (!figures || fprintf(figures, "%lu %lu %lu\n", undone, torn, names) < 0 || fclose(figures) != 0)
        fail(path);
    return 0;
}
