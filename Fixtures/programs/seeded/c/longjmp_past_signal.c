/* truth
 * title: The parser that gives up jumps over the function that would signal, to the loop of its thread
 * class: dead-wait
 * cause: past
 * thread main: stuck, condition, document.parsed, untimed
 * thread parser: outside, sleep
 * release document.parsed: parse_document past
 */
#include "protocol.h"
#include <setjmp.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t parsed;
    int result;
    unsigned idle_turns;
    jmp_buf give_up;
} document = {.lock = PTHREAD_MUTEX_INITIALIZER, .parsed = PTHREAD_COND_INITIALIZER};

__attribute__((noreturn)) static void syntax_error(int line)
{
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

static void parse_document(const char *text)
{
    parse_element(text, 1);
    pthread_mutex_lock(&document.lock);
    document.result = 1;
    pthread_cond_signal(&document.parsed);
    pthread_mutex_unlock(&document.lock);
}

static void *parser(void *text)
{
    int line = setjmp(document.give_up);
    if (line == 0)
        parse_document(text);
    else
        fprintf(stderr, "syntax error in line %d\n", line);
    for (;; document.idle_turns++)
        sleep(1);
    return NULL;
}

int main(void)
{
    char text[] = "<a<b";
    start_thread("parser", parser, text);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&document.lock);
    while (document.result == 0)
        pthread_cond_wait(&document.parsed, &document.lock);
    pthread_mutex_unlock(&document.lock);
    return document.result != 1;
}
