/* Cells whose address is stored in memory, and calls that write through what they find there. */
#include <aio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct request {
    void *out;
    long size;
};

struct pool {
    long count;
    int by_vector, by_buffer, later, by_unknown, by_call, by_table, by_setter, by_early, untouched;
    char *list;
};

extern void library_runs(struct request *request);
extern void library_keeps(int *cell);

static struct pool only;

static struct pool *pool;
static struct iovec table[] = {{&only.by_table, sizeof only.by_table}};
static void *buffer;
static struct aiocb block;
static char **last;
static ssize_t (*reader)(int, void *, size_t) = read;

#define SEPARATE __attribute__((noinline))
SEPARATE void vector(int input)
{
    long header;
    struct iovec parts[2] = {{&header, sizeof header}, {&pool->by_vector, sizeof pool->by_vector}};
    readv(input, parts, 2);
}

SEPARATE void keep(void)
{
    buffer = &pool->by_buffer;
    last = &pool->list;
}

SEPARATE void fill(int input) { read(input, buffer, sizeof(int)); }

SEPARATE void start(int input)
{
    block.aio_fildes = input;
    block.aio_buf = &pool->later;
    block.aio_nbytes = sizeof pool->later;
    aio_read(&block);
}

SEPARATE void unknown(void)
{
    struct request request = {&pool->by_unknown, sizeof pool->by_unknown};
    library_runs(&request);
}

SEPARATE void call(int input) { reader(input, &pool->by_call, sizeof pool->by_call); }

SEPARATE void set(struct iovec *part, void *base, size_t size)
{
    part->iov_base = base;
    part->iov_len = size;
}

SEPARATE void setter(int input)
{
    struct iovec part;
    set(&part, &pool->by_setter, sizeof pool->by_setter);
    readv(input, &part, 1);
}

SEPARATE void early(void) { library_keeps(&pool->by_early); }

SEPARATE void fill_table(int input) { readv(input, table, 1); }

SEPARATE long plain(int input)
{
    char bytes[64];
    read(input, bytes, sizeof bytes);
    memset(bytes, 0, sizeof bytes);
    return bytes[0] + pool->untouched;
}

int main(int count, char **arguments)
{
    pool = count > 9 ? (struct pool *)arguments : &only;
    reader = count > 8 ? (ssize_t(*)(int, void *, size_t))write : read;
    keep();
    vector(count);
    fill(count);
    start(count);
    unknown();
    call(count);
    setter(count);
    early();
    fill_table(count);
    return (int)plain(count) + (last != NULL);
}
