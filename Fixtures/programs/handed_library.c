/* A library that does to what it is handed what its names say; with ONLY_LOOKS it does nothing but read. */
#include "handed.h"

#ifdef ONLY_LOOKS
static volatile int seen;
void library_fills(struct box *box) { seen = box->number; }
void library_points(pthread_cond_t **cond) { seen = *cond != NULL; }
void library_signals(pthread_cond_t *cond) { seen = cond != NULL; }
void library_writes(int *cell) { seen = *cell; }
#else
static pthread_cond_t own = PTHREAD_COND_INITIALIZER;
static void act(void) { pthread_cond_broadcast(&own); }
void library_fills(struct box *box)
{
    box->cond = &own;
    box->call = act;
}
void library_points(pthread_cond_t **cond) { *cond = &own; }
void library_signals(pthread_cond_t *cond) { pthread_cond_broadcast(cond); }
void library_writes(int *cell) { *cell = 1; }
#endif
