/* SPDX-License-Identifier: MIT */
/* Reports from a gpsd on sd-event, reconnecting with backoff (0.5 s doubling to 8 s). Nothing of it blocks, whatever gpsd or its machine does
 * or fails to do: that is why it does without libgps, whose gps_open waits for the connection and whose gps_send knows no short write. It
 * asks with ?WATCH of gpsd_json(5); the lines that come are handed on as they are, for gpsd_report.h to read, where libgps has its part. */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

struct gpsd_client;

enum gpsd_link { GPSD_LINK_DOWN, GPSD_LINK_UP };

struct gpsd_client_handlers {
        /* One line of JSON as gpsd sent it, without its newline, and CLOCK_BOOTTIME and CLOCK_REALTIME less CLOCK_BOOTTIME when the last of
         * it was read: for a line that had to wait for its turn, some time ago. The line lives until the call returns. */
        void (*report)(void *userdata, const char *line, size_t length, int64_t arrival_boottime_ns,
                       int64_t realtime_minus_boottime_ns);
        /* The connection came up or went down (error: negative errno, 0 when up). Called on changes only. Neither is called from
         * within gpsd_client_create. */
        void (*link)(void *userdata, enum gpsd_link link, int error);
        void *userdata;
};

/* Starts connecting at once. host: an address or a name (gpsd_dial.h says how long each may take); port: a number as text; device: "" for
 * all devices of that gpsd. Strings are copied.
 * 0 or negative errno of the event loop; a gpsd that is away is no error. */
int gpsd_client_create(sd_event *event, const char *host, const char *port, const char *device,
                       const struct gpsd_client_handlers *handlers, struct gpsd_client **ret_client);
void gpsd_client_destroy(struct gpsd_client *client); /* NULL allowed */
