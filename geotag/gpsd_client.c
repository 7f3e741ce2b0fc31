/* SPDX-License-Identifier: MIT */
#include "geotag/gpsd_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "geotag/gpsd_dial.h"

#define BACKOFF_FIRST_US 500000u
#define BACKOFF_MAX_US 8000000u
/* Reports taken at one wake-up, so that a gpsd that floods cannot starve the cameras. */
#define REPORTS_PER_WAKE 64
/* gpsd's own limit for one report, and the end of its line. */
#define LINE_MAX_BYTES (10240 + 2)

struct gpsd_client {
        sd_event *event;
        char *host, *port;
        struct text request;
        struct gpsd_client_handlers handlers;
        struct gpsd_dial *dial; /* while there is no connection */
        int fd;                 /* the connection; -1: none */
        bool told_down;
        sd_event_source *io, *more, *retry;
        uint64_t backoff_us;
        /* Bytes from gpsd, of which the first `taken` are done with. Not by gps_read, which unpacks what it reads: until 3.25 that never
         * ends on some malformed reports. */
        char received[LINE_MAX_BYTES];
        size_t received_count, taken;
        int64_t arrival_boottime_ns,
                realtime_minus_boottime_ns; /* of the last bytes, so of each line that ends in them */
        bool passing_over;                  /* the rest of a line that was too long */
};

static int connect_now(struct gpsd_client *client);
static int lose(struct gpsd_client *client, int error);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct gpsd_client *client = userdata;
        int r = connect_now(client);

        return r < 0 ? lose(client, r) : 0;
}

static int schedule_retry(struct gpsd_client *client)
{
        uint64_t after_us = client->backoff_us;

        client->backoff_us = after_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : after_us * 2;
        client->retry = sd_event_source_unref(client->retry);
        return sd_event_add_time_relative(client->event, &client->retry, CLOCK_BOOTTIME, after_us, 50000, on_retry,
                                          client);
}

static void disconnect(struct gpsd_client *client)
{
        gpsd_dial_destroy(client->dial);
        client->dial = NULL;
        client->io = sd_event_source_disable_unref(client->io);
        client->fd = fd_close(client->fd);
}

static int lose(struct gpsd_client *client, int error)
{
        disconnect(client);
        if (!client->told_down)
                client->handlers.link(client->handlers.userdata, GPSD_LINK_DOWN, error);
        client->told_down = true;
        return schedule_retry(client);
}

/* Takes the next whole line of what was read: its length without the end of the line, or -1 when there is none. A line that is too long
 * comes cut, as the junk that it is, and its rest is passed over. The line stays valid until bytes are received. */
static ssize_t next_line(struct gpsd_client *client, const char **ret_line)
{
        const char *begin = client->received + client->taken, *newline;
        size_t length = client->received_count - client->taken;
        bool cut;

        newline = memchr(begin, '\n', length);
        if (newline)
                length = (size_t)(newline - begin);
        else if (length < sizeof(client->received))
                return -1;
        client->taken += length + (newline ? 1 : 0);
        cut = client->passing_over;
        client->passing_over = !newline;
        if (cut)
                return 0;
        while (length > 0 && begin[length - 1] == '\r')
                length--;
        *ret_line = begin;
        return (ssize_t)length;
}

/* 1: there are more bytes; 0: none now; or negative errno, also at the end. */
static int receive(struct gpsd_client *client)
{
        ssize_t n;

        client->received_count -= client->taken;
        memmove(client->received, client->received + client->taken, client->received_count);
        client->taken = 0;
        do
                n = read(client->fd, client->received + client->received_count,
                         sizeof(client->received) - client->received_count);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
        client->arrival_boottime_ns = clock_boottime_ns();
        client->realtime_minus_boottime_ns = clock_realtime_minus_boottime_ns();
        client->received_count += (size_t)n;
        return n > 0 ? 1 : -ECONNRESET;
}

static int read_reports(struct gpsd_client *client)
{
        for (unsigned i = 0; i < REPORTS_PER_WAKE;) {
                const char *line = NULL;
                ssize_t length = next_line(client, &line);
                int r;

                if (length > 0) {
                        client->backoff_us = BACKOFF_FIRST_US;
                        client->handlers.report(client->handlers.userdata, line, (size_t)length,
                                                client->arrival_boottime_ns, client->realtime_minus_boottime_ns);
                }
                if (length >= 0) {
                        i++;
                        continue;
                }
                r = receive(client);
                if (r < 0)
                        return lose(client, r);
                if (r == 0)
                        return 0;
        }
        /* What is held already must not wait for the next byte from gpsd. */
        return sd_event_source_set_enabled(client->more, SD_EVENT_ONESHOT);
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        return read_reports(userdata);
}

static int on_more(sd_event_source *source, void *userdata)
{
        struct gpsd_client *client = userdata;

        return client->fd >= 0 ? read_reports(client) : 0;
}

static int on_dialled(void *userdata, int result)
{
        struct gpsd_client *client = userdata;
        int r = result;

        gpsd_dial_destroy(client->dial);
        client->dial = NULL;
        if (r >= 0) {
                client->fd = result;
                client->received_count = client->taken = 0;
                client->passing_over = false;
                r = sd_event_add_io(client->event, &client->io, client->fd, EPOLLIN, on_readable, client);
        }
        if (r < 0)
                return lose(client, r);
        client->told_down = false;
        client->handlers.link(client->handlers.userdata, GPSD_LINK_UP, 0);
        return 0;
}

static int connect_now(struct gpsd_client *client)
{
        return gpsd_dial_create(client->event, client->host, client->port, client->request.data, on_dialled, client,
                                &client->dial);
}

/* gpsd_json(5). */
static void write_request(struct text *request, const char *device)
{
        struct json_out json;

        text_add(request, "?WATCH=");
        json_out_begin(&json, request);
        json_out_object_begin(&json, NULL);
        json_out_bool(&json, "enable", true);
        json_out_bool(&json, "json", true);
        json_out_bool(&json, "pps", true);
        if (device[0])
                json_out_string(&json, "device", device);
        json_out_object_end(&json);
        text_add(request, ";\n");
}

int gpsd_client_create(sd_event *event, const char *host, const char *port, const char *device,
                       const struct gpsd_client_handlers *handlers, struct gpsd_client **ret_client)
{
        struct gpsd_client *client = calloc(1, sizeof(*client));
        int r;

        if (!client)
                return -ENOMEM;
        client->event = sd_event_ref(event);
        client->fd = -1;
        client->handlers = *handlers;
        client->backoff_us = BACKOFF_FIRST_US;
        client->host = strdup(host);
        client->port = strdup(port);
        write_request(&client->request, device);
        r = client->host && client->port ? 0 : -ENOMEM;
        if (r == 0)
                r = sd_event_add_defer(event, &client->more, on_more, client);
        if (r >= 0)
                r = sd_event_source_set_enabled(client->more, SD_EVENT_OFF);
        if (r >= 0)
                r = connect_now(client);
        if (r < 0) {
                gpsd_client_destroy(client);
                return r;
        }
        *ret_client = client;
        return 0;
}

void gpsd_client_destroy(struct gpsd_client *client)
{
        if (!client)
                return;
        disconnect(client);
        sd_event_source_disable_unref(client->retry);
        sd_event_source_disable_unref(client->more);
        sd_event_unref(client->event);
        free(client->host);
        free(client->port);
        text_finish(&client->request);
        free(client);
}
