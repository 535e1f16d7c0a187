#include "deadwait.h"
#include "thread_name.h"

#include <string.h>
#include <sys/prctl.h>

void cdeadwait_set_kernel_name(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    prctl(PR_SET_NAME, cut, 0, 0, 0);
}
