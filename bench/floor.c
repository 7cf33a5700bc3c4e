/* What the kernel alone costs: the least work that sends and receives streams over loopback.
 *
 * floor STREAMS SECONDS PRIORITY     PRIORITY 0 for normal, otherwise the level of SCHED_FIFO
 *
 * Every stream has a connected socket at both ends. The schedule is that of the agent: slots of half a
 * millisecond, a packet of 172 bytes each 20 ms, a stamp before and after each send, one sleep for each slot.
 * Prints one JSON object: CPU of a packet sent, CPU of a packet received with recvmmsg, pacing error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { SLOTS = 40, INTERVAL = 20000000, SIZE = 172, BATCH = 64, READ_EVERY = 5 };

static long now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static void on(int socket, int level, int option) {
    int one = 1;
    setsockopt(socket, level, option, &one, sizeof one);
}

static long read_all(const int *in, int streams) {
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    static char data[BATCH][SIZE], control[BATCH][128];
    long got = 0;
    for (int i = 0; i < streams; i++) {
        for (int k = 0; k < BATCH; k++) {
            vectors[k] = (struct iovec){data[k], SIZE};
            messages[k].msg_hdr = (struct msghdr){
                .msg_iov = &vectors[k], .msg_iovlen = 1, .msg_control = control[k], .msg_controllen = 128};
        }
        int count = recvmmsg(in[i], messages, BATCH, MSG_DONTWAIT, NULL);
        got += count > 0 ? count : 0;
    }
    return got;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    int streams = atoi(words[1]), turns = (int)(atof(words[2]) * 50), level = atoi(words[3]);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct sched_param priority = {level};
    if (level && sched_setscheduler(0, SCHED_FIFO, &priority)) return 3;
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof target;
    int listener = socket(AF_INET, SOCK_DGRAM, 0);
    bind(listener, (void *)&target, sizeof target);
    getsockname(listener, (void *)&target, &length);
    on(listener, SOL_SOCKET, SO_REUSEPORT);
    int *out = malloc(streams * sizeof *out), *in = malloc(streams * sizeof *in);
    for (int i = 0; i < streams; i++) {
        struct sockaddr_in source;
        length = sizeof source;
        out[i] = socket(AF_INET, SOCK_DGRAM, 0);
        in[i] = socket(AF_INET, SOCK_DGRAM, 0);
        if (out[i] < 0 || in[i] < 0) return 4;
        connect(out[i], (void *)&target, sizeof target);
        getsockname(out[i], (void *)&source, &length);
        on(in[i], SOL_SOCKET, SO_REUSEPORT);
        on(in[i], SOL_SOCKET, SO_TIMESTAMPNS);
        on(in[i], IPPROTO_IP, IP_RECVTOS);
        on(in[i], IPPROTO_IP, IP_RECVTTL);
        bind(in[i], (void *)&target, sizeof target);
        connect(in[i], (void *)&source, sizeof source);
    }
    char packet[SIZE] = {0};
    long *late = malloc(sizeof *late * streams * turns), sent = 0, got = 0, sending = 0, receiving = 0;
    long start = now(CLOCK_MONOTONIC);
    for (int turn = 0; turn < turns; turn++) {
        long before = now(CLOCK_THREAD_CPUTIME_ID);
        for (int slot = 0; slot < SLOTS; slot++) {
            long due = start + turn * (long)INTERVAL + slot * (long)(INTERVAL / SLOTS);
            struct timespec at = {due / 1000000000L, due % 1000000000L};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
            for (int i = slot; i < streams; i += SLOTS) {
                long stamp = now(CLOCK_REALTIME);
                memcpy(packet + 12, &stamp, sizeof stamp);
                send(out[i], packet, SIZE, 0);
                late[sent++] = now(CLOCK_MONOTONIC) - due;
            }
        }
        long between = now(CLOCK_THREAD_CPUTIME_ID);
        if (turn % READ_EVERY == READ_EVERY - 1) got += read_all(in, streams);
        sending += between - before;
        receiving += now(CLOCK_THREAD_CPUTIME_ID) - between;
    }
    qsort(late, sent, sizeof *late, by_size);
    printf("{\"sender\": %g, \"receiver\": %g, \"p50\": %g, \"p99\": %g, \"max\": %g}\n", sending / 1e9 / sent,
           receiving / 1e9 / (got ? got : 1), late[sent / 2] / 1e9, late[sent * 99 / 100] / 1e9,
           late[sent - 1] / 1e9);
    return 0;
}
