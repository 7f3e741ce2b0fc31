/* SPDX-License-Identifier: MIT */
#include "geotag/gpsd_dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/fd.h"
#include "base/resolve.h"

/* A host that is off, or drops what it does not know, gives no answer at all. */
#define ADDRESS_LASTS_US 5000000u

struct gpsd_dial {
        sd_event *event;
        char *host, *port, *request;
        size_t request_length, sent;
        gpsd_dial_done_fn done;
        void *userdata;
        struct resolved resolved;
        unsigned next; /* address to try */
        int lookup_fd, fd;
        sd_event_source *start, *lookup, *io, *deadline;
};

static int give_up_address(struct gpsd_dial *dial, int error);

static void disconnect(struct gpsd_dial *dial)
{
        dial->io = sd_event_source_disable_unref(dial->io);
        dial->deadline = sd_event_source_disable_unref(dial->deadline);
        dial->fd = fd_close(dial->fd);
}

/* 1: there is more to send; 0: all is sent; or negative errno. */
static int send_request(struct gpsd_dial *dial)
{
        while (dial->sent < dial->request_length) {
                ssize_t n = send(dial->fd, dial->request + dial->sent, dial->request_length - dial->sent, MSG_NOSIGNAL);

                if (n < 0 && errno != EINTR)
                        return errno == EAGAIN || errno == EWOULDBLOCK ? 1 : -errno;
                dial->sent += n > 0 ? (size_t)n : 0;
        }
        return 0;
}

static int on_writable(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct gpsd_dial *dial = userdata;
        int error = 0, r;
        socklen_t size = sizeof(error);

        r = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
        if (r == 0)
                r = send_request(dial);
        if (r > 0)
                return 0;
        if (r < 0)
                return give_up_address(dial, r);
        dial->fd = -1;
        disconnect(dial);
        return dial->done(dial->userdata, fd);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        return give_up_address(userdata, -ETIMEDOUT);
}

static int begin_address(struct gpsd_dial *dial, const struct resolved_address *address)
{
        int r;

        dial->sent = 0;
        dial->fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (dial->fd < 0)
                return -errno;
        if (connect(dial->fd, (const struct sockaddr *)&address->address, address->size) < 0 && errno != EINPROGRESS)
                return -errno;
        r = sd_event_add_io(dial->event, &dial->io, dial->fd, EPOLLOUT, on_writable, dial);
        if (r < 0)
                return r;
        return sd_event_add_time_relative(dial->event, &dial->deadline, CLOCK_BOOTTIME, ADDRESS_LASTS_US, 50000,
                                          on_deadline, dial);
}

static int give_up_address(struct gpsd_dial *dial, int error)
{
        disconnect(dial);
        while (dial->next < dial->resolved.count) {
                error = begin_address(dial, &dial->resolved.addresses[dial->next++]);
                if (error >= 0)
                        return 0;
                disconnect(dial);
        }
        return dial->done(dial->userdata, error);
}

static int on_looked_up(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct gpsd_dial *dial = userdata;
        int r;

        dial->lookup = sd_event_source_disable_unref(dial->lookup);
        dial->lookup_fd = -1;
        r = resolve_finish(fd, &dial->resolved);
        return give_up_address(dial, r);
}

static int on_start(sd_event_source *source, void *userdata)
{
        struct gpsd_dial *dial = userdata;
        int r = resolve_at_once(dial->host, dial->port, &dial->resolved);

        if (r != -EAGAIN)
                return give_up_address(dial, r);
        dial->lookup_fd = r = resolve_start(dial->host, dial->port);
        if (r >= 0)
                r = sd_event_add_io(dial->event, &dial->lookup, dial->lookup_fd, EPOLLIN, on_looked_up, dial);
        return r < 0 ? dial->done(dial->userdata, r) : 0;
}

int gpsd_dial_create(sd_event *event, const char *host, const char *port, const char *request, gpsd_dial_done_fn done,
                     void *userdata, struct gpsd_dial **ret_dial)
{
        struct gpsd_dial *dial = calloc(1, sizeof(*dial));
        int r;

        if (!dial)
                return -ENOMEM;
        dial->event = sd_event_ref(event);
        dial->lookup_fd = dial->fd = -1;
        dial->done = done;
        dial->userdata = userdata;
        dial->host = strdup(host);
        dial->port = strdup(port);
        dial->request = strdup(request);
        dial->request_length = strlen(request);
        r = dial->host && dial->port && dial->request ? 0 : -ENOMEM;
        /* Its end is told from the loop, never from in here. */
        if (r == 0)
                r = sd_event_add_defer(event, &dial->start, on_start, dial);
        if (r < 0) {
                gpsd_dial_destroy(dial);
                return r;
        }
        *ret_dial = dial;
        return 0;
}

void gpsd_dial_destroy(struct gpsd_dial *dial)
{
        if (!dial)
                return;
        disconnect(dial);
        sd_event_source_disable_unref(dial->lookup);
        fd_close(dial->lookup_fd);
        sd_event_source_disable_unref(dial->start);
        sd_event_unref(dial->event);
        free(dial->host);
        free(dial->port);
        free(dial->request);
        free(dial);
}
