/* Flags that are set, cleared and turned over in memory, one function each. */
#include <stdint.h>

struct session {
    uint64_t id;
    uint32_t flags;
};

__attribute__((noinline)) void set_flag(struct session *session)
{
    session->flags |= 0x8000;
}

__attribute__((noinline)) void clear_flag(struct session *session)
{
    session->flags &= ~0x10u;
}

__attribute__((noinline)) void turn_flag(struct session *session)
{
    session->flags ^= 0x20;
}

__attribute__((noinline)) void set_flags(struct session *session, uint32_t flags)
{
    session->flags |= flags;
}

int main(void)
{
    struct session session = {.id = 1};
    set_flag(&session);
    clear_flag(&session);
    turn_flag(&session);
    set_flags(&session, 3);
    return (int)session.flags;
}
