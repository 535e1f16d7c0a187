/* truth
 * title: The lock file is opened and locked a second time by the same process, which flock treats as another owner
 * class: self-deadlock
 * cause: only-self
 * thread main: stuck, flock, the lock file, untimed
 * thread sweep: outside, sleep
 * release the lock file: open_store blocked
 * note: the first descriptor of the lock file is held by the same thread
 */
#include "protocol.h"
#include <sys/file.h>

static struct {
    int lock_file;
    unsigned sweeps;
    char path[64];
} store = {.lock_file = -1};

static int lock_directory(void)
{
    int file = open(store.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || flock(file, LOCK_EX) != 0)
        exit(2);
    return file;
}

static void *sweep(void *argument)
{
    for (;; sleep(1))
        __atomic_add_fetch(&store.sweeps, 1, __ATOMIC_RELAXED);
    return argument;
}

static void repair_store(void)
{
    int file = lock_directory();
    close(file);
}

static void open_store(void)
{
    store.lock_file = lock_directory();
    /* Its name goes and nothing is left behind; it is opened again by its descriptor (proc(5)). */
    unlink(store.path);
    snprintf(store.path, sizeof store.path, "/proc/self/fd/%d", store.lock_file);
    start_thread("sweep", sweep, NULL);
    if (lseek(store.lock_file, 0, SEEK_END) == 0) {
        announce_when_settled(2, 0);
        repair_store();
    }
}

int main(void)
{
    snprintf(store.path, sizeof store.path, "/tmp/store-%d.lock", (int)getpid());
    open_store();
    return 0;
}
