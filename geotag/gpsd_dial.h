/* SPDX-License-Identifier: MIT */
/* A connection to gpsd, made on sd-event: the machine's name is looked up, its addresses are tried one after the other, and the request is
 * sent whole. Nothing of it blocks. */
#pragma once

#include <systemd/sd-event.h>

struct gpsd_dial;

/* result: the connected socket (non-blocking, O_CLOEXEC), the callee's to close; or a negative errno, that of the last address tried. Called
 * once, from the event loop, after which the dial does nothing more; it may be destroyed from within. Returns what an event's handler
 * returns. */
typedef int (*gpsd_dial_done_fn)(void *userdata, int result);

/* host: numeric, "localhost", or a name, which takes as long as the system's resolver does. Each address has 5 s to be connected and to take
 * the request, else -ETIMEDOUT. Strings are copied. 0 or negative errno of the event loop. */
int gpsd_dial_create(sd_event *event, const char *host, const char *port, const char *request, gpsd_dial_done_fn done,
                     void *userdata, struct gpsd_dial **ret_dial);
void gpsd_dial_destroy(struct gpsd_dial *dial); /* gives up what is under way; NULL allowed */
