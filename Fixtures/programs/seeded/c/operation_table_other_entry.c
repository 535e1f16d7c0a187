/* truth
 * title: The poller calls the poll entry of the device's table; only the complete entry would wake the reader
 * class: dead-wait
 * cause: past
 * thread main: stuck, condition, disk->done, untimed
 * thread poller: outside, sleep
 * release disk->done: disk_complete past
 * note: no thread calls the complete entry of the table; the poller sees the finished state and does nothing with it
 */
#include "protocol.h"

struct device;

struct device_operations {
    void (*submit)(struct device *device);
    bool (*poll)(struct device *device);
    void (*complete)(struct device *device);
};

struct device {
    const struct device_operations *operations;
    pthread_mutex_t lock;
    pthread_cond_t done;
    unsigned submitted, polled, completed;
};

static void disk_submit(struct device *disk)
{
    __atomic_add_fetch(&disk->submitted, 1, __ATOMIC_RELAXED);
}

static bool disk_poll(struct device *disk)
{
    disk->polled++;
    return __atomic_load_n(&disk->submitted, __ATOMIC_RELAXED) > 0;
}

static void disk_complete(struct device *disk)
{
    pthread_mutex_lock(&disk->lock);
    disk->completed++;
    pthread_cond_broadcast(&disk->done);
    pthread_mutex_unlock(&disk->lock);
}

static const struct device_operations disk_operations = {disk_submit, disk_poll, disk_complete};

static void *poller(void *argument)
{
    struct device *device = argument;
    for (;;) {
        usleep(250000);
        if (device->operations->poll(device))
            device->operations->poll(device);
    }
    return NULL;
}

static void device_read(struct device *disk)
{
    disk->operations->submit(disk);
    pthread_mutex_lock(&disk->lock);
    while (disk->completed == 0)
        pthread_cond_wait(&disk->done, &disk->lock);
    pthread_mutex_unlock(&disk->lock);
}

int main(void)
{
    struct device *disk = calloc(1, sizeof *disk);
    disk->operations = &disk_operations;
    pthread_mutex_init(&disk->lock, NULL);
    pthread_cond_init(&disk->done, NULL);
    start_thread("poller", poller, disk);
    announce_when_settled(2, 0);
    device_read(disk);
    return 0;
}
