/* pthread_setname_np(3) is declared for _GNU_SOURCE only. */
#pragma once

/* Names the calling thread as top, gdb and /proc show it. Cut at 15 bytes. */
void cdeadwait_set_kernel_name(const char *name);
