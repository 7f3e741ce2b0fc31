/* SPDX-License-Identifier: MIT */
/* A recorded NMEA log, cut into the bursts of its epochs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct recorded_burst {
        int64_t due_ns; /* from the first burst; never decreases */
        const char *data;
        size_t size;
};

struct recorded;

/* Gaps of over max_gap_s in the log become that long. 0, -ENODATA (no sentence with a time), -ENOMEM, or the errno of reading the
 * file. Blocking file I/O. */
int recorded_load(const char *path, double max_gap_s, struct recorded **ret_recorded);
void recorded_destroy(struct recorded *recorded); /* NULL allowed */
size_t recorded_count(const struct recorded *recorded);
/* Its data live as long as the log. */
struct recorded_burst recorded_burst(const struct recorded *recorded, size_t i);
