/* truth
 * title: The signaller gets to its signal by a longjmp out of a parser that gives up
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, document.parsed, untimed
 * thread parser: outside, sleep
 * release document.parsed: parse_document alive
 */
#include "protocol.h"
#include <setjmp.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t parsed;
    int result;
    unsigned delay;
    jmp_buf give_up;
} document = {.lock = PTHREAD_MUTEX_INITIALIZER, .parsed = PTHREAD_COND_INITIALIZER};

__attribute__((noreturn)) static void syntax_error(int line)
{
    sleep(document.delay);
    longjmp(document.give_up, line);
}

static void parse_element(const char *text, int line)
{
    while (*text != '>') {
        if (*text == '\0')
            syntax_error(line);
        if (*text == '<')
            parse_element(text + 1, line + 1);
        text++;
    }
}

static void *parse_document(void *text)
{
    int line = setjmp(document.give_up);
    if (line == 0)
        parse_element(text, 1);
    pthread_mutex_lock(&document.lock);
    document.result = -line;
    pthread_cond_signal(&document.parsed);
    pthread_mutex_unlock(&document.lock);
    return NULL;
}

int main(int count, char **arguments)
{
    char text[] = "<a<b";
    document.delay = healthy_seconds(count, arguments);
    start_thread("parser", parse_document, text);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&document.lock);
    while (document.result == 0)
        pthread_cond_wait(&document.parsed, &document.lock);
    pthread_mutex_unlock(&document.lock);
    return document.result != -3;
}
