#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dw_hold.h"
#include "dw_real.h"
#include "dw_runtime.h"

struct dw_areas dw_areas;

DW_EXPORT struct dw_registry_beacon deadwait_registry_beacon = {
    .magic = DW_BEACON_MAGIC, .version = DW_REGISTRY_VERSION, .size = sizeof(struct dw_registry_beacon)};

static struct dw_settings {
    uint32_t threads, objects, events;
    char path[PATH_MAX - 16]; // room for ".PID"
    char own[PATH_MAX];       // the file of this process alone, PATH.PID, while it has one
} settings = {.threads = 32768, .objects = 16384, .events = DW_EVENTS_DEFAULT};

uint64_t dw_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t dw_now_coarse(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void dw_complain(const char *text) {
    char line[256] = "deadwait: ";
    size_t used = strlen(line);
    for (; *text != 0 && used < sizeof line - 1; text++) line[used++] = *text;
    line[used++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written; // there is nobody else to tell
}

/// The number in an environment variable, rounded up to a power of two and kept between two of them.
static uint32_t dw_power_setting(const char *name, uint32_t fallback, uint32_t least, uint32_t most) {
    const char *text = getenv(name);
    if (text == 0 || *text == 0) return fallback;
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != 0 || value == 0) {
        dw_complain("DEADWAIT_THREADS, DEADWAIT_OBJECTS and DEADWAIT_EVENTS take a positive number; using the default");
        return fallback;
    }
    uint32_t power = least;
    while (power < value && power < most) power *= 2;
    return power;
}

static void dw_read_settings(void) {
    settings.threads = dw_power_setting("DEADWAIT_THREADS", settings.threads, 16, 1u << 20);
    settings.objects = dw_power_setting("DEADWAIT_OBJECTS", settings.objects, 64, 1u << 22);
    settings.events = dw_power_setting("DEADWAIT_EVENTS", settings.events, 4, 1024);
    const char *path = getenv("DEADWAIT_REGISTRY");
    // A program with more rights than its caller must not be made to write where the caller says.
    if (path == 0 || *path == 0 || getauxval(AT_SECURE) != 0) return;
    if (strlen(path) >= sizeof settings.path) {
        dw_complain("the path in DEADWAIT_REGISTRY is too long; the registry stays in memory");
        return;
    }
    strcpy(settings.path, path);
}

/// Whether the file holds the registry of another process that still runs.
static bool dw_is_in_use(const char *path) {
    struct dw_registry_header header;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return false;
    ssize_t count = read(file, &header, sizeof header);
    close(file);
    if (count != (ssize_t)sizeof header || memcmp(header.magic, DW_REGISTRY_MAGIC, sizeof header.magic) != 0)
        return count > 0; // somebody else's file: leave it alone
    return header.pid != (uint32_t)getpid() && (kill((pid_t)header.pid, 0) == 0 || errno == EPERM);
}

/// Opens the file of DEADWAIT_REGISTRY anew, or PATH.PID if a living process has it (or `own` asks for that).
static int dw_open_file(bool own) {
    char path[PATH_MAX];
    settings.own[0] = 0;
    for (int attempt = 0; attempt < 4; attempt++) {
        if (own || dw_is_in_use(settings.path)) {
            own = true;
            snprintf(path, sizeof path, "%s.%d", settings.path, (int)getpid());
            strcpy(settings.own, path);
        } else {
            strcpy(path, settings.path);
        }
        // Never the old file's pages: its reader keeps what it has open.
        if (unlink(path) != 0 && errno != ENOENT) return -1;
        int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file >= 0 || errno != EEXIST) return file;
    }
    return -1;
}

/// Maps a file of that many bytes, allocated: a hole would be a SIGBUS on a full disk, long after anybody could tell.
static void *dw_map_file(size_t bytes, void *place, bool own) {
    int file = dw_open_file(own);
    if (file < 0) return MAP_FAILED;
    void *map = MAP_FAILED;
    int failed = posix_fallocate(file, 0, (off_t)bytes);
    if (failed == 0)
        map = mmap(place, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | (place != 0 ? MAP_FIXED : 0), file, 0);
    else
        errno = failed;
    close(file);
    return map;
}

struct dw_plan {
    struct dw_area areas[DW_AREA_KINDS];
    uint64_t total;
};

static void dw_plan_area(struct dw_plan *plan, enum dw_area_kind kind, uint32_t record_size, uint32_t capacity) {
    plan->areas[kind] = (struct dw_area){
        .kind = kind, .record_size = record_size, .capacity = capacity, .offset = plan->total};
    plan->total += ((uint64_t)record_size * capacity + 4095) & ~(uint64_t)4095;
}

