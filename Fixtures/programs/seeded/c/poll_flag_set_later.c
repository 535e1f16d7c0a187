/* truth
 * title: The opener polls a flag with short sleeps until the loader, which takes its time, sets it
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, sleep, catalog.loaded, polling
 * thread loader: outside, sleep
 * release catalog.loaded: load_catalog alive
 */
#include "protocol.h"

static struct {
    bool loaded;
    unsigned tables, file_delay;
} catalog;

static unsigned read_tables(const char *path)
{
    unsigned lines = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    for (int character; (character = fgetc(file)) != EOF;)
        lines += character == '\n';
    fclose(file);
    return lines;
}

static void *load_catalog(void *path)
{
    catalog.tables = read_tables(path);
    sleep(catalog.file_delay);
    __atomic_store_n(&catalog.loaded, true, __ATOMIC_RELEASE);
    return NULL;
}

int main(int count, char **arguments)
{
    char path[] = "/etc/passwd";
    catalog.file_delay = healthy_seconds(count, arguments);
    start_thread("loader", load_catalog, path);
    announce_when_settled(2, 0);
    while (!__atomic_load_n(&catalog.loaded, __ATOMIC_ACQUIRE))
        usleep(20000);
    return 0;
}
