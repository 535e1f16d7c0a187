/* tracer PID: seizes the first thread of a process and keeps it, stopped when a second argument says "stop". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    pid_t process = count > 1 ? atoi(arguments[1]) : 0;
    if (ptrace(PTRACE_SEIZE, process, 0, 0)) {
        perror("PTRACE_SEIZE");
        return 1;
    }
    if (count > 2 && strcmp(arguments[2], "stop") == 0) {
        ptrace(PTRACE_INTERRUPT, process, 0, 0);
        int status;
        waitpid(process, &status, __WALL);
    }
    printf("ready\n");
    fflush(stdout);
    for (;;) pause();
}
