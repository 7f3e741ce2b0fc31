/* SPDX-License-Identifier: MIT */
/* A receiver on a TCP port of this machine: bursts of bytes at their instants, as gpsd reads them from tcp://127.0.0.1:PORT. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the bursts come from. Instants are nanoseconds from the begin of the drive. */
struct feed_source {
        /* The first client is there and it is utc_ns: returns how long until the drive begins. */
        int64_t (*begin)(void *userdata, int64_t utc_ns);
        /* The next burst; false after the last. The data live until the next call. */
        bool (*next)(void *userdata, int64_t *ret_due_ns, const char **ret_data, size_t *ret_size);
        void *userdata;
};

/* Listens on 127.0.0.1:port (0: any free one), prints "port N" on stdout, waits for a client, then sends each burst when it is due,
 * speed times as fast as the source says. A client that goes may come back: the drive goes on meanwhile, unheard. Returns 0 after
 * the last burst, or -errno of the socket. */
int feed_run(uint16_t port, double speed, const struct feed_source *source);
