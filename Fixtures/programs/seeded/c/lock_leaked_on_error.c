/* truth
 * title: The importer returned with the index locked when a file was empty, and goes on to watch for other files
 * class: holder-blocked
 * cause: leaked
 * thread main: stuck, mutex, book.lock, untimed
 * thread importer: outside, sleep
 * release book.lock: import_file past
 * note: the owner is alive, but nothing that it may still run unlocks before it locks
 */
#include "protocol.h"
#include <sys/stat.h>

static struct {
    pthread_mutex_t lock;
    long entries, bytes;
} book = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool imported;

static int import_file(const char *path)
{
    struct stat status;
    pthread_mutex_lock(&book.lock);
    if (stat(path, &status) != 0 || status.st_size == 0)
        return ENODATA;
    book.entries++;
    book.bytes += status.st_size;
    pthread_mutex_unlock(&book.lock);
    return 0;
}

static void *importer(void *argument)
{
    const char *path = argument;
    struct stat status;
    for (time_t seen = -1;; sleep(1)) {
        if (stat(path, &status) == 0 && status.st_mtime != seen) {
            seen = status.st_mtime;
            import_file("/dev/null");
            __atomic_store_n(&imported, true, __ATOMIC_RELEASE);
        }
    }
    return NULL;
}

int main(void)
{
    char path[] = "/etc";
    start_thread("importer", importer, path);
    while (!__atomic_load_n(&imported, __ATOMIC_ACQUIRE))
        usleep(1000);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&book.lock);
    long entries = book.entries;
    pthread_mutex_unlock(&book.lock);
    return entries == 0;
}
