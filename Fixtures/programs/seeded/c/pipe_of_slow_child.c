/* truth
 * title: The output of a child is read to its end, and the child takes its time
 * class: healthy
 * looks-like: dead-wait
 * thread main: outside, read, the pipe of the child
 * release the pipe of the child: list_files outside
 */
#include "protocol.h"

static int list_files(int output, unsigned seconds)
{
    static const char list[] = "WAL.1\nTable.wt\n";
    sleep(seconds);
    return write(output, list, sizeof list - 1) != (ssize_t)sizeof list - 1;
}

static unsigned count_lines(int input)
{
    unsigned lines = 0;
    for (char character; read(input, &character, 1) == 1;)
        lines += character == '\n';
    return lines;
}

int main(int count, char **arguments)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 2;
    pid_t child = fork_helper();
    if (child == 0)
        _exit(list_files(ends[1], healthy_seconds(count, arguments)));
    close(ends[1]);
    announce_when_settled(1, 0);
    if (count_lines(ends[0]) != 2)
        return 1;
    return waitpid(child, NULL, 0) != child;
}
