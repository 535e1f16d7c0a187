/// DEADWAIT_LOCKS=1 where only libdeadwait.so was preloaded: the program is executed again with libdeadwait-locks.so.
///
/// A hook cannot be added to a program that runs: its references to pthread_mutex_lock are settled while it is loaded.
/// So the library's constructor, before the program's own code has run, executes the same file with the same arguments
/// and environment but for LD_PRELOAD. What cannot be executed again as it was is left alone, and told why.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dw_hold.h"
#include "dw_runtime.h"

/// Set for the second execution: its process, so that it never comes to a third, and the name of its first thread.
static const char MARK[] = "DEADWAIT_RELAUNCHED";

/// Where a variable stands in an environment, null without it. Not getenv and unsetenv: shells have functions of these
/// names of their own, which do not work yet.
static char **find_variable(char **environment, const char *name) {
    size_t length = strlen(name);
    for (; *environment != 0; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') return environment;
    }
    return 0;
}

static const char *value_of(char **environment, const char *name) {
    char **variable = find_variable(environment, name);
    return variable != 0 ? *variable + strlen(name) + 1 : 0;
}

// glibc calls constructors with main's arguments (elf/dl-init.c, call_init).

#if DW_LOCKS

/// The kernel names a process after the file that is executed; for a script that was the script and is now its shell.
__attribute__((constructor(101))) static void dw_relaunched(int count, char **arguments, char **environment) {
    (void)count, (void)arguments;
    const char *mark = value_of(environment, MARK);
    if (mark == 0) return;
    char *name;
    if (strtol(mark, &name, 10) == (long)getpid() && *name == ' ') prctl(PR_SET_NAME, name + 1);
    for (char **variable; (variable = find_variable(environment, MARK)) != 0;) {
        do variable[0] = variable[1];
        while (*variable++ != 0);
    }
}

#else

enum { PRELOADS_BYTES = 16384 };

static bool is_same_file(const char *one, const char *two) {
    struct stat left, right;
    return stat(one, &left) == 0 && stat(two, &right) == 0 && left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/// Whether an entry of LD_PRELOAD means the library at `own`: a path to it, or its name for the loader to search.
static bool names_library(const char *entry, const char *own) {
    const char *slash = strrchr(own, '/');
    if (strchr(entry, '/') == 0) return strcmp(entry, slash != 0 ? slash + 1 : own) == 0;
    return is_same_file(entry, own);
}

/// LD_PRELOAD with the library at `own` replaced by `other`; false if it is not among them or there is no room.
/// ld.so(8): entries are separated by colons or spaces.
static bool replace_preload(const char *at, const char *own, const char *other, char *text, size_t size) {
    size_t used = (size_t)snprintf(text, size, "LD_PRELOAD=");
    bool found = false;
    while (at != 0 && *at != 0) {
        size_t length = strcspn(at, ": ");
        char entry[PATH_MAX];
        if (length >= sizeof entry) return false;
        memcpy(entry, at, length);
        entry[length] = 0;
        bool is_own = length > 0 && names_library(entry, own);
        if (!is_own || !found) {
            int count = snprintf(text + used, size - used, "%s%s", used > 11 ? ":" : "", is_own ? other : entry);
            if (count < 0 || (size_t)count >= size - used) return false;
            used += (size_t)count;
        }
        found |= is_own;
        at += length + (at[length] != 0);
    }
    return found;
}

/// The path to execute: the one of the first time if it still means the same file (a script's does not: the kernel
/// executes its interpreter), or the file's own, or the kernel's link to it, which also stands for a file that is gone.
static const char *program_path(char *text, size_t size) {
    static const char LINK[] = "/proc/self/exe";
    const char *first = (const char *)getauxval(AT_EXECFN);
    if (first != 0 && is_same_file(first, LINK)) return first;
    ssize_t length = readlink(LINK, text, size - 1);
    if (length <= 0) return LINK;
    text[length] = 0;
    return is_same_file(text, LINK) ? text : LINK;
}

/// Finds a module that is linked with the library: executed again it would have both.
static int is_linked(struct dl_phdr_info *module, size_t size, void *name) {
    (void)size;
    const ElfW(Dyn) *dynamic = 0;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &module->dlpi_phdr[i];
        if (segment->p_type == PT_DYNAMIC) dynamic = (const ElfW(Dyn) *)(module->dlpi_addr + segment->p_vaddr);
    }
    const char *names = 0;
    for (const ElfW(Dyn) *entry = dynamic; entry != 0 && entry->d_tag != DT_NULL; entry++) {
        // ld.so has made it an address; the vDSO's stays an offset, and the vDSO needs nothing.
        if (entry->d_tag == DT_STRTAB) names = (const char *)entry->d_un.d_ptr;
    }
    for (const ElfW(Dyn) *entry = dynamic; entry != 0 && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_NEEDED && names != 0 && strcmp(names + entry->d_un.d_val, name) == 0) return 1;
    }
    return 0;
}

