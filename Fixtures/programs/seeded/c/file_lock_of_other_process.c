/* truth
 * title: The lock file is held by another process, which will close it
 * class: healthy
 * looks-like: self-deadlock
 * thread main: outside, flock, the lock file, untimed
 * release the lock file: other_process outside
 */
#include "protocol.h"
#include <sys/file.h>

static int open_lock_file(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        exit(2);
    return file;
}

static int other_process(const char *path, int locked, unsigned seconds)
{
    int file = open_lock_file(path);
    if (flock(file, LOCK_EX) != 0 || write(locked, "l", 1) != 1)
        return 1;
    sleep(seconds);
    return close(file);
}

int main(int count, char **arguments)
{
    char path[64], locked;
    int ends[2];
    snprintf(path, sizeof path, "/tmp/store-%d.lock", (int)getpid());
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 2;
    pid_t child = fork_helper();
    if (child == 0)
        _exit(other_process(path, ends[1], healthy_seconds(count, arguments)));
    if (read(ends[0], &locked, 1) != 1)
        return 2;
    int file = open_lock_file(path);
    unlink(path);
    announce_when_settled(1, 0);
    int error = flock(file, LOCK_EX);
    close(file);
    return error;
}
