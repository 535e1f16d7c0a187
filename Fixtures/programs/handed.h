/* What handed.c hands to handed_library.c. */
#pragma once
#include <pthread.h>

struct box {
    int number;
    pthread_cond_t *cond;
    void (*call)(void);
};

void library_fills(struct box *);
void library_points(pthread_cond_t **);
void library_signals(pthread_cond_t *);
void library_writes(int *);
