/* Two threads whose decoders are the first of a process: `decoders ROUNDS` prints in how many of that many processes one
 * of them misread an instruction. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ccapstone.h"

enum { THREADS = 2, ROUNDS_OF_ONE = 100 };

static atomic_int ready;

/* Capstone adds eax, which is not in its operands, from a table. */
static int is_misread(struct dwi_decoder *decoder)
{
    static const uint8_t compare_eax[] = {0x3d, 5, 0, 0, 0};
    const uint8_t *code = compare_eax;
    size_t count = sizeof compare_eax;
    uint64_t address = 0x1000;
    struct dwi_instruction instruction;
    return dwi_decode(decoder, &code, &count, &address, &instruction, 1) != 1
        || instruction.operation != DWI_COMPARE_CONSTANT || instruction.destination != 0 || instruction.immediate != 5;
}

static void *decode(void *result)
{
    struct dwi_decoder *decoder = dwi_open();
    if (!decoder)
        abort();
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < THREADS)
        ;
    int misread = 0;
    for (int round = 0; round < ROUNDS_OF_ONE; round++)
        misread |= is_misread(decoder);
    *(int *)result = misread;
    dwi_close(decoder);
    return NULL;
}

/* Whether either thread misread an instruction. */
static int decode_in_threads(void)
{
    pthread_t threads[THREADS];
    int misread[THREADS] = {0};
    for (int index = 0; index < THREADS; index++)
        if (pthread_create(&threads[index], NULL, decode, &misread[index]) != 0)
            abort();
    for (int index = 0; index < THREADS; index++)
        pthread_join(threads[index], NULL);
    return misread[0] || misread[1];
}

int main(int count, char **arguments)
{
    int misread = 0;
    for (long round = count > 1 ? strtol(arguments[1], NULL, 10) : 1; round > 0; round--) {
        pid_t child = fork();
        if (child == 0)
            _exit(decode_in_threads());
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
            return 2;
        misread += WEXITSTATUS(status) != 0;
    }
    printf("%d\n", misread);
    return 0;
}
