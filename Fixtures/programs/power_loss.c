/* Preloaded into a program, keeps a journal of what it has written into one folder and not synchronized yet, so that
 * power_loss_undo can take that back after the program was killed. A kill alone loses nothing that has reached the
 * kernel; a loss of power does.
 *
 * $POWER_LOSS_FOLDER is the folder, $POWER_LOSS another one on the same file system for the journal. Known are the calls
 * that Ember makes: open, pwrite, ftruncate, fsync, fdatasync, rename, unlink. With $POWER_LOSS_LIES the disk says that it
 * has synchronized and has not. */
#define _GNU_SOURCE
#include "power_loss.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *place;
static int journal = -1;
static uint64_t backups;
static int lies;
/* Under the lock: the descriptors of files, and of the folder itself. */
static char is_file[MAX_DESCRIPTORS], is_folder[MAX_DESCRIPTORS];

static int (*real_open)(const char *, int, ...);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_rename)(const char *, const char *), (*real_unlink)(const char *);

static void fail(const char *what)
{
    perror(what);
    abort();
}

__attribute__((constructor)) static void begin(void)
{
    char path[4096];
    struct stat status;
    folder = getenv("POWER_LOSS_FOLDER");
    place = getenv("POWER_LOSS");
    lies = getenv("POWER_LOSS_LIES") != NULL;
    real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    real_pwrite = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    real_ftruncate = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate");
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    real_rename = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    real_unlink = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    if (!folder || !place)
        return;
    snprintf(path, sizeof path, "%s/journal", place);
    journal = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0)
        fail(path);
    for (;; backups++) {
        snprintf(path, sizeof path, "%s/%lu", place, (unsigned long)backups + 1);
        if (stat(path, &status) != 0)
            break;
    }
}

static int inside(const char *path)
{
    size_t length = folder ? strlen(folder) : 0;
    return journal >= 0 && strncmp(path, folder, length) == 0 && (path[length] == 0 || path[length] == '/');
}

/* With the lock. One write, so that a kill leaves a beginning of it at most. */
static void record(struct power_loss_record header, const void *bytes)
{
    char *whole = malloc(sizeof header + header.length);
    if (!whole)
        fail("malloc");
    memcpy(whole, &header, sizeof header);
    if (header.length)
        memcpy(whole + sizeof header, bytes, header.length);
    if (write(journal, whole, sizeof header + header.length) < 0)
        fail("journal");
    free(whole);
}

static uint64_t journal_end(void) { return (uint64_t)lseek(journal, 0, SEEK_END); }

static int known(int descriptor, const char *table) { return descriptor >= 0 && descriptor < MAX_DESCRIPTORS && table[descriptor]; }

/* With the lock: what the file holds from `offset` on, at most `count` bytes of it. */
static void record_old(int descriptor, enum power_loss_kind kind, uint64_t offset, uint64_t count, uint64_t written)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        fail("fstat");
    uint64_t size = (uint64_t)status.st_size;
    uint64_t there = offset >= size ? 0 : size - offset < count ? size - offset : count;
    char *old = malloc(there + 1);
    if (!old || pread(descriptor, old, there, (off_t)offset) != (ssize_t)there)
        fail("pread");
    record((struct power_loss_record){.kind = kind, .length = (uint32_t)there, .inode = status.st_ino, .offset = offset,
                                      .count = written, .old_size = size}, old);
    free(old);
}

/* With the lock: a further name for the file, which else would be gone. */
static uint64_t keep(const char *path)
{
    char name[4096];
    snprintf(name, sizeof name, "%s/%lu", place, (unsigned long)++backups);
    if (link(path, name) == 0)
        return backups;
    if (errno != ENOENT)
        fail(name);
    return 0;
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    struct stat status;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if (!real_open)
        begin();
    if (!inside(path)) {
        int descriptor = real_open(path, flags, mode);
        if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS)
            is_file[descriptor] = is_folder[descriptor] = 0;
        return descriptor;
    }
    pthread_mutex_lock(&lock);
    int exists = stat(path, &status) == 0;
    if (exists && (flags & O_TRUNC) && status.st_size > 0) {
        int old = real_open(path, O_RDONLY | O_CLOEXEC);
        if (old < 0)
            fail(path);
        record_old(old, POWER_LOSS_TRUNCATE, 0, (uint64_t)status.st_size, 0);
        close(old);
    }
    if (!exists && (flags & O_CREAT))
        record((struct power_loss_record){.kind = POWER_LOSS_CREATE, .length = (uint32_t)strlen(path) + 1}, path);
    int descriptor = real_open(path, flags, mode);
    int error = errno;
    if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS && fstat(descriptor, &status) == 0) {
        is_file[descriptor] = S_ISREG(status.st_mode);
        is_folder[descriptor] = S_ISDIR(status.st_mode);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    pthread_mutex_lock(&lock);
    if (known(descriptor, is_file))
        record_old(descriptor, POWER_LOSS_WRITE, (uint64_t)offset, count, count);
    ssize_t result = real_pwrite(descriptor, bytes, count, offset);
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite64(int, const void *, size_t, off_t) __attribute__((alias("pwrite")));

int ftruncate(int descriptor, off_t size)
{
    pthread_mutex_lock(&lock);
    if (known(descriptor, is_file))
        record_old(descriptor, POWER_LOSS_TRUNCATE, (uint64_t)size, UINT32_MAX, 0);
    int result = real_ftruncate(descriptor, size);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int, off_t) __attribute__((alias("ftruncate")));

/* Only what was written before the call began is durable when it has ended. */
static int synchronize(int descriptor, int (*call)(int))
{
    struct stat status;
    int is_recorded, of_folder;
    uint64_t end = 0;
    pthread_mutex_lock(&lock);
    of_folder = known(descriptor, is_folder);
    is_recorded = (of_folder || known(descriptor, is_file)) && fstat(descriptor, &status) == 0;
    if (is_recorded)
        end = journal_end();
    pthread_mutex_unlock(&lock);
    int result = call(descriptor);
    int error = errno;
    if (result == 0 && is_recorded && !lies) {
        pthread_mutex_lock(&lock);
        record((struct power_loss_record){.kind = of_folder ? POWER_LOSS_SYNC_FOLDER : POWER_LOSS_SYNC,
                                          .inode = status.st_ino, .offset = end}, NULL);
        pthread_mutex_unlock(&lock);
    }
    errno = error;
    return result;
}

int fsync(int descriptor) { return synchronize(descriptor, real_fsync); }

int fdatasync(int descriptor) { return synchronize(descriptor, real_fdatasync); }

int rename(const char *from, const char *to)
{
    if (!inside(from) || !inside(to))
        return real_rename(from, to);
    char names[8192];
    int length = snprintf(names, sizeof names, "%s%c%s", from, 0, to) + 1;
    pthread_mutex_lock(&lock);
    record((struct power_loss_record){.kind = POWER_LOSS_RENAME, .length = (uint32_t)length, .backup = keep(to)}, names);
    int result = real_rename(from, to);
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path)
{
    if (!inside(path))
        return real_unlink(path);
    pthread_mutex_lock(&lock);
    record((struct power_loss_record){.kind = POWER_LOSS_UNLINK, .length = (uint32_t)strlen(path) + 1, .backup = keep(path)},
           path);
    int result = real_unlink(path);
    pthread_mutex_unlock(&lock);
    return result;
}
