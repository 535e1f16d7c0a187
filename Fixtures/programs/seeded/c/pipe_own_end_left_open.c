/* truth
 * title: The output of a child is read to its end, which never comes: the process has left its own writing end open
 * class: dead-wait
 * cause: only-self
 * thread main: stuck, read, the pipe of the child
 * thread stats: outside, sleep
 * release the pipe of the child: nobody
 * note: the child has ended; the only descriptor of the writing end is in this process, and no thread uses it
 */
#include "protocol.h"

static unsigned long bytes;

static void *stats(void *argument)
{
    for (;; sleep(5)) {
        if (__atomic_load_n(&bytes, __ATOMIC_RELAXED) > 1 << 20)
            fprintf(stderr, "%lu bytes\n", bytes);
    }
    return argument;
}

static int list_files(int output)
{
    static const char list[] = "WAL.1\nTable.wt\n";
    return write(output, list, sizeof list - 1) != (ssize_t)sizeof list - 1;
}

static unsigned count_lines(int input)
{
    unsigned lines = 0;
    char character;
    while (read(input, &character, 1) == 1) {
        lines += character == '\n';
        __atomic_add_fetch(&bytes, 1, __ATOMIC_RELAXED);
    }
    return lines;
}

int main(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 2;
    pid_t child = fork_helper();
    if (child == 0)
        _exit(list_files(ends[1]));
    start_thread("stats", stats, NULL);
    if (waitpid(child, NULL, 0) != child)
        return 2;
    announce_when_settled(2, 0);
    return count_lines(ends[0]) != 2;
}
