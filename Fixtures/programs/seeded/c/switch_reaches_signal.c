/* truth
 * title: One arm of a dense switch, a jump table in the binary, signals the one who waits
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, machine.halted, untimed
 * thread machine: outside, sleep
 * release machine.halted: step alive
 */
#include "protocol.h"

enum opcode { OP_NOP, OP_ADD, OP_SUB, OP_MUL, OP_NEG, OP_DOUBLE, OP_NAP, OP_HALT };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t halted;
    bool is_halted;
    long value;
    unsigned nap;
} machine = {.lock = PTHREAD_MUTEX_INITIALIZER, .halted = PTHREAD_COND_INITIALIZER};

static bool step(enum opcode opcode)
{
    switch (opcode) {
    case OP_NOP:
        break;
    case OP_ADD:
        machine.value += 3;
        break;
    case OP_SUB:
        machine.value -= 5;
        break;
    case OP_MUL:
        machine.value *= 7;
        break;
    case OP_NEG:
        machine.value = -machine.value;
        break;
    case OP_DOUBLE:
        machine.value <<= 1;
        break;
    case OP_NAP:
        sleep(machine.nap);
        break;
    case OP_HALT:
        pthread_mutex_lock(&machine.lock);
        machine.is_halted = true;
        pthread_cond_signal(&machine.halted);
        pthread_mutex_unlock(&machine.lock);
        return false;
    }
    return true;
}

static void *run_machine(void *program)
{
    const unsigned char *opcode = program;
    while (step(*opcode))
        opcode++;
    return NULL;
}

int main(int count, char **arguments)
{
    unsigned char program[] = {OP_ADD, OP_NOP, OP_MUL, OP_DOUBLE, OP_SUB, OP_NAP, OP_NOP, OP_HALT};
    machine.nap = healthy_seconds(count, arguments);
    start_thread("machine", run_machine, program);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&machine.lock);
    while (!machine.is_halted)
        pthread_cond_wait(&machine.halted, &machine.lock);
    pthread_mutex_unlock(&machine.lock);
    return 0;
}
