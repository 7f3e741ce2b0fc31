/* SPDX-License-Identifier: MIT */
#include "tests/simulate/feed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"

struct feed {
        int listener, client;
};

static int listen_on(uint16_t port, int *ret_fd)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
            bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 1) < 0 ||
            getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
                int r = -errno;

                fd_close(fd);
                return r;
        }
        printf("port %u\n", ntohs(address.sin_port));
        fflush(stdout);
        *ret_fd = fd;
        return 0;
}

/* What gpsd writes to a receiver is not for us; its end of the line is. */
static void hear_client(struct feed *feed)
{
        char unheard[4096];
        ssize_t n = recv(feed->client, unheard, sizeof(unheard), MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                feed->client = fd_close(feed->client);
}

/* Takes clients and notices their going until deadline_boottime_ns, or, if that is INT64_MAX, until there is one. */
static int wait_until(struct feed *feed, int64_t deadline_boottime_ns)
{
        while (deadline_boottime_ns < INT64_MAX || feed->client < 0) {
                struct pollfd fds[2] = {{.fd = feed->listener, .events = POLLIN},
                                        {.fd = feed->client, .events = POLLIN}};
                int64_t left_ns = deadline_boottime_ns - clock_boottime_ns();
                struct timespec left = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};

                if (left_ns <= 0)
                        return 0;
                /* One client at a time: the next is let in when this one has gone. */
                if (feed->client >= 0)
                        fds[0].fd = -1;
                if (ppoll(fds, 2, deadline_boottime_ns < INT64_MAX ? &left : NULL, NULL) < 0 && errno != EINTR)
                        return -errno;
                if (fds[1].revents)
                        hear_client(feed);
                if (fds[0].revents)
                        feed->client = accept4(feed->listener, NULL, NULL, SOCK_CLOEXEC);
        }
        return 0;
}

static int send_bursts(struct feed *feed, double speed, const struct feed_source *source)
{
        struct timespec now;
        int64_t begin_boottime_ns, due_ns;
        const char *data;
        size_t size;
        int r;

        clock_gettime(CLOCK_REALTIME, &now);
        begin_boottime_ns = clock_boottime_ns();
        begin_boottime_ns += source->begin(source->userdata, now.tv_sec * NS_PER_S + now.tv_nsec);
        while (source->next(source->userdata, &due_ns, &data, &size)) {
                r = wait_until(feed, begin_boottime_ns + llround((double)due_ns / speed));
                if (r < 0)
                        return r;
                /* A client that does not keep up with a few hundred bytes a second is no client. */
                if (feed->client >= 0 && send(feed->client, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size)
                        feed->client = fd_close(feed->client);
        }
        return 0;
}

int feed_run(uint16_t port, double speed, const struct feed_source *source)
{
        struct feed feed = {.listener = -1, .client = -1};
        int r = listen_on(port, &feed.listener);

        if (r < 0)
                return r;
        r = wait_until(&feed, INT64_MAX);
        if (r == 0)
                r = send_bursts(&feed, speed, source);
        fd_close(feed.client);
        fd_close(feed.listener);
        return r;
}