static void dw_make_plan(struct dw_plan *plan) {
    uint32_t activity = sizeof(struct dw_activity_record) + settings.events * sizeof(struct dw_event);
    plan->total = 4096;
    dw_plan_area(plan, DW_AREA_THREADS, sizeof(struct dw_thread_record), settings.threads);
    dw_plan_area(plan, DW_AREA_ACTIVITIES, activity, settings.threads);
    dw_plan_area(plan, DW_AREA_OBJECTS, sizeof(struct dw_object_record), settings.objects);
    dw_plan_area(plan, DW_AREA_STACKS, sizeof(struct dw_stack_record), DW_STACKS);
    dw_plan_area(plan, DW_AREA_STARTS, sizeof(struct dw_start_record), 1024);
    dw_plan_area(plan, DW_AREA_TEXTS, sizeof(struct dw_text_record), 1024);
    dw_plan_area(plan, DW_AREA_DECLARATIONS, sizeof(struct dw_declaration_record), 4096);
    dw_plan_area(plan, DW_AREA_PENDING, sizeof(struct dw_pending_record), 4096);
    dw_plan_area(plan, DW_AREA_FAILURES, sizeof(struct dw_failure_record), 256);
    dw_plan_area(plan, DW_AREA_MODULES, sizeof(struct dw_module_record), 512);
    if (DW_WITH_LOCKS) {
        dw_plan_area(plan, DW_AREA_HELD, sizeof(struct dw_held_record), settings.threads);
        dw_plan_area(plan, DW_AREA_ORDERS, sizeof(struct dw_order_record), 16384);
        dw_plan_area(plan, DW_AREA_ABANDONED, sizeof(struct dw_abandoned_record), 256);
    }
    dw_plan_area(plan, DW_AREA_EXITED, sizeof(uint64_t), settings.threads);
}

static void dw_fill(char *base, const struct dw_plan *plan, uint32_t flags, uint32_t parent, uint32_t forks) {
    struct dw_registry_header *header = (struct dw_registry_header *)base;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    header->version = DW_REGISTRY_VERSION;
    header->header_size = sizeof *header;
    header->total_size = plan->total;
    header->base_address = (uint64_t)(uintptr_t)base;
    header->pid = (uint32_t)getpid();
    header->parent_pid = parent;
    header->flags = flags | (DW_WITH_LOCKS ? DW_REGISTRY_LOCKS : 0);
    header->events = settings.events;
    header->start_monotonic = dw_now();
    header->start_realtime = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    header->forks = forks;
    strcpy(header->runtime, DW_WITH_LOCKS ? "libdeadwait-locks.so 1" : "libdeadwait.so 1");
    memcpy(header->areas, plan->areas, sizeof header->areas);

#define AREA(kind) (void *)(plan->areas[kind].capacity != 0 ? base + plan->areas[kind].offset : 0)
    dw_areas = (struct dw_areas){
        .threads = AREA(DW_AREA_THREADS),
        .activities = AREA(DW_AREA_ACTIVITIES),
        .objects = AREA(DW_AREA_OBJECTS),
        .stacks = AREA(DW_AREA_STACKS),
        .starts = AREA(DW_AREA_STARTS),
        .texts = AREA(DW_AREA_TEXTS),
        .declarations = AREA(DW_AREA_DECLARATIONS),
        .pending = AREA(DW_AREA_PENDING),
        .failures = AREA(DW_AREA_FAILURES),
        .modules = AREA(DW_AREA_MODULES),
        .held = AREA(DW_AREA_HELD),
        .orders = AREA(DW_AREA_ORDERS),
        .abandoned = AREA(DW_AREA_ABANDONED),
        .exited = AREA(DW_AREA_EXITED),
        .thread_capacity = settings.threads,
        .activity_size = plan->areas[DW_AREA_ACTIVITIES].record_size,
        .events = settings.events,
        .object_buckets = settings.objects / DW_OBJECT_WAYS,
        .stack_capacity = plan->areas[DW_AREA_STACKS].capacity,
        .start_capacity = plan->areas[DW_AREA_STARTS].capacity,
        .text_capacity = plan->areas[DW_AREA_TEXTS].capacity,
        .declaration_capacity = plan->areas[DW_AREA_DECLARATIONS].capacity,
        .pending_capacity = plan->areas[DW_AREA_PENDING].capacity,
        .failure_capacity = plan->areas[DW_AREA_FAILURES].capacity,
        .module_capacity = plan->areas[DW_AREA_MODULES].capacity,
        .order_capacity = plan->areas[DW_AREA_ORDERS].capacity,
        .abandoned_capacity = plan->areas[DW_AREA_ABANDONED].capacity,
    };
#undef AREA
    dw_exited_reset();
    dw_stacks_reset();
    // The magic last: what is half laid out is no registry. Then the header's pointer, by which hooks begin to record.
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(header->magic, DW_REGISTRY_MAGIC, sizeof header->magic);
    deadwait_registry_beacon.bytes = plan->total;
    deadwait_registry_beacon.pid = header->pid;
    DW_PUT_RELEASE(deadwait_registry_beacon.address, (uint64_t)(uintptr_t)base);
    DW_PUT_RELEASE(dw_areas.header, header);
}