/// Why the program is not executed again; null if it has been tried.
static const char *obstacle(char **environment, const char *own, const char *other) {
    if (getauxval(AT_SECURE) != 0) return "it runs with more rights than its caller";
    // Then the kernel has started ld.so itself, and that is what an execution would start again.
    if (getauxval(AT_BASE) == 0) return "it was started by an explicit call of ld.so";
    const char *mark = value_of(environment, MARK);
    if (mark != 0 && strtol(mark, 0, 10) == (long)getpid()) return "it was executed again once, and has libdeadwait.so still";
    const char *preloads = value_of(environment, "LD_PRELOAD");
    if (preloads != 0 && strstr(preloads, "vgpreload") != 0) return "valgrind would lose it";
    static char soname[] = "libdeadwait.so";
    if (dl_iterate_phdr(is_linked, soname) != 0) return "libdeadwait.so is linked with it, not only preloaded";
    if (strpbrk(other, ": ") != 0) return "LD_PRELOAD cannot hold its path";
    if (own == 0 || access(other, R_OK) != 0) return "there is no libdeadwait-locks.so beside libdeadwait.so";
    return 0;
}

static void execute_again(char **arguments, char **environment, char *preloads) {
    char name[16] = "", mark[64], path[PATH_MAX];
    prctl(PR_GET_NAME, name);
    snprintf(mark, sizeof mark, "%s=%ld %s", MARK, (long)getpid(), name);
    size_t count = 0;
    while (environment[count] != 0) count++;
    char **changed = malloc((count + 2) * sizeof *changed);
    if (changed == 0) return;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (find_variable((char *[]){environment[i], 0}, MARK) != 0) continue;
        bool is_preload = find_variable((char *[]){environment[i], 0}, "LD_PRELOAD") != 0;
        changed[kept++] = is_preload ? preloads : environment[i];
    }
    changed[kept++] = mark;
    changed[kept] = 0;
    execve(program_path(path, sizeof path), arguments, changed);
    int error = errno;
    free(changed);
    errno = error;
}

__attribute__((constructor(101))) static void dw_relaunch(int count, char **arguments, char **environment) {
    const char *wanted = value_of(environment, "DEADWAIT_LOCKS"), *off = value_of(environment, "DEADWAIT_DISABLED");
    if (wanted == 0 || *wanted == 0 || strcmp(wanted, "0") == 0 || count < 1) return;
    if (off != 0 && *off != 0 && strcmp(off, "0") != 0) return;
    Dl_info info;
    static char own[PATH_MAX], other[PATH_MAX], preloads[PRELOADS_BYTES];
    bool has_own = dladdr((const void *)&dw_relaunch, &info) != 0 && info.dli_fname != 0 &&
                   realpath(info.dli_fname, own) != 0;
    if (has_own) {
        const char *slash = strrchr(own, '/');
        int folder = slash != 0 ? (int)(slash - own) : 0;
        int length = snprintf(other, sizeof other, "%.*s/libdeadwait-locks.so", folder, own);
        if (length < 0 || (size_t)length >= sizeof other) has_own = false;
    }
    const char *why = obstacle(environment, has_own ? own : 0, other);
    if (why == 0 && !replace_preload(value_of(environment, "LD_PRELOAD"), own, other, preloads, sizeof preloads)) {
        why = "libdeadwait.so was loaded otherwise than by LD_PRELOAD";
    }
    if (why == 0) {
        execute_again(arguments, environment, preloads);
        why = strerrordesc_np(errno);
    }
    char text[200];
    snprintf(text, sizeof text, "no locks are recorded: preload or link libdeadwait-locks.so instead (%s)", why);
    dw_complain(text);
}

#endif
