// What torture.c and torture_reader.c agree on.
#include <pthread.h>
#include <stdint.h>

enum { PAIRS = 4 };

struct pair {
    pthread_cond_t condition;
    pthread_mutex_t mutex; // right after the condition
    long turn, players;
};

/// The argument of thread `number`: its high half tells whether the low half and the start routine belong to it.
static inline uint64_t torture_argument(uint32_t number, int is_first) {
    return (uint64_t)(~number ^ (is_first ? 0x11111111u : 0x22222222u)) << 32 | number;
}
