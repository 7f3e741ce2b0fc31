/* SPDX-License-Identifier: MIT */
/* Reports from a gpsd on sd-event: non-blocking, reconnecting with backoff (0.5 s doubling to 8 s). libgps connects and asks; the lines
 * that come are handed on as they are, for gpsd_report.h to read. */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

struct gpsd_client;

enum gpsd_link { GPSD_LINK_DOWN, GPSD_LINK_UP };

struct gpsd_client_handlers {
        /* One line of JSON as gpsd sent it, without its newline, and CLOCK_BOOTTIME and CLOCK_REALTIME less CLOCK_BOOTTIME when
         * it was read. The line lives until the call returns. */
        void (*report)(void *userdata, const char *line, size_t length, int64_t arrival_boottime_ns,
                       int64_t realtime_minus_boottime_ns);
        /* The connection came up or went down (error: negative errno, 0 when up). Called on changes only. */
        void (*link)(void *userdata, enum gpsd_link link, int error);
        void *userdata;
};

/* Starts connecting at once. host and port as text; device "" for all devices of that gpsd. Strings are copied.
 * 0 or negative errno of the event loop; a gpsd that is away is no error. */
int gpsd_client_create(sd_event *event, const char *host, const char *port, const char *device,
                       const struct gpsd_client_handlers *handlers, struct gpsd_client **ret_client);
void gpsd_client_destroy(struct gpsd_client *client); /* NULL allowed */
