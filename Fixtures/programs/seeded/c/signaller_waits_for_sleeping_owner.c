/* truth
 * title: The signaller waits for a mutex whose owner sleeps between two attempts: slow but alive
 * class: healthy
 * looks-like: holder-blocked
 * thread main: waiting, condition, image.written, untimed
 * thread writer: waiting, mutex, device_lock, untimed
 * thread probe: outside, sleep
 * release image.written: write_image alive
 * release device_lock: probe_device alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t written;
    bool is_written;
} image = {.lock = PTHREAD_MUTEX_INITIALIZER, .written = PTHREAD_COND_INITIALIZER};

static pthread_mutex_t device_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned attempts, attempt_seconds;

static void *probe_device(void *argument)
{
    pthread_mutex_lock(&device_lock);
    while (__atomic_add_fetch(&attempts, 1, __ATOMIC_RELEASE) < 2)
        sleep(attempt_seconds);
    pthread_mutex_unlock(&device_lock);
    return argument;
}

static void *write_image(void *argument)
{
    pthread_mutex_lock(&device_lock);
    pthread_mutex_lock(&image.lock);
    image.is_written = true;
    pthread_cond_signal(&image.written);
    pthread_mutex_unlock(&image.lock);
    pthread_mutex_unlock(&device_lock);
    return argument;
}

int main(int count, char **arguments)
{
    attempt_seconds = healthy_seconds(count, arguments);
    start_thread("probe", probe_device, NULL);
    while (__atomic_load_n(&attempts, __ATOMIC_ACQUIRE) == 0)
        usleep(1000);
    start_thread("writer", write_image, NULL);
    announce_when_settled(3, 0);
    pthread_mutex_lock(&image.lock);
    while (!image.is_written)
        pthread_cond_wait(&image.written, &image.lock);
    pthread_mutex_unlock(&image.lock);
    return 0;
}
