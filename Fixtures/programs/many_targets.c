// Forty codecs behind one table, one of which ends by a jump into libc: the call through the table is the frame that is
// seen in its place.
#include <pthread.h>

pthread_cond_t done = PTHREAD_COND_INITIALIZER;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int runs[40];

typedef int (*codec)(void *argument);

#define CODEC(number)                                                                                              \
    static int codec_##number(void *argument)                                                                      \
    {                                                                                                              \
        (void)argument;                                                                                            \
        return runs[number] += number;                                                                             \
    }
#define TEN(tens)                                                                                                  \
    CODEC(tens##0) CODEC(tens##1) CODEC(tens##2) CODEC(tens##3) CODEC(tens##4)                                     \
    CODEC(tens##5) CODEC(tens##6) CODEC(tens##7) CODEC(tens##8) CODEC(tens##9)

TEN(1) TEN(2) TEN(3)
CODEC(1) CODEC(2) CODEC(3) CODEC(4) CODEC(5) CODEC(6) CODEC(7) CODEC(8) CODEC(9)

static int codec_last(void *argument) { return pthread_cond_signal(argument); }

#define ROW(tens)                                                                                                  \
    codec_##tens##0, codec_##tens##1, codec_##tens##2, codec_##tens##3, codec_##tens##4, codec_##tens##5,          \
        codec_##tens##6, codec_##tens##7, codec_##tens##8, codec_##tens##9

codec codecs[40] = {
    ROW(1), ROW(2), ROW(3), codec_1, codec_2, codec_3, codec_4, codec_5, codec_6, codec_7, codec_8, codec_9, codec_last,
};

int run(int number)
{
    pthread_mutex_lock(&lock);
    int status = codecs[number](&done);
    pthread_mutex_unlock(&lock);
    return status;
}

int main(int count, char **arguments)
{
    (void)arguments;
    return run(count);
}
