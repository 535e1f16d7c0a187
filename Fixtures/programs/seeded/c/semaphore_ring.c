/* truth
 * title: Three players hand a turn around by semaphores, but nobody has been given the first turn
 * class: semaphore-starved
 * cause: cycle
 * thread main: victim, join, the first player
 * thread player x3: stuck, semaphore, players[i].turn, untimed
 * release players[i].turn: play blocked
 */
#include "protocol.h"
#include <semaphore.h>

enum { PLAYERS = 3 };

static struct player {
    sem_t turn;
    struct player *next;
    unsigned rounds;
} players[PLAYERS];

static void *play(void *argument)
{
    struct player *player = argument;
    for (unsigned round = 0; round < 10; round++) {
        while (sem_wait(&player->turn) != 0)
            continue;
        player->rounds++;
        sem_post(&player->next->turn);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[PLAYERS];
    for (int index = 0; index < PLAYERS; index++) {
        sem_init(&players[index].turn, 0, 0);
        players[index].next = &players[(index + 1) % PLAYERS];
    }
    for (int index = 0; index < PLAYERS; index++)
        threads[index] = start_thread("player", play, &players[index]);
    announce_when_settled(PLAYERS + 1, 0);
    for (int index = 0; index < PLAYERS; index++)
        pthread_join(threads[index], NULL);
    return 0;
}
