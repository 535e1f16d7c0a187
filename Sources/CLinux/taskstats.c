#define _GNU_SOURCE
#include "clinux.h"
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A generic netlink request with one attribute of at most 16 bytes. Returns its length. */
static size_t put_request(char *place, uint16_t family, uint8_t command, uint32_t sequence, uint16_t attribute,
                          const void *value, uint16_t length) {
    struct nlmsghdr *header = (void *)place;
    struct genlmsghdr *generic = NLMSG_DATA(header);
    struct nlattr *first = (void *)((char *)generic + GENL_HDRLEN);
    size_t total = NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + NLA_ALIGN(length);
    memset(place, 0, NLMSG_ALIGN(total));
    *header = (struct nlmsghdr){
        .nlmsg_len = (uint32_t)total, .nlmsg_type = family, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = sequence};
    *generic = (struct genlmsghdr){.cmd = command, .version = 1};
    *first = (struct nlattr){.nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = attribute};
    memcpy((char *)first + NLA_HDRLEN, value, length);
    return NLMSG_ALIGN(total);
}

/* The attribute of a type among `count` bytes of attributes; NULL when there is none with at least `least` bytes. */
static const void *find_attribute(const char *bytes, size_t count, uint16_t type, size_t least, size_t *length) {
    while (count >= NLA_HDRLEN) {
        const struct nlattr *attribute = (const void *)bytes;
        if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > count) return NULL;
        if ((attribute->nla_type & NLA_TYPE_MASK) == type && (size_t)(attribute->nla_len - NLA_HDRLEN) >= least) {
            *length = (size_t)(attribute->nla_len - NLA_HDRLEN);
            return bytes + NLA_HDRLEN;
        }
        size_t step = NLA_ALIGN(attribute->nla_len);
        if (step >= count) return NULL;
        bytes += step;
        count -= step;
    }
    return NULL;
}

/* The attributes of a generic netlink message of `type`; NULL for anything else, an error among it. */
static const char *attributes(const char *message, size_t received, uint16_t type, size_t *count) {
    const struct nlmsghdr *header = (const void *)message;
    size_t begin = NLMSG_LENGTH(GENL_HDRLEN);
    if (received < begin || header->nlmsg_len < begin || header->nlmsg_len > received) return NULL;
    if (header->nlmsg_type != type) return NULL;
    *count = header->nlmsg_len - begin;
    return message + begin;
}

int clinux_taskstats_open(uint16_t *family) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (descriptor < 0) return -errno;
    char buffer[4096] __attribute__((aligned(8)));
    size_t length = put_request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, CTRL_ATTR_FAMILY_NAME,
                                TASKSTATS_GENL_NAME, sizeof TASKSTATS_GENL_NAME);
    ssize_t received = -1;
    if (send(descriptor, buffer, length, 0) >= 0) received = recv(descriptor, buffer, sizeof buffer, MSG_DONTWAIT);
    if (received >= 0) {
        size_t count;
        const char *answer = attributes(buffer, (size_t)received, GENL_ID_CTRL, &count);
        const void *id = answer ? find_attribute(answer, count, CTRL_ATTR_FAMILY_ID, 2, &count) : NULL;
        if (id) {
            memcpy(family, id, sizeof *family);
            return descriptor;
        }
        errno = ENOENT;
    }
    int failure = -errno;
    close(descriptor);
    return failure;
}

enum { BATCH = 32, ANSWER = 1024 };

static int read_batch(int descriptor, uint16_t family, const pid_t *tids, size_t count,
                      struct clinux_task_statistics *result) {
    char requests[BATCH * 32] __attribute__((aligned(8)));
    char answers[BATCH][ANSWER] __attribute__((aligned(8)));
    struct iovec vectors[BATCH];
    struct mmsghdr messages[BATCH];
    size_t length = 0;
    memset(messages, 0, sizeof messages);
    for (size_t index = 0; index < count; index++) {
        uint32_t tid = (uint32_t)tids[index];
        length += put_request(requests + length, family, TASKSTATS_CMD_GET, (uint32_t)index,
                              TASKSTATS_CMD_ATTR_PID, &tid, sizeof tid);
        vectors[index] = (struct iovec){answers[index], ANSWER};
        messages[index].msg_hdr.msg_iov = &vectors[index];
        messages[index].msg_hdr.msg_iovlen = 1;
    }
    if (send(descriptor, requests, length, 0) < 0) return -errno;
    /* All answers are there when send returns: the kernel makes them in it. */
    int received = recvmmsg(descriptor, messages, (unsigned)count, MSG_DONTWAIT, NULL);
    if (received < 0) return -errno;
    for (int index = 0; index < received; index++) {
        size_t size;
        const char *answer = attributes(answers[index], messages[index].msg_len, family, &size);
        uint32_t place = ((const struct nlmsghdr *)(const void *)answers[index])->nlmsg_seq;
        if (!answer || place >= count) continue;
        answer = find_attribute(answer, size, TASKSTATS_TYPE_AGGR_PID, 0, &size);
        /* The record has grown since, and grows on, at its end. */
        const char *record =
            answer ? find_attribute(answer, size, TASKSTATS_TYPE_STATS, offsetof(struct taskstats, ac_sched), &size)
                   : NULL;
        if (!record) continue;
        memcpy(&result[place].runs, record + offsetof(struct taskstats, cpu_count), 8);
        memcpy(&result[place].cpu_nanoseconds, record + offsetof(struct taskstats, cpu_run_virtual_total), 8);
        memcpy(result[place].name, record + offsetof(struct taskstats, ac_comm), sizeof result[place].name);
        result[place].name[sizeof result[place].name - 1] = 0;
    }
    return 0;
}

int clinux_taskstats_read(int descriptor, uint16_t family, const pid_t *tids, size_t count,
                          struct clinux_task_statistics *result) {
    memset(result, 0, count * sizeof *result);
    for (size_t start = 0; start < count; start += BATCH) {
        size_t part = count - start < BATCH ? count - start : BATCH;
        int code = read_batch(descriptor, family, tids + start, part, result + start);
        if (code < 0) return code;
    }
    return 0;
}
