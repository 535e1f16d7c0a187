/* What Swift cannot import from libc for naming threads: prctl(2) is variadic. */
#pragma once

/* PR_SET_NAME of the calling thread: what top, gdb and /proc show. Cut at 15 bytes. */
void cdeadwait_set_kernel_name(const char *name);
