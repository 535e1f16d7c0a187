#define _GNU_SOURCE
#include <dlfcn.h>

#include "dw_real.h"
#include "dw_runtime.h"
#include "dw_unwind.h"

/// A library may be gone afterwards, and its addresses another's: the unwinder reads its rules again.
///
/// (dlopen cannot be hooked like this: it looks at who called it. It need not be, since new code has no rules yet.)
DW_EXPORT int dlclose(void *library) {
    int result = DW_REAL(dlclose)(library);
    dw_unwind_refresh();
    dw_unwind_forget(0, UINT64_MAX);
    return result;
}
