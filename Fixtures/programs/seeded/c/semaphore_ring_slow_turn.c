/* truth
 * title: Three players hand a turn around by semaphores, and the one who has it takes long
 * class: healthy
 * looks-like: semaphore-starved
 * thread main: waiting, join, the first player
 * thread player x2: waiting, semaphore, players[i].turn, untimed
 * thread first-player: outside, sleep
 * release players[i].turn: play alive
 */
#include "protocol.h"
#include <semaphore.h>

enum { PLAYERS = 3 };

static struct player {
    sem_t turn;
    struct player *next;
    unsigned rounds, thinks;
} players[PLAYERS];

static void *play(void *argument)
{
    struct player *player = argument;
    for (unsigned round = 0; round < 10; round++) {
        while (sem_wait(&player->turn) != 0)
            continue;
        if (player->thinks > 0 && player->rounds == 0)
            sleep(player->thinks);
        player->rounds++;
        sem_post(&player->next->turn);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    pthread_t threads[PLAYERS];
    for (int index = 0; index < PLAYERS; index++) {
        sem_init(&players[index].turn, 0, 0);
        players[index].next = &players[(index + 1) % PLAYERS];
    }
    players[0].thinks = healthy_seconds(count, arguments);
    sem_post(&players[0].turn);
    for (int index = 0; index < PLAYERS; index++)
        threads[index] = start_thread(index == 0 ? "first-player" : "player", play, &players[index]);
    announce_when_settled(PLAYERS + 1, 0);
    for (int index = 0; index < PLAYERS; index++)
        pthread_join(threads[index], NULL);
    return 0;
}
