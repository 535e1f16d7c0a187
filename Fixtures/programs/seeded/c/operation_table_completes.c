/* truth
 * title: A reader waits until the poller calls the complete entry of the device's table
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, disk->done, untimed
 * thread poller: outside, sleep
 * release disk->done: disk_complete alive
 */
#include "protocol.h"

struct device;

struct device_operations {
    bool (*poll)(struct device *device);
    void (*complete)(struct device *device);
};

struct device {
    const struct device_operations *operations;
    pthread_mutex_t lock;
    pthread_cond_t done;
    unsigned polled, latency, completed;
};

static bool disk_poll(struct device *disk)
{
    return ++disk->polled >= disk->latency;
}

static void disk_complete(struct device *disk)
{
    pthread_mutex_lock(&disk->lock);
    disk->completed++;
    pthread_cond_broadcast(&disk->done);
    pthread_mutex_unlock(&disk->lock);
}

static const struct device_operations disk_operations = {disk_poll, disk_complete};

static void *poller(void *argument)
{
    for (struct device *device = argument;;) {
        sleep(1);
        if (device->operations->poll(device))
            device->operations->complete(device);
    }
    return NULL;
}

static void device_read(struct device *disk)
{
    pthread_mutex_lock(&disk->lock);
    while (disk->completed == 0)
        pthread_cond_wait(&disk->done, &disk->lock);
    pthread_mutex_unlock(&disk->lock);
}

int main(int count, char **arguments)
{
    struct device *disk = calloc(1, sizeof *disk);
    disk->operations = &disk_operations;
    disk->latency = healthy_seconds(count, arguments);
    pthread_mutex_init(&disk->lock, NULL);
    pthread_cond_init(&disk->done, NULL);
    start_thread("poller", poller, disk);
    announce_when_settled(2, 0);
    device_read(disk);
    return 0;
}