/// Maps `bytes` at `place` (null: anywhere), in the file of the settings if there is one and it can be had.
static char *dw_map(size_t bytes, void *place, bool own, uint32_t *flags) {
    void *map = MAP_FAILED;
    if (settings.path[0] != 0) {
        map = dw_map_file(bytes, place, own);
        if (map != MAP_FAILED) {
            *flags |= DW_REGISTRY_FILE;
            return map;
        }
        char text[160];
        snprintf(text, sizeof text, "the file of DEADWAIT_REGISTRY cannot be written (%s); the registry stays in memory",
                 strerrordesc_np(errno));
        dw_complain(text);
    }
    map = mmap(place, bytes, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (place != 0 ? MAP_FIXED : 0), -1, 0);
    if (map == MAP_FAILED) return 0;
    // A huge page would make two megabytes resident for the first record of an area.
    madvise(map, bytes, MADV_NOHUGEPAGE);
    prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, map, bytes, "deadwait-registry");
    return map;
}

static int dw_initialised;

void dw_initialise(void) {
    int expected = 0;
    if (!__atomic_compare_exchange_n(&dw_initialised, &expected, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return;
    int saved = errno;
    dw_find_all();
    dw_find_own_code();
    const char *off = getenv("DEADWAIT_DISABLED");
    if (off == 0 || *off == 0 || strcmp(off, "0") == 0) {
        struct dw_plan plan = {0};
        uint32_t flags = 0;
        dw_read_settings();
        dw_module_records_prepare();
        dw_make_plan(&plan);
        char *base = dw_map(plan.total, 0, false, &flags);
        if (base != 0) {
            dw_fill(base, &plan, flags, 0, 0);
            dw_register_main(DW_THREAD_MAIN);
        } else {
            dw_complain("no memory for the registry; nothing is recorded");
        }
    }
    errno = saved;
}

void dw_begin_afresh_in_child(void) {
    struct dw_registry_header *old = dw_areas.header;
    if (old == 0 || old->pid == (uint32_t)getpid()) return;
    int saved = errno;
    struct dw_plan plan = {0};
    uint32_t flags = DW_REGISTRY_FORK_CHILD, parent = old->pid, forks = old->forks + 1;
    char *base = (char *)old;
    struct dw_held_at_fork held;
    dw_held_before_fork_reset(&held);
    dw_make_plan(&plan);
    DW_PUT_RELEASE(dw_areas.header, 0);
    // Over the parent's pages: its private copy goes, and a shared file is not written by two.
    if (dw_map(plan.total, base, true, &flags) == 0) {
        dw_areas = (struct dw_areas){0};
        deadwait_registry_beacon.address = 0;
        dw_self.refused = 1;
        dw_self.record = 0;
        errno = saved;
        return;
    }
    dw_fill(base, &plan, flags, parent, forks);
    dw_register_main(DW_THREAD_MAIN);
    dw_held_after_fork_reset(&held);
    errno = saved;
}

__attribute__((constructor(101))) static void dw_constructor(void) {
    dw_initialise();
    if (!dw_is_recording()) return;
    // forkpty(3) and daemon(3) reach fork inside libc, past the hook.
    pthread_atfork(0, 0, dw_begin_afresh_in_child);
}

/// A helper that ends in good order leaves no file behind; the one that the user has named stays, and so does that of
/// a process that was killed or called _exit.
__attribute__((destructor(101))) static void dw_destructor(void) {
    if (settings.own[0] != 0 && dw_is_recording() && dw_areas.header->pid == (uint32_t)getpid()) unlink(settings.own);
}
