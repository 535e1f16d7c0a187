/* truth
 * title: Two readers each want the write lock while both hold the read lock
 * class: deadlock-cycle
 * cause: cycle
 * thread main: victim, join, the first session
 * thread session x2: stuck, rwlock-write, accounts.lock, untimed
 * release accounts.lock: transfer blocked
 */
#include "protocol.h"

static struct {
    pthread_rwlock_t lock;
    pthread_barrier_t both_connected;
    long balance[2];
} accounts = {.lock = PTHREAD_RWLOCK_INITIALIZER};

/* Begins a session: like all sessions it reads the balance, and waits until the other side is there. */
static long begin(int account)
{
    pthread_rwlock_rdlock(&accounts.lock);
    pthread_barrier_wait(&accounts.both_connected);
    return accounts.balance[account];
}

static void transfer(int from, long amount)
{
    if (begin(from) >= amount) {
        pthread_rwlock_wrlock(&accounts.lock);
        accounts.balance[from] -= amount;
        accounts.balance[1 - from] += amount;
        pthread_rwlock_unlock(&accounts.lock);
    }
    pthread_rwlock_unlock(&accounts.lock);
}

static void *session(void *argument)
{
    transfer((int)(intptr_t)argument, 10);
    return NULL;
}

int main(void)
{
    accounts.balance[0] = accounts.balance[1] = 100;
    pthread_barrier_init(&accounts.both_connected, NULL, 2);
    pthread_t first = start_thread("session", session, (void *)0);
    pthread_t second = start_thread("session", session, (void *)1);
    announce_when_settled(3, 0);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    return 0;
}
