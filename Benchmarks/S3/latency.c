/* latency: relays TCP connections on loopback and delays every byte, each way, by half of a round trip.
 *   latency LISTEN_PORT TARGET_PORT ROUND_TRIP_MS
 * Two threads a direction: one reads and notes the time, one writes when the time has come. At most 32 MiB wait in a direction. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { piece = 64 << 10, room = 32 << 20 };

struct chunk { struct chunk *next; double due; ssize_t count; char bytes[piece]; };
struct pipe { int from, to; struct chunk *first, **last; size_t waiting; pthread_mutex_t lock; pthread_cond_t changed; };

static double half;
static int target;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }

static void *read_side(void *raw) {
    struct pipe *p = raw;
    for (;;) {
        struct chunk *c = malloc(sizeof *c);
        c->count = read(p->from, c->bytes, piece);
        c->due = now() + half;
        c->next = NULL;
        ssize_t count = c->count;
        pthread_mutex_lock(&p->lock);
        while (p->waiting > room) pthread_cond_wait(&p->changed, &p->lock);
        *p->last = c; p->last = &c->next;
        if (count > 0) p->waiting += count;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        if (count <= 0) return NULL;
    }
}

static void *write_side(void *raw) {
    struct pipe *p = raw;
    int broken = 0;
    for (;;) {
        pthread_mutex_lock(&p->lock);
        while (!p->first) pthread_cond_wait(&p->changed, &p->lock);
        struct chunk *c = p->first;
        p->first = c->next;
        if (!p->first) p->last = &p->first;
        if (c->count > 0) p->waiting -= c->count;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        double wait = c->due - now();
        if (wait > 0) { struct timespec t = { (time_t)wait, (long)((wait - (time_t)wait) * 1e9) }; nanosleep(&t, NULL); }
        if (c->count <= 0) { free(c); shutdown(p->to, SHUT_WR); return NULL; }
        for (ssize_t done = 0; !broken && done < c->count;) {
            ssize_t n = write(p->to, c->bytes + done, c->count - done);
            if (n <= 0) { broken = 1; shutdown(p->from, SHUT_RD); } else done += n;
        }
        free(c);
    }
}

static void *connection(void *raw) {
    int client = (int)(long)raw, server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(target), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timespec t = { 0, (long)(2 * half * 1e9) };
    if (half > 0) nanosleep(&t, NULL); /* the handshake's round trip */
    if (connect(server, (void *)&a, sizeof a) == 0) {
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct pipe p[2] = { { .from = client, .to = server }, { .from = server, .to = client } };
        pthread_t threads[4];
        for (int i = 0; i < 2; i++) {
            p[i].last = &p[i].first;
            pthread_mutex_init(&p[i].lock, NULL); pthread_cond_init(&p[i].changed, NULL);
            pthread_create(&threads[2 * i], NULL, read_side, &p[i]);
            pthread_create(&threads[2 * i + 1], NULL, write_side, &p[i]);
        }
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    }
    close(client); close(server);
    return NULL;
}

int main(int count, char **words) {
    if (count != 4) { fprintf(stderr, "latency LISTEN_PORT TARGET_PORT ROUND_TRIP_MS\n"); return 2; }
    signal(SIGPIPE, SIG_IGN);
    target = atoi(words[2]); half = atof(words[3]) / 2000;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (bind(listener, (void *)&a, sizeof a) || listen(listener, 512)) { perror("latency"); return 1; }
    for (;;) {
        int client = accept(listener, NULL, NULL);
        pthread_t thread;
        if (client >= 0 && pthread_create(&thread, NULL, connection, (void *)(long)client) == 0) pthread_detach(thread);
    }
}
