/* truth
 * title: The initialiser of the log reads a setting, whose reader initialises the log
 * class: self-deadlock
 * cause: only-self
 * thread main: victim, once, log_once, untimed
 * thread opener: stuck, once, log_once, untimed
 * release log_once: log_initialise blocked
 */
#include "protocol.h"

static pthread_once_t log_once = PTHREAD_ONCE_INIT;
static int log_level;

static void log_initialise(void);

static void log_write(int level, const char *text)
{
    pthread_once(&log_once, log_initialise);
    if (level <= log_level)
        fprintf(stderr, "%s\n", text);
}

static int setting(const char *name, int fallback)
{
    const char *value = getenv(name);
    if (value == NULL) {
        log_write(2, "a setting is missing");
        return fallback;
    }
    return atoi(value);
}

static void log_initialise(void)
{
    log_level = setting("STORE_LOG_LEVEL_OF_THIS_PROGRAM", 1);
}

static void *open_store(void *argument)
{
    log_write(1, "open");
    return argument;
}

int main(void)
{
    start_thread("opener", open_store, NULL);
    let_others_settle(2);
    announce_when_settled(2, 0);
    log_write(1, "started");
    return 0;
}
