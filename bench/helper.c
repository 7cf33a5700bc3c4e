/* What an agent could call instead of its Python: all packets of one slot, each stamped right before it leaves.
 *
 * send_each   one send call for each packet, on the socket of its stream
 * send_batch  one sendmmsg call for all of them, on one socket, stamped together before it
 */
#define _GNU_SOURCE
#include <endian.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 1024, STAMP_AT = 12 };

struct packet {
    int socket;
    int size;
    unsigned char *data;
    long before, after;
};

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void stamp(struct packet *packet, long at) {
    unsigned long field = htobe64((unsigned long)at);
    unsigned short sequence;
    memcpy(&sequence, packet->data + 2, 2);
    sequence = htobe16(be16toh(sequence) + 1);
    memcpy(packet->data + 2, &sequence, 2);
    memcpy(packet->data + STAMP_AT, &field, 8);
    packet->before = at;
}

void send_each(struct packet *packets, int count) {
    for (struct packet *packet = packets; packet < packets + count; packet++) {
        stamp(packet, now());
        send(packet->socket, packet->data, packet->size, 0);
        packet->after = now();
    }
}

void send_batch(struct packet *packets, int count) {
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    long at = now();
    for (int i = 0; i < count && i < BATCH; i++) {
        stamp(&packets[i], at);
        vectors[i] = (struct iovec){packets[i].data, packets[i].size};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    sendmmsg(packets[0].socket, messages, count, 0);
    at = now();
    for (int i = 0; i < count; i++) packets[i].after = at;
}
