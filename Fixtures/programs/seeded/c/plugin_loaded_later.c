/* truth
 * title: The plug-in that will signal the condition is not loaded yet
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, frame.decoded, untimed
 * thread codec: outside, sleep
 * release frame.decoded: codec_run alive
 * library codec_plugin.c: what decoder loads
 * flags: -Wl,-rpath,$ORIGIN -ldl
 * note: no code that is mapped when the state is reached signals the condition
 */
#include "protocol.h"
#include <dlfcn.h>

typedef void codec_entry(pthread_mutex_t *lock, pthread_cond_t *finished, bool *done, unsigned seconds);

static struct {
    pthread_mutex_t lock;
    pthread_cond_t decoded;
    bool is_decoded;
    unsigned seconds;
} frame = {.lock = PTHREAD_MUTEX_INITIALIZER, .decoded = PTHREAD_COND_INITIALIZER};

static codec_entry *load_codec(const char *file)
{
    void *library = dlopen(file, RTLD_NOW);
    codec_entry *run = library != NULL ? (codec_entry *)dlsym(library, "codec_run") : NULL;
    if (run == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    return run;
}

static void *decoder(void *argument)
{
    sleep(frame.seconds);
    load_codec("codec_plugin.so")(&frame.lock, &frame.decoded, &frame.is_decoded, 0);
    return argument;
}

int main(int count, char **arguments)
{
    frame.seconds = healthy_seconds(count, arguments);
    start_thread("codec", decoder, NULL);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&frame.lock);
    while (!frame.is_decoded)
        pthread_cond_wait(&frame.decoded, &frame.lock);
    pthread_mutex_unlock(&frame.lock);
    return 0;
}
